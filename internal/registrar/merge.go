package registrar

import (
	"cmp"
	"hash/fnv"
	"slices"
	"time"

	"github.com/tranship/tranship/internal/names"
)

// Desired is who should be in a name.
type Desired struct {
	Intent Intent
	// Register are the instances of ours, and those put back, that must be in
	// the name with exactly these attributes. Sorted by id.
	Register []names.Instance
	// Leave are our instances that must go. Sorted by id.
	Leave []Leaving
	// Serving are our instances whose pod serves: only they count.
	Serving map[names.ID]bool
	// FailOpen: no pod of the name serves, so the instances of those that still
	// exist stay, as Route 53 would answer with them anyway.
	FailOpen bool
	// Foreign counts the live instances that are neither ours nor the source's.
	Foreign int
}

// Leaving is one of our instances on its way out.
type Leaving struct {
	ID  names.ID
	Why Why
}

// Why an instance of ours leaves.
type Why string

// The reasons. Lost ones leave whatever the floor says: nobody answers there,
// or soon nobody will, and the address will be given to another pod.
const (
	PodGone    Why = "PodGone"
	PodLeaving Why = "PodTerminating"
	PodUnready Why = "PodNotReady"
	NotWanted  Why = "NotAdmitted" // by the crossing; the pod serves on
)

// Lost says that the endpoint is lost already, so the floor does not keep it.
func (w Why) Lost() bool { return w == PodGone || w == PodLeaving }

// Merge says who should be in the name: what the Services say, as far as the
// intent admits it. seen is needed because what is in the name already stays
// before anything new comes.
func Merge(src names.Fact[[]names.Endpoint], in Intent, seen names.Fact[names.View], now time.Time) Desired {
	d := Desired{Intent: in, Serving: map[names.ID]bool{}}
	if seen.OK() {
		for _, i := range seen.V.Instances {
			if names.SideOf(i, in.Owner, in.Source) == names.Foreign {
				d.Foreign++
			}
		}
	}
	if in.Hold == "" && !src.OK() {
		d.Intent.Hold = "the endpoints of the Services are not known: " + src.Unknown
	}
	if d.Intent.Hold == "" && !seen.OK() {
		d.Intent.Hold = "the name could not be read: " + seen.Unknown
	}
	if src.OK() {
		for _, e := range src.V {
			if e.Serves() {
				d.Serving[e.ID()] = true
			}
		}
	}
	if d.Intent.Hold != "" {
		return d
	}

	admitted := admit(src.V, in, seen.V)
	d.FailOpen = len(d.Serving) == 0
	for _, e := range admitted {
		if i, err := names.Fit(e, seen.V.Settings, in.Owner); err == nil {
			d.Register = append(d.Register, i.WithSince(now))
		}
	}
	d.Leave = leaving(src.V, admitted, in, seen.V, d.FailOpen)
	if !proved(d, seen.V, now) {
		// A pod on its way out serves for its grace period. It is the last one
		// that every name server knows, so it stays until another is.
		d.Leave = slices.DeleteFunc(d.Leave, func(l Leaving) bool { return l.Why == PodLeaving })
	}
	d.Register = append(d.Register, in.Back...)
	names.SortInstances(d.Register)
	return d
}

// admit chooses the endpoints that may be in the name.
func admit(src []names.Endpoint, in Intent, seen names.View) []names.Endpoint {
	var serving []names.Endpoint
	for _, e := range src {
		if e.Serves() {
			serving = append(serving, e)
		}
	}
	slices.SortFunc(serving, func(a, b names.Endpoint) int {
		_, ina := seen.Instance(a.ID())
		_, inb := seen.Instance(b.ID())
		switch {
		case ina && !inb:
			return -1
		case inb && !ina:
			return 1
		}
		return cmp.Or(cmp.Compare(hash(a.ID()), hash(b.ID())), cmp.Compare(a.ID(), b.ID()))
	})
	switch in.Ours.Mode {
	case AdmitAll:
		return serving
	case AdmitMost:
		return serving[:min(len(serving), max(0, in.Ours.Max))]
	case AdmitKeep:
		return slices.DeleteFunc(serving, func(e names.Endpoint) bool {
			_, ok := seen.Instance(e.ID())
			return !ok
		})
	case AdmitNone:
		return nil
	}
	return nil
}

// proved says whether an endpoint that goes on serving is known to every name server.
func proved(d Desired, v names.View, now time.Time) bool {
	for _, i := range v.Instances {
		if !i.Answered() {
			continue
		}
		switch names.SideOf(i, d.Intent.Owner, d.Intent.Source) {
		case names.Ours:
			since, ok := i.Since()
			if d.Serving[i.ID] && (!ok || !now.Before(since.Add(d.Intent.Proof))) {
				return true
			}
		case names.FromSource:
			if d.Intent.Running == nil || slices.Contains(d.Intent.Running, i.ID) {
				return true
			}
		case names.Foreign:
			return true
		}
	}
	return false
}

// leaving lists our instances that are in the name and should not be.
func leaving(src, admitted []names.Endpoint, in Intent, seen names.View, failOpen bool) []Leaving {
	stay := map[names.ID]bool{}
	for _, e := range admitted {
		stay[e.ID()] = true
	}
	pods := map[names.ID]names.Endpoint{}
	for _, e := range src {
		pods[e.ID()] = e
	}
	var out []Leaving
	for _, i := range seen.Instances {
		if stay[i.ID] || names.SideOf(i, in.Owner, in.Source) != names.Ours {
			continue
		}
		e, exists := pods[i.ID]
		why := NotWanted
		switch {
		case !exists && !known(i, in.Service):
			if in.Ours.Mode == AdmitKeep || in.Ours.Mode == AdmitMost {
				continue
			}
		case !exists:
			why = PodGone
		case e.Leaving:
			why = PodLeaving
		case !e.Ready:
			if failOpen && in.Ours.Mode != AdmitNone {
				continue
			}
			why = PodUnready
		}
		out = append(out, Leaving{ID: i.ID, Why: why})
	}
	return out
}

// known says whether an instance of ours is of the Service whose pods are known.
func known(i names.Instance, service string) bool {
	of := i.Attributes[names.AttrNamespace] + "/" + i.Attributes[names.AttrService]
	return service == "" || of == service || of == "/"
}

func hash(id names.ID) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))
	return h.Sum64()
}

// Spread is the order in which equal instances are chosen: by hash, so that it
// follows neither age nor name, and is the same on every run.
func Spread(a, b names.ID) int {
	return cmp.Or(cmp.Compare(hash(a), hash(b)), cmp.Compare(a, b))
}
