package controller

import (
	"context"
	"errors"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	coordinationv1 "k8s.io/client-go/kubernetes/typed/coordination/v1"
	"k8s.io/client-go/tools/leaderelection/resourcelock"

	"github.com/tranship/tranship/internal/engine"
)

// lease is the lock of leader election. It remembers when it was last renewed,
// so that every write can look at it right before its bytes leave.
//
// A process that finds its own identity in the lease takes over at once: its
// predecessor is dead. Should that one live after all, it must notice, so each
// takeover is counted as a transition, also from oneself.
type lease struct {
	resourcelock.Interface
	clock  engine.Clock
	onLost func() // called once, when another process of the same identity has it

	mu      sync.Mutex
	renewed time.Time
	seen    int  // transitions, as last read
	term    int  // transitions when this process took the lease
	holds   bool // this process took it
	lost    bool // another process of the same identity has it now
}

func newLease(c coordinationv1.LeasesGetter, namespace, identity string, clock engine.Clock) *lease {
	return &lease{clock: clock, onLost: func() {}, Interface: &resourcelock.LeaseLock{
		LeaseMeta:  metav1.ObjectMeta{Namespace: namespace, Name: LeaseName},
		Client:     c,
		LockConfig: resourcelock.ResourceLockConfig{Identity: identity},
	}}
}

// Get reads the lease. One that another process of the same identity took since
// is told as that of somebody else.
func (l *lease) Get(ctx context.Context) (*resourcelock.LeaderElectionRecord, []byte, error) {
	r, raw, err := l.Interface.Get(ctx)
	if err != nil {
		return r, raw, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen = r.LeaderTransitions
	if l.holds && r.HolderIdentity == l.Identity() && r.LeaderTransitions != l.term {
		if !l.lost {
			l.lost = true
			l.onLost()
		}
		r.HolderIdentity += " (a newer process)"
	}
	return r, raw, nil
}

// Create takes the lease for the first time.
func (l *lease) Create(ctx context.Context, r resourcelock.LeaderElectionRecord) error {
	at := l.clock.Now()
	return l.note(r, at, l.Interface.Create(ctx, r))
}

// Update takes, renews or releases it.
func (l *lease) Update(ctx context.Context, r resourcelock.LeaderElectionRecord) error {
	at := l.clock.Now()
	l.mu.Lock()
	switch {
	case l.lost:
		l.mu.Unlock()
		return errTakenOver
	case r.HolderIdentity != l.Identity(): // given back
	case l.holds:
		r.LeaderTransitions = l.term
	default:
		r.LeaderTransitions = l.seen + 1
	}
	l.mu.Unlock()
	return l.note(r, at, l.Interface.Update(ctx, r))
}

// note counts from before the call: the API server's word may be older than its arrival.
func (l *lease) note(r resourcelock.LeaderElectionRecord, at time.Time, err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil && r.HolderIdentity == l.Identity() {
		l.renewed, l.holds, l.term = at, true, r.LeaderTransitions
	} else if err == nil {
		l.renewed, l.holds = time.Time{}, false
	}
	return err
}

// What keeps a write back.
var (
	errNoLease   = errors.New("the lease was not renewed in time: another controller may have it")
	errTakenOver = errors.New("another process of the same identity has taken the lease over")
)

// allowed is asked before the bytes of a write leave.
func (l *lease) allowed() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.lost:
		return errTakenOver
	case !l.holds, l.clock.Now().Sub(l.renewed) >= renewDeadline:
		return errNoLease
	}
	return nil
}
