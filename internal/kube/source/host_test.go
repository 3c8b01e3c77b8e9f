package source

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	networkingv1 "k8s.io/api/networking/v1"
	"pgregory.net/rapid"
)

func TestParseTTL(t *testing.T) {
	for _, c := range []struct {
		in   string
		want int64
		ok   bool
	}{
		{"60", 60, true}, {"0", 0, true}, {"0s", 0, true}, {"1m", 60, true}, {"1.5s", 1, true}, {"2147483647", maxTTL, true},
		{"2147483648", 0, false}, {"-1", 0, false}, {"-1s", 0, false}, {"0.5s", 0, false}, {"-0.5s", 0, false}, {"", 0, false}, {"1 m", 0, false}, {"99999999999999999999", 0, false}, {"1e3", 0, false},
		{"1000000h", 0, false},
	} {
		if got, err := parseTTL(c.in); got != c.want || (err == nil) != c.ok {
			t.Errorf("%q: %d, %v", c.in, got, err)
		}
	}
}

// Whatever an annotation says: every name that is asked for is valid, in the one
// spelling, asked for once and inside of the filter; every entry that is in the
// filter is either asked for or told; and a name that is written again as it was
// read says the same.
func FuzzService(f *testing.F) {
	for _, s := range []string{"a.shop.internal", "A.Shop.Internal.,b.shop.internal", "*.shop.internal", "a..shop.internal", ".shop.internal", "İ.shop.internal", "10.0.0.1", "-.shop.internal", strings.Repeat("a", 64) + ".shop.internal", "a b.shop.internal\t"} {
		f.Add(s, "60")
	}
	f.Add("a.shop.internal", "1m30s")
	f.Add("a.shop.internal", "-5")
	f.Add("a.shop.internal", "9223372036854775807")
	s, err := New(Options{DomainFilter: []string{"shop.internal"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, hosts, ttl string) {
		svc := kinded("LoadBalancer", alpha+"hostname", hosts, newer+"ttl", ttl)
		ws, ps, err := s.Service(t.Context(), nil, svc)
		if err != nil {
			t.Fatal(err)
		}
		asked, refused := map[string]bool{}, 0
		for _, w := range ws {
			if !plain(w.Host) || asked[w.Host] || !strings.HasSuffix("."+w.Host, ".shop.internal") {
				t.Errorf("asks for %q", w.Host)
			}
			asked[w.Host] = true
			if w.TTL != nil && (*w.TTL < 1 || *w.TTL > 1<<31-1) {
				t.Errorf("TTL %d of %q", *w.TTL, ttl)
			}
			if w.TTL == nil != (ws[0].TTL == nil) {
				t.Error("one says a TTL, another none")
			}
		}
		badTTL := false
		for _, p := range ps {
			switch p.Reason {
			case ReasonInvalidTTL:
				badTTL = true
			case ReasonInvalidHost, ReasonWildcard:
				refused++
			default:
				t.Errorf("%+v", p)
			}
		}
		if n, err := strconv.Atoi(strings.TrimSpace(ttl)); err == nil && len(ws) > 0 {
			if ok := n >= 0 && n <= 1<<31-1; ok == badTTL || ok && n > 0 && *ws[0].TTL != int64(n) {
				t.Errorf("TTL %q is read as %v, complained of: %t", ttl, ws[0].TTL, badTTL)
			}
		}
		inside := 0
		for h := range strings.SplitSeq(strings.NewReplacer(" ", "", "\t", "", "\n", "", "\r", "").Replace(hosts), ",") {
			x := strings.TrimRight(h, ".")
			if strings.HasSuffix("."+strings.ToLower(x), ".shop.internal") && x != "" && isASCII(x) {
				if inside++; plain(strings.ToLower(x)) && !asked[strings.ToLower(x)] {
					t.Errorf("%q is valid and not asked for", h)
				}
			}
		}
		if inside > 0 && len(ws) == 0 && refused == 0 {
			t.Errorf("%q: neither asked for nor told", hosts)
		}
		svc.Annotations[alpha+"hostname"] = strings.Join(keys(ws), ",")
		again, _, err := s.Service(t.Context(), nil, svc)
		if diff := gocmp.Diff(ws, again); diff != "" || err != nil {
			t.Errorf("read back: %s %v", diff, err)
		}
	})
}

func keys(ws []Wish) []string {
	var out []string
	for _, w := range ws {
		out = append(out, w.Host)
	}
	return out
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 })
}

// plain is a second, dumber reading of the rules for host names.
func plain(h string) bool {
	if h == "" || len(h) > 253 {
		return false
	}
	for _, l := range strings.Split(h, ".") {
		if l == "" || len(l) > 63 || strings.HasPrefix(l, "-") || strings.HasSuffix(l, "-") || strings.Trim(l, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
		for _, c := range l {
			if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-_", c) {
				return false
			}
		}
	}
	return true
}

// The order in which an object lists things makes no difference.
func TestDeterministic(t *testing.T) {
	s := with(t, func(o *Options) { o.ExcludeDomains = []string{"c.shop.internal"}; o.MinTTL = time.Minute })
	rapid.Check(t, func(t *rapid.T) {
		hosts := rapid.SliceOfN(rapid.SampledFrom([]string{"a.shop.internal", "B.shop.internal.", "c.shop.internal", "*.shop.internal", "a..b", "d_e.shop.internal", ""}), 0, 6).Draw(t, "hosts")
		at := rapid.SliceOfN(rapid.SampledFrom([]string{"10.0.0.1", "x.example.com", "fd00::1", "X.example.com."}), 0, 4).Draw(t, "targets")
		seed := rapid.Uint64().Draw(t, "seed")
		build := func(hosts, at []string) *networkingv1.Ingress {
			i := &networkingv1.Ingress{ObjectMeta: annotated(alpha+"hostname", strings.Join(hosts, ","))}
			for _, h := range hosts {
				i.Spec.Rules = append(i.Spec.Rules, networkingv1.IngressRule{Host: h})
			}
			for _, a := range at {
				i.Status.LoadBalancer.Ingress = append(i.Status.LoadBalancer.Ingress, networkingv1.IngressLoadBalancerIngress{Hostname: a})
			}
			return i
		}
		w1, p1, err1 := s.Ingress(t.Context(), nil, build(hosts, at))
		r := rand.New(rand.NewPCG(seed, 0))
		r.Shuffle(len(hosts), func(i, j int) { hosts[i], hosts[j] = hosts[j], hosts[i] })
		r.Shuffle(len(at), func(i, j int) { at[i], at[j] = at[j], at[i] })
		w2, p2, err2 := s.Ingress(t.Context(), nil, build(append(hosts, hosts...), append(at, at...)))
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if diff := gocmp.Diff(w1, w2) + gocmp.Diff(p1, p2); diff != "" {
			t.Fatal(diff)
		}
	})
}
