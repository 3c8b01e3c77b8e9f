package gate

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
)

func TestConfig(t *testing.T) {
	c := cluster()
	for name, x := range map[string]struct {
		config Config
		says   string
	}{
		"nothing":     {Config{}, "required"},
		"http":        {Config{Services: c, Live: c, Namespace: system, Claims: annotated, Address: "127.0.0.1:0", URL: "http://127.0.0.1:1"}, "--webhook-url http://127.0.0.1:1: it is https://HOST"},
		"other-path":  {Config{Services: c, Live: c, Namespace: system, Claims: annotated, Address: "127.0.0.1:0", URL: "https://127.0.0.1:1/other"}, "reviewed at /pods"},
		"no-url":      {Config{Services: c, Live: c, Namespace: system, Claims: annotated, Address: "127.0.0.1:0", URL: ":"}, "--webhook-url"},
		"bad-address": {Config{Services: c, Live: c, Namespace: system, Claims: annotated, Address: "nowhere"}, "--webhook-address"},
	} {
		if w, err := New(x.config); err == nil || !strings.Contains(err.Error(), x.says) {
			if w != nil {
				w.Close()
			}
			t.Errorf("%s: error %v, want one that says %q", name, err, x.says)
		}
	}
}

func TestCalled(t *testing.T) {
	at := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9443}
	for given, want := range map[string]string{
		"":                         "",
		"https://127.0.0.1:0":      "https://127.0.0.1:9443/pods",
		"https://[::1]:0/pods":     "https://[::1]:9443/pods",
		"https://webhook.example/": "https://webhook.example/pods",
	} {
		hosts, by, err := Config{Namespace: system, URL: given}.called(at)
		if err != nil || by != want || hosts[0] != "tranship-webhook.tranship-system.svc" || given != "" && !strings.Contains(want, hosts[1]) {
			t.Errorf("%s: hosts %v, URL %s, error %v", given, hosts, by, err)
		}
	}
}

// Over a real socket, with the certificate that the configuration tells the API
// server to trust.
func TestServe(t *testing.T) {
	c := cluster(service())
	w, err := New(Config{Services: c, Live: c, Namespace: system, Claims: annotated, Address: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	if w.NeedLeaderElection() {
		t.Error("only the leader serves")
	}
	if err := w.Ready(nil); err == nil || !strings.Contains(err.Error(), "no certificate yet") {
		t.Errorf("ready before it has a certificate: %v", err)
	}
	if w.every = w.once(t.Context()); w.Ready(nil) != nil {
		t.Fatal(w.Ready(nil))
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Start(ctx) }()

	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(published(configuration(t, c)))
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: ServiceName + "." + system + ".svc"}}
	defer transport.CloseIdleConnections()
	body, err := json.Marshal(admissionv1.AdmissionReview{Request: created(pod("a", ungated))})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Client{Transport: transport}).Post("https://"+w.Addr().String()+Path, "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var review admissionv1.AdmissionReview
	if err := json.NewDecoder(resp.Body).Decode(&review); err != nil || !strings.Contains(string(review.Response.Patch), "tranship.dev/registered") {
		t.Errorf("%+v: %v", review.Response, err)
	}
	other, err := (&http.Client{Transport: transport}).Get("https://" + w.Addr().String() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	other.Body.Close()
	if other.StatusCode != http.StatusNotFound {
		t.Errorf("it also serves /metrics: %s", other.Status)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestListenerLost(t *testing.T) {
	c := cluster()
	w, err := New(Config{Services: c, Live: c, Namespace: system, Claims: annotated, Address: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Start(t.Context()); err == nil {
		t.Error("it serves without an address")
	}
}

// nowhere is a listener that nobody reaches.
type nowhere struct{ net.Listener }

func (nowhere) Addr() net.Addr { return &net.TCPAddr{} }

// pass lets time pass, and whatever becomes due in it happen.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// The certificate is renewed while it is used; what fails is tried again soon,
// and what is served stays.
func TestKeep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var down atomic.Bool
		down.Store(true)
		c := interceptor.NewClient(cluster(), interceptor.Funcs{Get: func(ctx context.Context, c client.WithWatch, k client.ObjectKey, o client.Object, opts ...client.GetOption) error {
			if _, is := o.(*corev1.Secret); is && down.Load() {
				return errors.New("the API server is away")
			}
			return c.Get(ctx, k, o, opts...)
		}})
		w := &Webhook{keeper: &keeper{client: c, namespace: system, hosts: hosts, now: time.Now}, every: time.Hour, listener: nowhere{}}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { w.keep(ctx); close(ended) }()
		synctest.Wait()
		if err := w.Ready(nil); err == nil || !strings.Contains(err.Error(), "the API server is away") {
			t.Errorf("ready: %v", err)
		}
		down.Store(false)
		pass(retryEvery)
		if w.Ready(nil) != nil {
			t.Fatal(w.Ready(nil))
		}
		first := w.cert.Load()
		pass(servingLife - servingRenew - time.Hour)
		if w.cert.Load().Leaf != first.Leaf && !w.cert.Load().Leaf.Equal(first.Leaf) {
			t.Error("renewed before its time")
		}
		down.Store(true)
		pass(2 * time.Hour)
		if w.Ready(nil) != nil || !w.cert.Load().Leaf.Equal(first.Leaf) {
			t.Error("a good certificate is not served while the API server is away")
		}
		down.Store(false)
		pass(retryEvery)
		if w.cert.Load().Leaf.Equal(first.Leaf) {
			t.Error("not renewed in time")
		}
		cancel()
		<-ended
	})
}
