package engine

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

// stepSteady keeps a name without a crossing true, or holds it.
func (e *Engine) stepSteady(ctx context.Context, ref names.Ref, g Gathered, view names.Fact[names.View]) (Result, error) {
	now := e.Clock.Now()
	g.Claimants = slices.Clone(g.Claimants)
	for n := range g.Claimants {
		if c := &g.Claimants[n]; c.Denied == "" && view.OK() {
			c.Denied = e.taken(ref, *c, view.V)
		}
	}
	in := registrar.Intent{
		Owner: e.Bounds.Owner,
		Ours:  registrar.Admit{Mode: registrar.AdmitAll},
		Floor: 1,
		Proof: e.Bounds.Operation + e.Bounds.Propagation,
		Hold:  e.held(g, view),
		Sent:  e.loose.settle(ref, view, e.Bounds.Flight),
	}
	d := registrar.Merge(permitted(g, view), in, view, now)
	for _, c := range g.Claimants {
		why := d.Intent.Hold
		if why == "" && c.Denied != "" {
			why = notAllowed(c)
		}
		if err := e.Store.Held(ctx, ref, []Claimant{c}, why); err != nil {
			return Result{}, fmt.Errorf("tell Service %s how it stands with %s: %w", c.Key, ref, err)
		}
	}
	b := registrar.Diff(d, view, now)
	ops := e.allowed(b.Ops, d, view, now)
	sent := d.Intent.Sent
	for _, op := range ops {
		sent = account(sent, op, now)
	}
	sent, err := e.write(ctx, ref, Key{}, ops, view, sent)
	e.loose.keep(ref, sent)
	at := now.Add(e.Rest)
	if len(sent) > 0 || err != nil {
		at = now.Add(e.Busy)
	}
	return Result{At: at}, err
}

// held says why nothing of ours may enter a name, and nothing leave: "" if nothing stands against it.
func (e *Engine) held(g Gathered, view names.Fact[names.View]) string {
	if !slices.ContainsFunc(g.Claimants, func(c Claimant) bool { return c.Denied == "" }) {
		c := g.Claimants[0] // a step without claimants does not come here
		return notAllowed(c)
	}
	if !view.OK() || slices.ContainsFunc(g.Claimants, func(c Claimant) bool { return c.Open && c.Denied == "" }) {
		return ""
	}
	n, who := 0, ""
	for _, i := range view.V.Instances {
		if names.SideOf(i, e.Bounds.Owner, nil) != names.Foreign {
			continue
		}
		n++
		if who == "" {
			who = holder(i)
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%s holds the name with %d live instances: a ServiceMigration moves it, or the annotation tranship.dev/join opens it", who, n)
}

func notAllowed(c Claimant) string {
	return fmt.Sprintf("Service %s may not claim this name: %s", c.Key, c.Denied)
}

// taken says why a Service may not join those that are in the name: the pods of
// another Kubernetes namespace, unless its own are there, too; or, where its
// annotation asks for it, others that no administrator lets it join. An
// annotation is the tenant's own word, which alone must not open a name.
func (e *Engine) taken(ref names.Ref, c Claimant, v names.View) string {
	mine, neighbour := false, ""
	for _, i := range v.Instances {
		switch ns := i.Attributes[names.AttrNamespace]; {
		case names.SideOf(i, e.Bounds.Owner, nil) != names.Ours:
			if !c.Open || e.Permit == nil {
				continue
			}
			src := names.Source{Account: ref.Account, Region: ref.Region, Cluster: i.Attributes[names.AttrECSCluster], Service: i.Attributes[names.AttrECSService]}
			if src.Service == "" {
				src.Cluster, src.Service = i.Attributes[names.AttrOwner], i.Attributes[names.AttrService]
			}
			if why := e.Permit(c.Namespace, src, nil); why != "" {
				return why
			}
		case ns == c.Namespace:
			mine = true
		case ns != "" && neighbour == "":
			neighbour = ns + "/" + i.Attributes[names.AttrService]
		}
	}
	if !mine && neighbour != "" {
		return "Service " + neighbour + " of another namespace has it"
	}
	return ""
}

// permitted leaves out the endpoints of Services that may not claim the name,
// but for those in it already: a claim that is not allowed neither brings
// anything in nor keeps the name from those that are.
func permitted(g Gathered, view names.Fact[names.View]) names.Fact[[]names.Endpoint] {
	out := g.Endpoints
	out.V = slices.DeleteFunc(slices.Clone(out.V), func(e names.Endpoint) bool {
		_, in := view.V.Instance(e.ID())
		return !in && slices.ContainsFunc(g.Claimants, func(c Claimant) bool {
			return c.Denied != "" && c.Key == Key{Namespace: e.Namespace, Name: e.Service}
		})
	})
	return out
}

// holder names whoever registered an instance.
func holder(i names.Instance) string {
	if s := i.Attributes[names.AttrECSService]; s != "" {
		return "ECS service " + i.Attributes[names.AttrECSCluster] + "/" + s
	}
	if o := i.Attributes[names.AttrOwner]; o != "" {
		return "owner " + o
	}
	return "instance " + string(i.ID)
}

// looseWrites remembers the writes to names without a migration, so that they
// are not sent again while they are under way. Losing it costs calls, no more.
type looseWrites struct {
	mu   sync.Mutex
	sent map[names.Ref][]registrar.Sent
}

// settle drops what a read shows to be done, and what is too old to matter.
func (l *looseWrites) settle(ref names.Ref, view names.Fact[names.View], flight time.Duration) []registrar.Sent {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !view.OK() {
		return slices.Clone(l.sent[ref])
	}
	return slices.DeleteFunc(slices.Clone(l.sent[ref]), func(s registrar.Sent) bool {
		_, in := view.V.Instance(s.ID)
		done := s.Kind == registrar.Register && in || s.Kind == registrar.Remove && !in
		return view.At.After(s.At) && done || view.At.After(s.At.Add(flight))
	})
}

func (l *looseWrites) keep(ref names.Ref, sent []registrar.Sent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(sent) == 0 {
		delete(l.sent, ref)
		return
	}
	if l.sent == nil {
		l.sent = map[names.Ref][]registrar.Sent{}
	}
	l.sent[ref] = sent
}
