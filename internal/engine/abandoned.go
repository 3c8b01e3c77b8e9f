package engine

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/tranship/tranship/internal/names"
)

// abandoned counts the names that nobody asks for any more although pods that are in
// them live. A few at once are somebody's wish; many at once are a mistake (a filter,
// a class, rights that were taken away), and then their instances stay. Those of pods
// that are gone leave all the same.
type abandoned struct {
	mu      sync.Mutex
	ours    map[names.Ref]bool      // names that our instances are in
	alive   map[names.Ref]bool      // of those the abandoned ones
	emptied map[names.Ref]time.Time // since when those are empty that were
}

// How many names may be abandoned at once: a tenth of those that ours are in, and
// at least so many. Those that were emptied within abandonedFor count, too: after a
// restart what nobody asks for is found one by one.
const (
	abandonedTenth = 10
	abandonedLeast = 5
	abandonedFor   = time.Hour
)

// note takes down how a name stands and says whether too many are abandoned. most is
// the bound; 0 is the usual one, less than 0 none.
func (a *abandoned) note(ref names.Ref, ours, alive bool, most int, now time.Time) (held bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.alive[ref] && !ours {
		if a.emptied == nil {
			a.emptied = map[names.Ref]time.Time{}
		}
		a.emptied[ref] = now
	}
	keep(&a.ours, ref, ours)
	keep(&a.alive, ref, ours && alive)
	return a.held(most, now)
}

// drop takes a name off the account that is somebody else's business.
func (a *abandoned) drop(ref names.Ref) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.ours, ref)
	delete(a.alive, ref)
}

func (a *abandoned) held(most int, now time.Time) bool {
	maps.DeleteFunc(a.emptied, func(_ names.Ref, t time.Time) bool { return !now.Before(t.Add(abandonedFor)) })
	if most == 0 {
		most = max(abandonedLeast, len(a.ours)/abandonedTenth)
	}
	return most > 0 && len(a.alive) > 0 && len(a.alive)+len(a.emptied) > most
}

func keep(set *map[names.Ref]bool, ref names.Ref, in bool) {
	if !in {
		delete(*set, ref)
		return
	}
	if *set == nil {
		*set = map[names.Ref]bool{}
	}
	(*set)[ref] = true
}

// Abandoned are the names that nobody asks for although pods that are in them live,
// sorted, and whether they are too many, so that their instances stay.
func (e *Engine) Abandoned() (refs []names.Ref, held bool) {
	e.abandoned.mu.Lock()
	defer e.abandoned.mu.Unlock()
	for ref := range e.abandoned.alive {
		refs = append(refs, ref)
	}
	slices.SortFunc(refs, names.Ref.Compare)
	return refs, e.abandoned.held(e.MostAbandoned, e.Clock.Now())
}
