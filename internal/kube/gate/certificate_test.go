package gate

import (
	"crypto/x509"
	"slices"
	"testing"
	"time"
)

var hosts = []string{"tranship-webhook.tranship-system.svc", "127.0.0.1"}

func always(*x509.Certificate) bool { return true }

func never(*x509.Certificate) bool { return false }

// made is what the first replica makes.
func made(t *testing.T, now time.Time) material {
	t.Helper()
	m, changed, err := material{}.next(now, hosts, never)
	if err != nil || !changed {
		t.Fatalf("changed %t, error %v", changed, err)
	}
	return m
}

// trusts says that whoever trusts the bundle accepts the certificate.
func trusts(t *testing.T, bundle []byte, m material, now time.Time) bool {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(bundle) {
		t.Fatal("the bundle holds no certificate")
	}
	return !slices.ContainsFunc(hosts, func(h string) bool {
		_, err := m.serving.cert.Verify(x509.VerifyOptions{DNSName: h, Roots: pool, CurrentTime: now})
		return err != nil
	})
}

// Over ten years, looked at every third day by a replica that sees what
// was published at the look before, every certificate that is served is trusted.
func TestRenewal(t *testing.T) {
	m := made(t, epoch)
	bundle := m.bundle()
	authorities, servings := map[string]bool{}, map[string]bool{}
	for now := epoch; now.Before(epoch.AddDate(10, 0, 0)); now = now.Add(3 * 24 * time.Hour) {
		seen := bundle
		n, changed, err := m.next(now, hosts, func(c *x509.Certificate) bool { return holds(seen, c) })
		if err != nil {
			t.Fatal(err)
		}
		if !changed && string(n.bundle()) != string(m.bundle()) {
			t.Fatalf("%s: changed without saying so", now)
		}
		// Between the Secret and the configuration: others serve what was, and what is.
		if !trusts(t, seen, n, now) || !trusts(t, n.bundle(), m, now) {
			t.Fatalf("%s: a certificate is served that the API server does not trust", now)
		}
		m, bundle = n, n.bundle()
		authorities[string(m.authority.cert.Raw)], servings[string(m.serving.cert.Raw)] = true, true
		if len(m.older) > 1 {
			t.Fatalf("%s: %d old authorities are kept", now, len(m.older))
		}
	}
	if a, s := len(authorities), len(servings); a != 3 || s < 10*365/63 || s > 10*365/60+a {
		t.Errorf("%d authorities and %d certificates in ten years", a, s)
	}
}

func TestNextChangesNothingWithoutNeed(t *testing.T) {
	m := made(t, epoch)
	if n, changed, err := m.next(epoch.Add(59*24*time.Hour), hosts, always); err != nil || changed || n.serving.cert != m.serving.cert {
		t.Errorf("changed %t, error %v", changed, err)
	}
}

func TestNextMakesAnew(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*material)
		now    time.Time
		hosts  []string
		ca     bool // a new authority, too
	}{
		"other-host":         {func(*material) {}, epoch, []string{"webhook.example"}, false},
		"no-serving":         {func(m *material) { m.serving = pair{} }, epoch, hosts, false},
		"serving-ran-out":    {func(*material) {}, epoch.Add(servingLife), hosts, false},
		"serving-not-yet":    {func(m *material) { m.serving = made(t, epoch.Add(time.Hour)).serving }, epoch, hosts, false},
		"signed-by-others":   {func(m *material) { m.serving = made(t, epoch).serving }, epoch, hosts, false},
		"authority-ran-out":  {func(*material) {}, epoch.Add(authorityLife), hosts, true},
		"no-authority":       {func(m *material) { m.authority = pair{} }, epoch, hosts, true},
		"not-an-authority":   {func(m *material) { m.authority = m.serving }, epoch, hosts, true},
		"clock-far-in-past":  {func(*material) {}, epoch.Add(-time.Hour), hosts, true},
		"key-without-its-ca": {func(m *material) { m.authority.cert = nil }, epoch, hosts, true},
	} {
		t.Run(name, func(t *testing.T) {
			old := made(t, epoch)
			m := old
			c.change(&m)
			n, changed, err := m.next(c.now, c.hosts, never)
			if err != nil || !changed {
				t.Fatalf("changed %t, error %v", changed, err)
			}
			if n.serving.cert.Equal(old.serving.cert) || !n.authority.cert.Equal(old.authority.cert) != c.ca || c.ca && len(n.older) != 0 {
				t.Errorf("authority new: %t, old ones kept: %d", !n.authority.cert.Equal(old.authority.cert), len(n.older))
			}
			if !covers(n.serving.cert, c.hosts) || n.serving.cert.CheckSignatureFrom(n.authority.cert) != nil || !within(n.serving.cert, c.now) {
				t.Error("the new certificate is of no use")
			}
		})
	}
}

func TestEncoding(t *testing.T) {
	m := made(t, epoch)
	m, _, err := m.next(m.authority.cert.NotAfter.Add(-time.Hour), hosts, always) // has an older one
	if err != nil {
		t.Fatal(err)
	}
	data, err := m.encode()
	if err != nil {
		t.Fatal(err)
	}
	n, err := decode(data)
	if err != nil || len(n.older) != 1 || !n.authority.cert.Equal(m.authority.cert) || !n.serving.key.Equal(m.serving.key) || !n.authority.key.Equal(m.authority.key) {
		t.Fatalf("%d older, error %v", len(n.older), err)
	}
	if m, err := decode(nil); err != nil || m.authority.there() {
		t.Errorf("no Secret: error %v", err)
	}
	for _, k := range []string{keyAuthorities, keyAuthorityKey, keyServing, keyServingKey} {
		for name, bad := range map[string][]byte{"gone": nil, "garbage": []byte("x"), "swapped": data[keyServing], "swapped-key": data[keyServingKey]} {
			if string(bad) == string(data[k]) {
				continue
			}
			broken := map[string][]byte{}
			for x, v := range data {
				broken[x] = v
			}
			broken[k] = bad
			n, err := decode(broken)
			ca := k == keyAuthorities || k == keyAuthorityKey
			if err == nil || n.authority.there() == ca || n.serving.there() != ca {
				t.Errorf("%s %s: authority %t, serving %t, error %v", k, name, n.authority.there(), n.serving.there(), err)
			}
			if _, changed, err := n.next(epoch, hosts, always); err != nil || !changed {
				t.Errorf("%s %s is not mended: %v", k, name, err)
			}
		}
	}
}
