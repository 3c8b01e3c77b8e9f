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

// lease is the lock of leader election, which remembers when it was last
// renewed, so that every write can look at it right before its bytes leave.
type lease struct {
	resourcelock.Interface
	clock engine.Clock

	mu      sync.Mutex
	renewed time.Time
}

func newLease(c coordinationv1.LeasesGetter, namespace, identity string, clock engine.Clock) *lease {
	return &lease{clock: clock, Interface: &resourcelock.LeaseLock{
		LeaseMeta:  metav1.ObjectMeta{Namespace: namespace, Name: LeaseName},
		Client:     c,
		LockConfig: resourcelock.ResourceLockConfig{Identity: identity},
	}}
}

// Create takes the lease for the first time.
func (l *lease) Create(ctx context.Context, r resourcelock.LeaderElectionRecord) error {
	at := l.clock.Now()
	return l.note(r, at, l.Interface.Create(ctx, r))
}

// Update takes, renews or releases it.
func (l *lease) Update(ctx context.Context, r resourcelock.LeaderElectionRecord) error {
	at := l.clock.Now()
	return l.note(r, at, l.Interface.Update(ctx, r))
}

// note counts from before the call: the API server's word may be older than its arrival.
func (l *lease) note(r resourcelock.LeaderElectionRecord, at time.Time, err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil && r.HolderIdentity == l.Identity() {
		l.renewed = at
	} else if err == nil {
		l.renewed = time.Time{}
	}
	return err
}

// errNoLease keeps a write back.
var errNoLease = errors.New("the lease was not renewed in time: another controller may have it")

// allowed is asked before the bytes of a write leave.
func (l *lease) allowed() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.renewed.IsZero() || l.clock.Now().Sub(l.renewed) >= renewDeadline {
		return errNoLease
	}
	return nil
}
