package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tranship/tranship/internal/names"
)

// word is what a step of a name without a crossing has to say in Kubernetes.
type word struct {
	open      []Opening
	standings []Standing
}

// words are those that were not said yet, the newest of each name, and which pods
// were opened that a cache may still show closed.
type words struct {
	mu     sync.Mutex
	unsaid map[names.Ref]word
	opened map[names.Ref]map[string]time.Time // by the pod's UID
}

func newWords() *words {
	return &words{unsaid: map[names.Ref]word{}, opened: map[names.Ref]map[string]time.Time{}}
}

// reopen is for how long a pod is taken for open that was opened, whatever is seen of it.
const reopen = 30 * time.Second

// leave replaces the word of a name.
func (ws *words) leave(ref names.Ref, w word) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.unsaid[ref] = w
}

// back puts a word back that could not be said, unless there is a newer one.
func (ws *words) back(ref names.Ref, w word) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if _, newer := ws.unsaid[ref]; !newer {
		ws.unsaid[ref] = w
	}
}

// take takes the word of a name, without the pods that were opened just now.
func (ws *words) take(ref names.Ref, now time.Time) (w word, ok bool) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	w, ok = ws.unsaid[ref]
	delete(ws.unsaid, ref)
	if !ok {
		return w, false
	}
	was, still := ws.opened[ref], map[string]time.Time{}
	var open []Opening
	for _, o := range w.open {
		if at, ok := was[o.Pod.UID]; ok && now.Sub(at) < reopen {
			still[o.Pod.UID] = at
		} else {
			open = append(open, o)
		}
	}
	w.open = open
	if delete(ws.opened, ref); len(still) > 0 {
		ws.opened[ref] = still
	}
	return w, true
}

// did remembers which pods were opened.
func (ws *words) did(ref names.Ref, open []Opening, now time.Time) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for _, o := range open {
		if ws.opened[ref] == nil {
			ws.opened[ref] = map[string]time.Time{}
		}
		ws.opened[ref][o.Pod.UID] = now
	}
}

// TellName says in Kubernetes what the last steps of a name have left to say: it
// opens readiness gates, and tells the claimants how they stand. It must not run
// twice at once for the same name, but may beside a step of it: so no write to AWS
// waits for an API server that is slow. After an error, calling again is right.
func (e *Engine) TellName(ctx context.Context, ref names.Ref) error {
	w, ok := e.words.take(ref, e.Clock.Now())
	if !ok {
		return nil
	}
	oerr := e.open(ctx, w.open)
	if oerr == nil {
		e.words.did(ref, w.open, e.Clock.Now())
	}
	if err := errors.Join(wrapped(oerr, "open the readiness gates of", ref), e.tell(ctx, ref, w.standings)); err != nil {
		e.words.back(ref, w)
		return err
	}
	return nil
}

// tell tells how it stands with a name.
func (e *Engine) tell(ctx context.Context, ref names.Ref, standings []Standing) error {
	return wrapped(e.Store.Tell(ctx, ref, standings), "tell how it stands with", ref)
}

func wrapped(err error, what string, ref names.Ref) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s: %w", what, ref, err)
}
