package gate

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
)

// Config of a Webhook.
type Config struct {
	// Services is where Services are read, one namespace at a time: a cache.
	Services client.Reader // required
	// Live reads and writes the Secret and the configuration. It must not be a
	// cache: the rights reach for one Secret, and not for a list of them.
	Live client.Client // required
	// Namespace is the controller's own: the Secret is in it, and its pods are
	// left alone.
	Namespace string // required
	// Address to listen at. Default :9443.
	Address string
	// URL by which the API server reaches us, such as https://10.0.0.7:9443/pods,
	// the same for every replica; default: through the Service tranship-webhook.
	// Port 0 is the one that we listen at.
	URL    string
	Claims Claims // required
	// Every is how often certificate and configuration are looked at. Default: a minute.
	Every   time.Duration
	Now     func() time.Time // default time.Now
	Metrics *Metrics
	Log     logr.Logger
}

// How long the webhook waits for things.
const (
	defaultEvery = time.Minute
	retryEvery   = 10 * time.Second // after something went wrong
	endWithin    = 5 * time.Second
	syncWithin   = 30 * time.Second
)

// Webhook is a server that every replica runs, whether it leads or not. It is a
// manager.Runnable.
type Webhook struct {
	keeper   *keeper
	injector *injector
	listener net.Listener
	every    time.Duration
	metrics  *Metrics
	log      logr.Logger

	cert atomic.Pointer[tls.Certificate]
	last atomic.Pointer[string] // what went wrong in the last sync; nil: nothing
}

var (
	_ manager.Runnable               = (*Webhook)(nil)
	_ manager.LeaderElectionRunnable = (*Webhook)(nil)
)

// New checks the configuration and takes the address; Start serves there, and
// Close gives it back where Start is never called.
func New(c Config) (*Webhook, error) {
	if c.Services == nil || c.Live == nil || c.Namespace == "" || c.Claims == nil {
		return nil, errors.New("gate: Services, Live, Namespace and Claims are required")
	}
	now := c.Now
	if now == nil {
		now = time.Now
	}
	l, err := net.Listen("tcp", cmp.Or(c.Address, ":9443"))
	if err != nil {
		return nil, fmt.Errorf("--webhook-address: %w", err)
	}
	hosts, called, err := c.called(l.Addr())
	if err != nil {
		l.Close()
		return nil, fmt.Errorf("--webhook-url %s: %w", c.URL, err)
	}
	return &Webhook{
		keeper:   &keeper{client: c.Live, namespace: c.Namespace, hosts: hosts, url: called, now: now, log: c.Log},
		injector: &injector{services: c.Services, claims: c.Claims, metrics: c.Metrics, log: c.Log},
		listener: l, every: cmp.Or(c.Every, defaultEvery), metrics: c.Metrics, log: c.Log,
	}, nil
}

// called is how the API server calls us: by which hosts, and by which URL; ""
// for the Service.
func (c Config) called(at net.Addr) (hosts []string, by string, err error) {
	hosts = []string{ServiceName + "." + c.Namespace + ".svc"}
	if c.URL == "" {
		return hosts, "", nil
	}
	u, err := url.Parse(c.URL)
	switch {
	case err != nil:
		return nil, "", err
	case u.Scheme != "https" || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return nil, "", fmt.Errorf("it is https://HOST[:PORT]%s", Path)
	case strings.Trim(u.Path, "/") != "" && u.Path != Path:
		return nil, "", fmt.Errorf("pods are reviewed at %s", Path)
	}
	u.Path = Path
	if tcp, ok := at.(*net.TCPAddr); ok && u.Port() == "0" {
		u.Host = net.JoinHostPort(u.Hostname(), strconv.Itoa(tcp.Port))
	}
	return append(hosts, u.Hostname()), u.String(), nil
}

// Addr is where it listens.
func (w *Webhook) Addr() net.Addr { return w.listener.Addr() }

// Close gives the address back.
func (w *Webhook) Close() error { return w.listener.Close() }

// NeedLeaderElection says that every replica serves.
func (*Webhook) NeedLeaderElection() bool { return false }

// Ready is a check for the readiness probe: without a certificate the API server
// need not come here. It costs no call.
func (w *Webhook) Ready(*http.Request) error {
	if w.cert.Load() != nil {
		return nil
	}
	if why := w.last.Load(); why != nil {
		return fmt.Errorf("the webhook has no certificate yet: %s", *why)
	}
	return errors.New("the webhook has no certificate yet")
}

// Start serves and keeps the certificate until ctx ends.
func (w *Webhook) Start(ctx context.Context) error {
	mux := http.NewServeMux()
	mux.Handle("POST "+Path, w.injector)
	srv := &http.Server{
		Handler: mux, ReadHeaderTimeout: answerWithin, ReadTimeout: 2 * answerWithin, WriteTimeout: 2 * answerWithin,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 1 << 16, ErrorLog: quiet(w.log),
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	secured := tls.NewListener(w.listener, &tls.Config{
		MinVersion: tls.VersionTLS13,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			if c := w.cert.Load(); c != nil {
				return c, nil
			}
			return nil, errors.New("there is no certificate yet")
		},
	})
	keep, stop := context.WithCancel(ctx)
	var both sync.WaitGroup
	both.Go(func() { w.keep(keep) })
	both.Go(func() {
		<-keep.Done()
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWithin)
		defer cancel()
		if srv.Shutdown(end) != nil {
			_ = srv.Close()
		}
	})
	err := srv.Serve(secured)
	stop()
	both.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("the webhook at %s ended: %w", w.Addr(), err)
}

// keep looks at certificate and configuration again and again.
func (w *Webhook) keep(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		timer.Reset(w.once(ctx))
	}
}

// once returns when to look again.
func (w *Webhook) once(ctx context.Context) time.Duration {
	ctx, cancel := context.WithTimeout(ctx, syncWithin)
	defer cancel()
	cert, err := w.keeper.sync(ctx)
	if err != nil {
		if ctx.Err() == nil || errors.Is(ctx.Err(), context.DeadlineExceeded) {
			text := err.Error()
			if old := w.last.Swap(&text); old == nil || *old != text {
				w.log.Info("the webhook's certificate is not kept", "error", text)
			}
		}
		return min(retryEvery, w.every)
	}
	w.last.Store(nil)
	if old := w.cert.Swap(cert); old == nil || !old.Leaf.Equal(cert.Leaf) {
		w.log.Info("the webhook serves", "address", w.Addr().String(), "until", cert.Leaf.NotAfter)
	}
	w.metrics.setExpiry(float64(cert.Leaf.NotAfter.Unix()))
	return w.every
}
