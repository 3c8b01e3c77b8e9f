package standin

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Instance is one running stand-in, in either form.
type Instance interface {
	// Addr is what to dial: "127.0.0.1:41234", or "unix:/path" for a unix socket.
	Addr() string
	// SetReady switches the answer of /healthz: 200 when ready, 503 when not. Nothing else changes.
	SetReady(ready bool)
	// Stop is SIGTERM, and SIGKILL when the grace period is over. It returns once the stand-in is gone: nil if it went by
	// itself, ErrKilled if the grace period ran out, ctx's error if ctx ended first (which kills it too). Stopping what is
	// already gone returns nil; a second Stop waits for the first.
	Stop(ctx context.Context, grace time.Duration) error
	// Kill is SIGKILL: listener and connections are gone when it returns.
	Kill()
	// Done is closed when the stand-in is gone.
	Done() <-chan struct{}
}

// Launch starts a stand-in and returns once it listens; ctx bounds the start only, not the life that follows.
type Launch func(ctx context.Context, o Options) (Instance, error)

// InProcess is the Launch for stand-ins inside this process.
func InProcess(ctx context.Context, o Options) (Instance, error) {
	s, err := Start(ctx, o)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// ErrKilled says that a stand-in still had connections when its grace period was over.
var ErrKilled = errors.New("stand-in: grace period over, killed")

// Identity is what a stand-in answers to "who are you?".
type Identity struct {
	Platform string `json:"platform"` // "ecs" or "eks"
	Service  string `json:"service"`  // "svc-001"
	Instance string `json:"instance"` // task id or pod name
}

// Temper says how a stand-in takes SIGTERM.
type Temper string

const (
	// Graceful keeps accepting while it drains, answers everything with "Connection: close" (HTTP/2: GOAWAY) and leaves idle
	// connections open until the drain time is over; it exits as soon as no connection is open.
	Graceful Temper = "graceful"
	// Plain closes its listener and idle connections at once (HTTP/2: after a GOAWAY) and finishes the requests in flight
	// (http.Server.Shutdown).
	Plain Temper = "plain"
	// Rude closes its listener and every connection at once.
	Rude Temper = "rude"
)

// ParseTemper reads a temper; the empty string is Graceful.
func ParseTemper(s string) (Temper, error) {
	switch t := Temper(s); t {
	case "":
		return Graceful, nil
	case Graceful, Plain, Rude:
		return t, nil
	}
	return "", fmt.Errorf("unknown temper %q: use graceful, plain or rude", s)
}

// StateKind names a turning point in the life of a stand-in.
type StateKind string

const (
	// Listening: from At on, new connections are accepted. At is taken after the socket listens.
	Listening StateKind = "listening"
	// Signalled: SIGTERM arrived.
	Signalled StateKind = "signalled"
	// Closed: from At on, new connections may be refused. At is taken before the listener closes, so that
	// [Listening, Closed) is never longer than what was really served.
	Closed StateKind = "closed"
)

// State is one turning point.
type State struct {
	At   time.Time
	Kind StateKind
}

// Options say what a stand-in is. The zero value of each field has a sensible meaning.
type Options struct {
	Identity Identity
	Temper   Temper // empty: Graceful
	// Listen is "" for a free port on 127.0.0.1, a "host:port", or "unix:/path".
	Listen string
	// StartDelay is how long the application takes to start; it doesn't listen before.
	StartDelay time.Duration
	// Drain is how long a Graceful stand-in keeps accepting after SIGTERM while connections are open; 0 means DefaultDrain.
	// It is capped at nine tenths of the grace period where that is known (not in a process of its own).
	Drain time.Duration
	// MaxSlow bounds /slow; 0 means DefaultMaxSlow. Longer wishes are answered with 400.
	MaxSlow time.Duration
	// NotReady starts it with /healthz saying 503.
	NotReady bool
	// Sees is what it prints at /sees: what its containers see, as JSON; none: 404.
	Sees []byte
	// Now stamps the states; nil means time.Now. A process of its own uses its own clock.
	Now func() time.Time `json:"-"`
	// OnState is told each turning point, in order, synchronously: Closed is told before the listener closes. It must return
	// quickly and must not call the stand-in.
	OnState func(State) `json:"-"`
}

// Defaults of Options.
const (
	DefaultDrain   = 10 * time.Second
	DefaultMaxSlow = time.Minute
)

func (o Options) withDefaults() (Options, error) {
	t, err := ParseTemper(string(o.Temper))
	if err != nil {
		return o, err
	}
	o.Temper = t
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	if o.Drain <= 0 {
		o.Drain = DefaultDrain
	}
	if o.MaxSlow <= 0 {
		o.MaxSlow = DefaultMaxSlow
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.OnState == nil {
		o.OnState = func(State) {}
	}
	return o, nil
}
