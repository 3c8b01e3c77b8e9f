package engine

import (
	"errors"
	"testing"
	"time"

	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

// What is remembered of a write ends with it, so that a name whose pods come and
// go for years is remembered by what is under way alone.
func TestPrune(t *testing.T) {
	m := newMemory()
	m.sent = []registrar.Sent{{ID: "eks-2", Kind: registrar.Register, Op: "op-2"}}
	for _, id := range []names.ID{"eks-1", "eks-2"} {
		m.failed[id], m.wrote[id] = errors.New("refused"), names.Instance{ID: id}
	}
	m.asked["op-1"], m.asked["op-2"] = time.Unix(1, 0), time.Unix(2, 0)
	m.prune()
	if len(m.failed) != 1 || len(m.wrote) != 1 || len(m.asked) != 1 || m.failed["eks-2"] == nil || m.wrote["eks-2"].ID == "" || m.asked["op-2"].IsZero() {
		t.Errorf("%+v", m)
	}
}
