package names_test

import (
	"strings"
	"testing"

	"github.com/tranship/tranship/internal/names"
)

// What is read of a description is written so that it reads the same, and names
// ExternalDNS.
func FuzzParseHeritage(f *testing.F) {
	for _, s := range []string{
		"", "kept by tranship", `"heritage=external-dns,external-dns/owner=me,external-dns/resource=service/shop/orders"`,
		"heritage=external-dns", "heritage=external-dns,external-dns/owner=", "heritage=other,external-dns/owner=me",
		" heritage=external-dns , external-dns/owner=a=b", "external-dns/owner=me,heritage=external-dns",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		h, ok := names.ParseHeritage(s)
		if !ok {
			if h != (names.Heritage{}) {
				t.Errorf("%q: not ExternalDNS', and yet %+v", s, h)
			}
			return
		}
		if !strings.Contains(s, "heritage=external-dns") {
			t.Errorf("%q: whose is it?", s)
		}
		for _, part := range []string{h.Owner, h.Resource} {
			if strings.Contains(part, ",") || !strings.Contains(s, part) {
				t.Errorf("%q: read %q", s, part)
			}
		}
		again, ok := names.ParseHeritage(h.String())
		if !ok || again != h {
			t.Errorf("%q: %+v, written %q and read %+v, %t", s, h, h.String(), again, ok)
		}
	})
}

// Every target has one id that Cloud Map takes or that Valid refuses, whatever
// its case; what is too long is told apart by its digest.
func FuzzTargetID(f *testing.F) {
	for _, s := range []string{"10.0.0.1", "fd00::1", "Web-1.elb.eu-central-1.amazonaws.com", strings.Repeat("a", 64), strings.Repeat("A", 65), "ü.example.com", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id := names.TargetID(s)
		if len(id) > names.MaxID || id != names.TargetID(strings.ToLower(s)) || id != names.TargetID(string(id)) {
			t.Errorf("%q: %q, of its lower case %q", s, id, names.TargetID(strings.ToLower(s)))
		}
		err := names.Instance{ID: id}.Valid()
		bad := func(r rune) bool { return !strings.ContainsRune("0123456789abcdefghijklmnopqrstuvwxyz_/:.@-", r) }
		lower := strings.ToLower(s)
		if takes := len(lower) > names.MaxID || s != "" && !strings.ContainsFunc(lower, bad); takes != (err == nil) {
			t.Errorf("%q: id %q, %v", s, id, err)
		}
	})
}
