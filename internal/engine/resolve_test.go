package engine_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/names"
)

type resolver map[string]names.Ref

func (r resolver) Ref(_ context.Context, _ names.Source, id string) (names.Ref, error) {
	if x, ok := r[id]; ok {
		return x, nil
	}
	return names.Ref{}, names.ErrNotFound
}

func (r resolver) Lookup(context.Context, string) (names.Ref, error) {
	return names.Ref{}, names.ErrNotFound
}

func TestResolve(t *testing.T) {
	d := newDesk(t)
	if got, err := engine.Resolve(t.Context(), d, resolver{"srv-1": ref}, src); err != nil || got != ref {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := engine.Resolve(t.Context(), d, resolver{}, src); !errors.Is(err, names.ErrNotFound) || !strings.Contains(err.Error(), "prod/orders") {
		t.Errorf("a registry that is not there: %v", err)
	}
	svc := d.svcs[src]
	svc.RegistryID = ""
	d.svcs[src] = svc
	if _, err := engine.Resolve(t.Context(), d, resolver{"": ref}, src); !errors.Is(err, names.ErrInvalid) {
		t.Errorf("no registry: %v", err)
	}
	delete(d.svcs, src)
	if _, err := engine.Resolve(t.Context(), d, resolver{"srv-1": ref}, src); !errors.Is(err, names.ErrNotFound) {
		t.Errorf("no service: %v", err)
	}
}
