package churn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// front is what a Service is to the replicas behind it: one address, behind which
// whoever listens takes the connection. The API server asks the webhook there.
type front struct {
	address string
	ln      net.Listener
	cancel  context.CancelFunc
	work    sync.WaitGroup

	mu     sync.Mutex
	behind []string
	open   map[net.Conn]bool
	closed bool
}

// newFront listens on loopback until close.
func newFront(ctx context.Context) (*front, error) {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("an address before the webhooks: %w", err)
	}
	f := &front{address: ln.Addr().String(), ln: ln, open: map[net.Conn]bool{}}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	f.cancel = cancel
	f.work.Go(func() { f.serve(run) })
	return f, nil
}

// add puts one more replica behind it, with an address that it may listen at.
func (f *front) add(ctx context.Context) (string, error) {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("an address for a webhook: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.behind = append(f.behind, ln.Addr().String())
	return ln.Addr().String(), ln.Close()
}

func (f *front) serve(ctx context.Context) {
	for {
		c, err := f.ln.Accept()
		if err != nil {
			return
		}
		f.work.Go(func() { f.carry(ctx, c) })
	}
}

// carry takes one connection to the first replica that answers.
func (f *front) carry(ctx context.Context, c net.Conn) {
	defer f.drop(c)
	f.mu.Lock()
	behind := f.behind
	f.mu.Unlock()
	for _, a := range behind {
		to, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", a)
		if err != nil {
			continue
		}
		defer f.drop(to)
		if !f.keep(c, to) {
			return
		}
		done := make(chan struct{}, 2)
		way := func(to, from net.Conn) {
			_, _ = io.Copy(to, from) // either end may go at any time
			done <- struct{}{}
		}
		f.work.Go(func() { way(to, c) })
		f.work.Go(func() { way(c, to) })
		<-done
		return
	}
}

// keep notes connections that close has to end; false: it has begun already.
func (f *front) keep(all ...net.Conn) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range all {
		f.open[c] = true
	}
	return !f.closed
}

func (f *front) drop(c net.Conn) {
	_ = c.Close()
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.open, c)
}

// close ends every connection, and waits for all that runs.
func (f *front) close() error {
	f.cancel()
	err := f.ln.Close()
	f.mu.Lock()
	f.closed = true
	for c := range f.open {
		err = errors.Join(err, c.Close())
	}
	f.mu.Unlock()
	f.work.Wait()
	return err
}
