package clustertest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"testing"

	"k8s.io/client-go/rest"

	"github.com/tranship/tranship/lab/cluster"
)

// M runs the tests of a package: *testing.M.
type M interface{ Run() int }

// Main runs the tests and then stops the cluster, if one of them has started it. It returns the exit code.
func Main(m M, o cluster.Options) int { return Wrap(m, o).Run() }

// Wrap returns an M that runs the tests and then stops the cluster, for others that want to run an M.
func Wrap(m M, o cluster.Options) M { return &wrapped{m: m, options: o} }

// Start returns an administrator's way into the cluster that the package's tests share, and starts it if it does not run yet.
// The configuration is the test's own copy. A test whose cluster does not start, fails.
func Start(t testing.TB) *rest.Config {
	t.Helper()
	return rest.CopyConfig(Cluster(t).RESTConfig)
}

// Cluster is as Start, for tests that need more than an administrator's client, such as another user's.
func Cluster(t testing.TB) *cluster.Cluster {
	t.Helper()
	if running == nil {
		t.Fatal("no shared cluster: the package's TestMain must call clustertest.Main")
	}
	c, err := running.get(t.Context())
	if err != nil {
		t.Fatalf("starting the shared cluster: %v", err)
	}
	return c
}

// running is what TestMain has wrapped; a test binary has one.
var running *shared

type wrapped struct {
	m       M
	options cluster.Options
}

// Run runs the tests, then stops the cluster. An interrupt stops it, too, and then ends the process as it would have.
func (w *wrapped) Run() int {
	s := &shared{options: w.options, interrupted: make(chan struct{})}
	running = s
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	done := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		select {
		case <-done:
		case sig := <-signals:
			close(s.interrupted)
			if err := s.stop(); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
			signal.Reset()
			if number, ok := sig.(syscall.Signal); ok {
				_ = syscall.Kill(os.Getpid(), number) // what the signal does without us
			}
		}
	})
	code := w.m.Run()
	signal.Stop(signals)
	close(done)
	watch.Wait()
	running = nil
	if err := s.stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	return code
}

// shared is a cluster that is started at most once.
type shared struct {
	options     cluster.Options
	interrupted chan struct{}

	mu      sync.Mutex
	cluster *cluster.Cluster
	err     error
}

var errInterrupted = errors.New("interrupted")

func (s *shared) get(ctx context.Context) (*cluster.Cluster, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cluster != nil || s.err != nil {
		return s.cluster, s.err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var watch sync.WaitGroup
	watch.Go(func() {
		select {
		case <-s.interrupted:
			cancel(errInterrupted)
		case <-ctx.Done():
		}
	})
	s.cluster, s.err = cluster.Start(ctx, s.options)
	cancel(nil)
	watch.Wait()
	return s.cluster, s.err
}

// stop ends the cluster, if there is one. No other is started after it.
func (s *shared) stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.cluster
	s.cluster, s.err = nil, errors.New("the shared cluster has been stopped")
	if c == nil {
		return nil
	}
	return c.Stop(context.Background())
}
