package kube

import (
	"strings"
	"testing"
)

// A hand-over that is read is one that a person wrote: in which direction, and to
// whom it goes, is never guessed.
func FuzzParseHandover(f *testing.F) {
	for _, s := range []string{"", "to=external-dns,owner=me", "from=external-dns", "from=external-dns,owner=a,b", "to=external-dns,owner=", "from=external-dns,"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		h, err := ParseHandover(s)
		if err != nil {
			if h != nil {
				t.Errorf("%q: %+v beside %v", s, h, err)
			}
			return
		}
		written := "from=external-dns"
		if h.To {
			written = "to=external-dns"
		}
		if h.Owner != "" {
			written += ",owner=" + h.Owner
		}
		if h.To && h.Owner == "" || written != s && written != strings.TrimSuffix(strings.TrimSuffix(s, "owner="), ",") {
			t.Errorf("%q: read %+v", s, h)
		}
	})
}
