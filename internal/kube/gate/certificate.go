package gate

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"slices"
	"time"
)

// How long certificates are good for, and how long before their end they are
// renewed.
const (
	authorityLife  = 5 * 365 * 24 * time.Hour
	authorityRenew = 365 * 24 * time.Hour
	servingLife    = 90 * 24 * time.Hour
	servingRenew   = 30 * 24 * time.Hour
	clockSkew      = 5 * time.Minute // the API server's clock may be behind ours
)

// pair is a certificate and its key.
type pair struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func (p pair) there() bool { return p.cert != nil && p.key != nil }

// material is everything that the Secret holds.
type material struct {
	authority pair
	older     []*x509.Certificate // authorities before this one, still good
	serving   pair
}

// next is the material as it should be now, and whether that differs. published
// says that the API server is known to trust an authority: unless it does, a
// certificate in use is not replaced by one that this authority signed.
func (m material) next(now time.Time, hosts []string, published func(*x509.Certificate) bool) (material, bool, error) {
	var err error
	changed := false
	if !m.authority.there() || !m.authority.cert.IsCA || !within(m.authority.cert, now) {
		// Deleting the Secret is how a person begins anew: nothing old is trusted.
		if m, err = fresh(now); err != nil {
			return m, false, err
		}
		changed = true
	}
	if now.After(m.authority.cert.NotAfter.Add(-authorityRenew)) {
		n, err := fresh(now)
		if err != nil {
			return m, false, err
		}
		m.older = append([]*x509.Certificate{m.authority.cert}, m.older...)
		m.authority, changed = n.authority, true
	}
	good := slices.DeleteFunc(slices.Clone(m.older), func(c *x509.Certificate) bool { return !within(c, now) })
	changed = changed || len(good) != len(m.older)
	m.older = good

	usable := m.serving.there() && within(m.serving.cert, now) && covers(m.serving.cert, hosts) &&
		slices.ContainsFunc(m.trusted(), func(ca *x509.Certificate) bool { return m.serving.cert.CheckSignatureFrom(ca) == nil })
	due := usable && (now.After(m.serving.cert.NotAfter.Add(-servingRenew)) || m.serving.cert.CheckSignatureFrom(m.authority.cert) != nil)
	if !usable || due && published(m.authority.cert) {
		if m.serving, err = m.authority.sign(hosts, now); err != nil {
			return m, false, err
		}
		changed = true
	}
	return m, changed, nil
}

// trusted are the authorities that the API server is to trust, the newest first.
func (m material) trusted() []*x509.Certificate {
	return append([]*x509.Certificate{m.authority.cert}, m.older...)
}

// bundle is what goes into the webhook configuration.
func (m material) bundle() []byte {
	var out []byte
	for _, c := range m.trusted() {
		out = append(out, certificatePEM(c)...)
	}
	return out
}

// certificate is what the server shows.
func (m material) certificate() *tls.Certificate {
	return &tls.Certificate{Certificate: [][]byte{m.serving.cert.Raw}, PrivateKey: m.serving.key, Leaf: m.serving.cert}
}

// within leaves the last moment out: a certificate that ends now is of no use.
func within(c *x509.Certificate, now time.Time) bool {
	return !now.Before(c.NotBefore) && now.Before(c.NotAfter)
}

func covers(c *x509.Certificate, hosts []string) bool {
	return !slices.ContainsFunc(hosts, func(h string) bool { return c.VerifyHostname(h) != nil })
}

// fresh is an authority without anything that it has signed.
func fresh(now time.Time) (material, error) {
	key, serial, err := newKey()
	if err != nil {
		return material{}, err
	}
	t := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "tranship readiness gate"},
		NotBefore: now.Add(-clockSkew), NotAfter: now.Add(authorityLife),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return material{}, fmt.Errorf("make the webhook's authority: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	return material{authority: pair{cert, key}}, err
}

// sign makes a serving certificate for names and addresses.
func (p pair) sign(hosts []string, now time.Time) (pair, error) {
	key, serial, err := newKey()
	if err != nil {
		return pair{}, err
	}
	t := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "tranship webhook"},
		NotBefore: now.Add(-clockSkew), NotAfter: now.Add(servingLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, p.cert, key.Public(), p.key)
	if err != nil {
		return pair{}, fmt.Errorf("sign the webhook's certificate: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	return pair{cert, key}, err
}

func newKey() (*ecdsa.PrivateKey, *big.Int, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("make a key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, nil, fmt.Errorf("make a serial number: %w", err)
	}
	return key, serial, nil
}

// Keys of the Secret; the last two as kubernetes.io/tls has them.
const (
	keyAuthorities  = "ca.crt" // the one that signs first
	keyAuthorityKey = "ca.key"
	keyServing      = "tls.crt"
	keyServingKey   = "tls.key"
)

// encode is the material as a Secret holds it.
func (m material) encode() (map[string][]byte, error) {
	ca, err := keyPEM(m.authority.key)
	if err != nil {
		return nil, err
	}
	serving, err := keyPEM(m.serving.key)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{
		keyAuthorities: m.bundle(), keyAuthorityKey: ca,
		keyServing: certificatePEM(m.serving.cert), keyServingKey: serving,
	}, nil
}

// decode reads what a Secret holds. What does not parse, or does not fit
// together, is left out, to be made anew; it is said in the error.
func decode(data map[string][]byte) (material, error) {
	var m material
	if len(data) == 0 {
		return m, nil
	}
	var errs []error
	authorities, err := parseCertificates(data[keyAuthorities])
	if err != nil {
		errs = append(errs, fmt.Errorf("%s: %w", keyAuthorities, err))
	} else if m.authority, err = fit(authorities[0], data[keyAuthorityKey]); err != nil {
		errs = append(errs, fmt.Errorf("%s: %w", keyAuthorityKey, err))
	} else {
		m.older = authorities[1:]
	}
	if serving, err := parseCertificates(data[keyServing]); err != nil {
		errs = append(errs, fmt.Errorf("%s: %w", keyServing, err))
	} else if m.serving, err = fit(serving[0], data[keyServingKey]); err != nil {
		errs = append(errs, fmt.Errorf("%s: %w", keyServingKey, err))
	}
	return m, errors.Join(errs...)
}

// fit puts a certificate and its key together.
func fit(cert *x509.Certificate, keyBytes []byte) (pair, error) {
	b, _ := pem.Decode(keyBytes)
	if b == nil {
		return pair{}, errors.New("no PEM block")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(b.Bytes)
	if err != nil {
		return pair{}, err
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || !key.PublicKey.Equal(cert.PublicKey) {
		return pair{}, errors.New("the key is not that of the certificate")
	}
	return pair{cert, key}, nil
}

// parseCertificates reads one at least.
func parseCertificates(text []byte) ([]*x509.Certificate, error) {
	var out []*x509.Certificate
	for rest := text; ; {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			break
		}
		c, err := x509.ParseCertificate(b.Bytes)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		return nil, errors.New("no certificate")
	}
	return out, nil
}

// holds says that a bundle contains a certificate.
func holds(bundle []byte, c *x509.Certificate) bool {
	return bytes.Contains(bundle, certificatePEM(c))
}

func certificatePEM(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

func keyPEM(k *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		return nil, fmt.Errorf("encode a key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}
