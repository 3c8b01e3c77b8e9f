package controller

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

type handClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *handClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *handClock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// lead runs for the lease until it has it, as client-go's elector does, with a
// lease so long that only its own identity or a release can open it.
func lead(t *testing.T, l *lease) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	leads, ended := make(chan struct{}), make(chan struct{})
	e, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock: l, LeaseDuration: time.Hour, RenewDeadline: time.Minute, RetryPeriod: time.Second, Name: "test",
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(context.Context) { close(leads) },
			OnStoppedLeading: func() {},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	go func() { defer close(ended); e.Run(ctx) }()
	stop = func() { cancel(); <-ended }
	t.Cleanup(stop)
	<-leads
	return stop
}

func TestOwnIdentityTakesOverAtOnce(t *testing.T) {
	c := fake.NewClientset()
	clock := &handClock{now: epoch}
	first := newLease(c.CoordinationV1(), "ns", "pod-0", clock)
	lead(t, first)() // killed: the lease is not given back
	if err := first.allowed(); err != nil {
		t.Fatalf("the first was not the leader: %v", err)
	}
	second := newLease(c.CoordinationV1(), "ns", "pod-0", clock)
	lead(t, second) // returns long before an hour
	if err := second.allowed(); err != nil {
		t.Errorf("the second may not write: %v", err)
	}

	// Should the first be alive after all, it does not get the lease back.
	if _, _, err := first.Get(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := first.allowed(); !errors.Is(err, errTakenOver) {
		t.Errorf("the first may still write: %v", err)
	}
	if err := first.Update(t.Context(), resourcelock.LeaderElectionRecord{HolderIdentity: "pod-0"}); !errors.Is(err, errTakenOver) {
		t.Errorf("the first renews: %v", err)
	}
	if r, _, err := first.Get(t.Context()); err != nil || r.HolderIdentity == "pod-0" {
		t.Errorf("the first takes itself for the holder: %+v, %v", r, err)
	}
}

// A process that does not look does not renew over its successor either: the
// API server knows the version.
func TestPredecessorRenewingBlindlyIsRefused(t *testing.T) {
	c := fake.NewClientset()
	clock := &handClock{now: epoch}
	take := func(l *lease) {
		t.Helper()
		if _, _, err := l.Get(t.Context()); err != nil && !apierrors.IsNotFound(err) {
			t.Fatal(err)
		} else if err != nil {
			err = l.Create(t.Context(), resourcelock.LeaderElectionRecord{HolderIdentity: l.Identity()})
			if err != nil {
				t.Fatal(err)
			}
			return
		}
		if err := l.Update(t.Context(), resourcelock.LeaderElectionRecord{HolderIdentity: l.Identity()}); err != nil {
			t.Fatal(err)
		}
	}
	first, second := newLease(c.CoordinationV1(), "ns", "x", clock), newLease(c.CoordinationV1(), "ns", "x", clock)
	take(first)
	take(first)
	take(second)
	take(second)
	got, err := c.CoordinationV1().Leases("ns").Get(t.Context(), LeaseName, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if n := *got.Spec.LeaseTransitions; n != 1 {
		t.Errorf("%d transitions, want 1: renewing is none, taking over from oneself is", n)
	}
}

func TestAnotherIdentityWaits(t *testing.T) {
	c := fake.NewClientset()
	clock := &handClock{now: epoch}
	l := newLease(c.CoordinationV1(), "ns", "pod-0", clock)
	stop := lead(t, l)
	other := newLease(c.CoordinationV1(), "ns", "pod-1", clock)
	r, _, err := other.Get(t.Context())
	if err != nil || r.HolderIdentity != "pod-0" {
		t.Errorf("the other sees %+v, %v", r, err)
	}
	if err := other.allowed(); !errors.Is(err, errNoLease) {
		t.Errorf("the other may write: %v", err)
	}
	stop()
}

func TestAllowedEndsWithTheRenewDeadline(t *testing.T) {
	c := fake.NewClientset()
	clock := &handClock{now: epoch}
	l := newLease(c.CoordinationV1(), "ns", "x", clock)
	if err := l.allowed(); !errors.Is(err, errNoLease) {
		t.Errorf("before it leads: %v", err)
	}
	record := resourcelock.LeaderElectionRecord{HolderIdentity: "x"}
	if err := l.Create(t.Context(), record); err != nil {
		t.Fatal(err)
	}
	clock.pass(renewDeadline - time.Nanosecond)
	if err := l.allowed(); err != nil {
		t.Errorf("in time: %v", err)
	}
	clock.pass(time.Nanosecond)
	if err := l.allowed(); !errors.Is(err, errNoLease) {
		t.Errorf("too late: %v", err)
	}
	if err := l.Update(t.Context(), record); err != nil {
		t.Fatal(err)
	}
	if err := l.allowed(); err != nil {
		t.Errorf("renewed: %v", err)
	}
	if err := l.Update(t.Context(), resourcelock.LeaderElectionRecord{}); err != nil {
		t.Fatal(err)
	}
	if err := l.allowed(); !errors.Is(err, errNoLease) {
		t.Errorf("given back: %v", err)
	}
}

// What a write may take after the last look at the lease ends before the lease does.
func TestDeadlinesFit(t *testing.T) {
	if left := leaseFor - renewDeadline; attempt >= left {
		t.Errorf("an attempt takes up to %s, the lease has %s left", attempt, left)
	}
}
