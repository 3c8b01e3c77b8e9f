package controller

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/go-logr/logr"

	"github.com/tranship/tranship/internal/kube"
	"github.com/tranship/tranship/internal/names"
)

// SweepEvery is how often one name of a Cloud Map namespace is looked at that
// nothing asks for: with one call each time, two calls a minute and namespace,
// however many names it has. N names are so looked at every N/2 minutes, or every
// N where DNS makes others doubtful; what vanishes from DNS is seen sooner, by
// asking DNS.
const SweepEvery = 30 * time.Second

// readCosts is how many looks a whole reading of a name counts for, so that
// looking at what changed stays within the same rate.
const readCosts = 3

// sweeper looks at names that rest, one of each namespace at a time, in turns;
// and, once each, at the services of those namespaces that nobody asks for: what
// was registered there before the controller was down has to leave.
type sweeper struct {
	every     time.Duration
	directory *kube.Directory
	// sweep tells whether a name that rests changed, by one call.
	sweep func(context.Context, names.Ref) (bool, error)
	// services are those of a namespace that are known, without a call.
	services func(namespaceID string) []names.Ref
	send     func(context.Context, []names.Ref)
	// suspect is one of the names that DNS makes doubtful; nil: nobody asks DNS.
	suspect func([]names.Ref) (names.Ref, bool)
	log     logr.Logger

	turns map[place]*turn
}

// place is a namespace of one account and region.
type place struct{ account, region, namespace string }

// turn is how far the looks at a namespace are.
type turn struct {
	last   names.Ref
	doubts bool // the last look was at a suspect
	owed   int
	looked map[names.Ref]bool // of those nobody asks for
	failed bool
}

// Start looks until ctx ends.
func (s *sweeper) Start(ctx context.Context) error {
	s.turns = map[place]*turn{}
	t := time.NewTicker(s.every)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			s.round(ctx)
		}
	}
}

// round looks at one name of each namespace.
func (s *sweeper) round(ctx context.Context) {
	byPlace := map[place][]names.Ref{}
	for _, ref := range s.directory.All() {
		p := place{ref.Account, ref.Region, ref.NamespaceID}
		byPlace[p] = append(byPlace[p], ref)
	}
	maps.DeleteFunc(s.turns, func(p place, _ *turn) bool { return byPlace[p] == nil })
	for p, refs := range byPlace {
		if ctx.Err() != nil {
			return
		}
		t := s.turns[p]
		if t == nil {
			t = &turn{looked: map[names.Ref]bool{}}
			s.turns[p] = t
		}
		if t.owed > 0 {
			t.owed--
			continue
		}
		if ref, ok := s.stray(p, t, refs); ok {
			t.owed = readCosts - 1
			s.send(ctx, []names.Ref{ref})
			continue
		}
		s.one(ctx, t, refs)
	}
}

// stray is a service that nobody asks for and that was not looked at yet.
func (s *sweeper) stray(p place, t *turn, asked []names.Ref) (names.Ref, bool) {
	if partial, _ := s.directory.Unknown(); partial {
		return names.Ref{}, false
	}
	for _, ref := range s.services(p.namespace) {
		if _, known := slices.BinarySearchFunc(asked, ref, names.Ref.Compare); !known && !t.looked[ref] {
			t.looked[ref] = true
			return ref, true
		}
	}
	return names.Ref{}, false
}

// one looks at the name whose turn it is. refs are sorted.
func (s *sweeper) one(ctx context.Context, t *turn, refs []names.Ref) {
	k := slices.IndexFunc(refs, func(r names.Ref) bool { return r.Compare(t.last) > 0 })
	ref := refs[max(0, k)]
	doubtful, ok := names.Ref{}, false
	if s.suspect != nil && !t.doubts { // each other look is the turn's: doubts must not starve it
		doubtful, ok = s.suspect(refs)
	}
	if t.doubts = ok; ok {
		ref = doubtful
	} else {
		t.last = ref
	}
	drifted, err := s.sweep(ctx, ref)
	switch {
	case err != nil && !t.failed:
		s.log.Info("sweep failed: changes by others are not seen until it does not", "error", err.Error())
		t.failed = true
	case err == nil:
		t.failed = false
	}
	if drifted {
		t.owed = readCosts
		s.log.Info("somebody changed a name", "name", ref.String())
		s.send(ctx, []names.Ref{ref})
	}
}
