package engine

import (
	"fmt"
	"slices"

	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

// held says why nothing of ours may enter a name; "" if nothing stands against it.
func (e *Engine) held(g Gathered, view names.Fact[names.View]) string {
	if len(g.Claimants) == 0 {
		return ""
	}
	if !slices.ContainsFunc(g.Claimants, mayClaim) {
		return notAllowed(g.Claimants[0])
	}
	if !view.OK() || slices.ContainsFunc(g.Claimants, func(c Claimant) bool { return c.Open && c.Denied == "" }) {
		return ""
	}
	if slices.ContainsFunc(g.Claimants, func(c Claimant) bool { return c.Denied == "" && e.within(c, view.V) }) {
		return "" // whoever comes later must not drain it: a rollout replaces what is in it
	}
	hand := handover(g.Claimants)
	n, who := 0, ""
	for _, i := range view.V.Instances {
		if names.SideOf(i, e.Bounds.Owner, nil) != names.Foreign || hand.of(i, view.V.Settings) {
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

// within says that the claimant has instances in the name.
func (e *Engine) within(c Claimant, v names.View) bool {
	return slices.ContainsFunc(v.Instances, func(i names.Instance) bool { return ours(i, e.Bounds.Owner, c) })
}

func notAllowed(c Claimant) string {
	return fmt.Sprintf("%s may not claim this name: %s", c.Object(), c.Denied)
}

// taken says why a Service may not join those that are in the name: the pods of
// another Kubernetes namespace, unless its own are there, too; a migration that
// may be about to move the name here; or, where its
// annotation asks for it, others that no administrator lets it join. An
// annotation is the tenant's own word, which alone must not open a name.
func (e *Engine) taken(ref names.Ref, c Claimant, v names.View) string {
	mine, neighbour, itself := false, "", false
	for _, i := range v.Instances {
		itself = itself || ours(i, e.Bounds.Owner, c)
		switch ns := i.Attributes[names.AttrNamespace]; {
		case names.SideOf(i, e.Bounds.Owner, nil) != names.Ours:
			adopts := c.Handover != nil && !c.Handover.To && registrar.Plain(i)
			if !c.Open && !adopts || e.Permit == nil {
				continue
			}
			src := names.Source{Account: ref.Account, Region: ref.Region, Cluster: i.Attributes[names.AttrECSCluster], Service: i.Attributes[names.AttrECSService]}
			switch {
			case src.Service != "":
			case registrar.Plain(i):
				// ExternalDNS' own: what it may be allowed by is the owner in the
				// description.
				h, _ := heritageOf(v.Settings)
				src.Cluster, src.Service = "external-dns", h.Owner
			default:
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
	switch {
	case c.Awaited && !itself:
		return "a ServiceMigration leads to it and has not found its name yet; that may be this one"
	case !mine && neighbour != "":
		return "Service " + neighbour + " of another namespace has it"
	}
	return ""
}

// permitted leaves out the endpoints of Services that may not claim the name,
// but for those in it already: a claim that is not allowed neither brings
// anything in nor keeps the name from those that are.
func permitted(g Gathered, view names.Fact[names.View]) names.Fact[[]names.Endpoint] {
	out := g.Endpoints
	if !slices.ContainsFunc(g.Claimants, func(c Claimant) bool { return c.Denied != "" }) {
		return out
	}
	out.V = slices.DeleteFunc(slices.Clone(out.V), func(e names.Endpoint) bool {
		_, in := view.V.Instance(e.ID())
		return !in && slices.ContainsFunc(g.Claimants, func(c Claimant) bool {
			return c.Denied != "" && asks(c, e)
		})
	})
	return out
}

// asks says that the endpoint is in the name for this claimant.
func asks(c Claimant, e names.Endpoint) bool {
	return c.Namespace == e.Namespace && c.Name == e.Service && kind(c.Kind) == kind(e.Kind)
}

// kind is that of a claimant or an endpoint, in full.
func kind(k string) string {
	if k == "" {
		return "Service"
	}
	return k
}

// holder names whoever registered an instance.
func holder(i names.Instance) string {
	if o := i.Attributes[names.AttrOwner]; o != "" {
		return "owner " + o
	}
	if s := i.Attributes[names.AttrECSService]; s != "" {
		return "ECS service " + i.Attributes[names.AttrECSCluster] + "/" + s
	}
	return "instance " + string(i.ID)
}
