package engine_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/names"
)

// others are names beside the desk's, which shows the same of each.
func others(n int) (refs []names.Ref) {
	for i := range n {
		r := ref
		r.ServiceID = fmt.Sprintf("srv-other-%d", i)
		refs = append(refs, r)
	}
	return refs
}

// A filter that leaves out all objects takes nothing out of the names whose pods
// live; what is gone leaves, and so do a few that nobody asks for.
func TestManyAbandonedAtOnce(t *testing.T) {
	for _, c := range []struct {
		others, most int
		held         bool
	}{{5, 0, true}, {4, 0, false}, {1, 1, true}, {5, -1, false}, {5, 6, false}} {
		d := claimed(t, 2)
		e := d.engine(func(c2 *engine.Config) { c2.MostAbandoned = c.most })
		d.settle(e)
		pods := d.gathered.Endpoints.V
		d.exists[pods[0].ID()] = true
		d.gathered.Claimants, d.gathered.Endpoints.V = nil, nil
		for _, r := range append(others(c.others), ref) {
			if _, err := e.StepName(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		for range 20 {
			d.now = d.now.Add(time.Minute)
			if _, err := e.StepName(t.Context(), ref); err != nil {
				t.Fatal(err)
			}
		}
		refs, held := e.Abandoned()
		if stays := fmt.Sprint(d.ids()) == "[eks-shop-orders-1]"; stays != c.held || held != c.held {
			t.Errorf("%d others, at most %d: in the name %v, held %t of %d", c.others, c.most, d.ids(), held, len(refs))
		}
		if !c.held {
			continue
		}
		d.gathered.Claimants, d.gathered.Endpoints.V = []engine.Claimant{{Key: key("shop", "orders")}}, pods[:1]
		d.settle(e)
		if refs, _ := e.Abandoned(); len(refs) != c.others {
			t.Errorf("asked for again, it is still one of %d", len(refs))
		}
	}
}

// Found one by one, as after a restart, they are as many.
func TestManyAbandonedOneByOne(t *testing.T) {
	d := claimed(t, 1)
	e := d.engine()
	d.settle(e)
	pod := d.gathered.Endpoints.V[0]
	d.exists[pod.ID()] = true
	d.gathered.Claimants, d.gathered.Endpoints.V = nil, nil
	instances := slices.Clone(d.view.Instances)
	emptied := 0
	for _, r := range others(12) {
		d.view.Instances = slices.Clone(instances)
		for range 5 {
			d.now = d.now.Add(time.Minute)
			if _, err := e.StepName(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		if len(d.ids()) == 0 {
			emptied++
		}
	}
	if emptied != 5 {
		t.Errorf("%d were emptied, want 5", emptied)
	}
}
