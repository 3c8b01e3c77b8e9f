package registrar

import (
	"cmp"
	"hash/fnv"
	"maps"
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
	// Waiting counts those that would leave, and stay until another is proved.
	Waiting int
	// Proved counts the instances that go on serving and are known to every name
	// server.
	Proved int
	// Serving are our instances whose pod serves: only they count.
	Serving map[names.ID]bool
	// FailOpen: no pod of the name serves, so the instances of those that still
	// exist stay, as Route 53 would answer with them anyway.
	FailOpen bool
	// Foreign counts the live instances that are neither ours nor the source's.
	Foreign int
	// Misfits are the endpoints that the service has no place for.
	Misfits []Misfit
	// Over counts the endpoints that are left out because the name is full.
	Over int
}

// Misfit is an endpoint that cannot be registered, and why.
type Misfit struct {
	Endpoint names.Endpoint
	Err      error
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
	Unclaimed  Why = "NotClaimed"  // the pod exists, or the target may; nobody asks for it in this name any more
	HandedOver Why = "HandedOver"  // to or from ExternalDNS; another registration stands for it
)

// waits says that the instance stays for as long as no other is proved: it may
// still be worth an answer.
func (w Why) waits() bool { return w != PodGone && w != NotWanted }

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

	admitted := d.fit(admit(src.V, in, seen.V), seen.V, now)
	d.FailOpen = len(d.Serving) == 0
	d.Leave = leaving(src.V, admitted, d, seen.V)
	d.Leave = slices.DeleteFunc(d.Leave, func(l Leaving) bool { return !in.Policy.removes(l.Why) })
	if d.Proved = proved(d, seen.V, now); d.Proved == 0 {
		// A pod on its way out serves for its grace period, and one that is not
		// ready may yet. The last that every name server knows stays until
		// another is.
		all := len(d.Leave)
		d.Leave = slices.DeleteFunc(d.Leave, func(l Leaving) bool { return l.Why.waits() && !(l.Why == Unclaimed && in.Abandoned) })
		d.Waiting = all - len(d.Leave)
	}
	d.Register = append(d.Register, in.Back...)
	names.SortInstances(d.Register)
	return d
}

// removes says whether the policy lets an instance leave for this reason.
func (p Policy) removes(w Why) bool {
	switch p {
	case CreateOnly:
		return false
	case UpsertOnly:
		return w.Lost()
	case Sync:
	}
	return true
}

// fit works out the registrations of those admitted. What has no place in the
// service, or is over the bound, is noted and left out; it returns the others.
func (d *Desired) fit(admitted []names.Endpoint, seen names.View, now time.Time) []names.Endpoint {
	in := d.Intent
	n := 0 // in the name already, or to be
	for _, i := range seen.Instances {
		if names.SideOf(i, in.Owner, in.Source) != names.Ours {
			n++
		}
	}
	var fits []names.Endpoint
	for _, e := range admitted {
		i, err := d.registration(e, seen.Settings, now)
		if err != nil {
			d.Misfits = append(d.Misfits, Misfit{Endpoint: e, Err: err})
			continue
		}
		have, there := seen.Instance(i.ID)
		switch {
		case there && names.SideOf(have, in.Owner, in.Source) != names.Ours:
		case !there && in.Most > 0 && n >= in.Most:
			d.Over++
			continue
		default:
			n++
		}
		fits = append(fits, e)
		d.Register = append(d.Register, i)
	}
	return fits
}

// registration is what is written for one endpoint.
func (d *Desired) registration(e names.Endpoint, s names.Settings, now time.Time) (names.Instance, error) {
	if d.Intent.Plain {
		return names.FitPlain(e, s)
	}
	if len(d.Intent.Carry) > 0 {
		extra := maps.Clone(d.Intent.Carry)
		maps.Copy(extra, e.Extra)
		e.Extra = extra
	}
	i, err := names.Fit(e, s, d.Intent.Owner)
	if err != nil {
		return i, err
	}
	i = i.WithSince(now)
	return i, i.Valid()
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

// proved counts the endpoints that go on serving and are known to every name server.
func proved(d Desired, v names.View, now time.Time) int {
	in, n := d.Intent, 0
	for _, i := range v.Instances {
		leaves := slices.ContainsFunc(d.Leave, func(l Leaving) bool { return l.ID == i.ID })
		if leaves || !i.Answered() || slices.Contains(in.Young, i.ID) {
			continue
		}
		switch names.SideOf(i, in.Owner, in.Source) {
		case names.Ours:
			since, ok := i.Since()
			if d.Serving[i.ID] && (!ok || !now.Before(since.Add(in.Proof))) {
				n++
			}
		case names.FromSource:
			if in.Running == nil || slices.Contains(in.Running, i.ID) {
				n++
			}
		case names.Foreign:
			// A hand-over is from one registration of an endpoint to another of it:
			// those of others stand for neither.
			if !in.Adopt && (!in.Plain || d.registers(i.ID)) {
				n++
			}
		}
	}
	return n
}

// registers says that the instance is to be in the name, and written by us.
func (d Desired) registers(id names.ID) bool {
	return slices.ContainsFunc(d.Register, func(i names.Instance) bool { return i.ID == id })
}

// leaving lists the instances that are in the name and should not be.
func leaving(src, admitted []names.Endpoint, d Desired, seen names.View) []Leaving {
	in := d.Intent
	stay := map[names.ID]bool{}
	for _, i := range d.Register {
		stay[i.ID] = true
	}
	byID := map[names.ID]names.Endpoint{}
	for _, e := range src {
		byID[e.ID()] = e
	}
	// Where nothing of ours fits the service, what is in it serves on.
	stuck := len(admitted) == 0 && len(d.Misfits) > 0
	for _, m := range d.Misfits {
		stay[m.Endpoint.ID()] = true
	}
	var out []Leaving
	for _, i := range seen.Instances {
		if stay[i.ID] {
			continue
		}
		switch names.SideOf(i, in.Owner, in.Source) {
		case names.FromSource:
			continue
		case names.Foreign:
			if in.Adopt && Plain(i) {
				out = append(out, Leaving{ID: i.ID, Why: HandedOver})
			}
			continue
		case names.Ours:
		}
		e, asked := byID[i.ID]
		why := NotWanted
		switch {
		case !asked && !known(i, in.Service):
			if in.Ours.Mode == AdmitKeep || in.Ours.Mode == AdmitMost {
				continue
			}
		case !asked && (i.Attributes[names.AttrPodUID] == "" || slices.Contains(in.Existing, i.ID)):
			if stuck || slices.Contains(in.Stay, i.ID) {
				continue
			}
			why = Unclaimed
		case !asked:
			why = PodGone
		case e.Leaving:
			why = PodLeaving
		case !e.Ready:
			if d.FailOpen && in.Ours.Mode != AdmitNone {
				continue
			}
			why = PodUnready
		case in.Plain:
			if stuck {
				continue
			}
			why = HandedOver
		}
		out = append(out, Leaving{ID: i.ID, Why: why})
	}
	return out
}

// Plain says that an instance looks as ExternalDNS registers them: its id is its
// target, and nothing is said of whose it is.
// https://github.com/kubernetes-sigs/external-dns provider/awssd
func Plain(i names.Instance) bool {
	n, target := 0, ""
	for k, v := range i.Attributes {
		switch k {
		case names.AttrIPv4, names.AttrIPv6, names.AttrCNAME, names.AttrAlias:
			n, target = n+1, v
		case names.AttrInitHealth:
		default:
			return false
		}
	}
	return n == 1 && i.ID == names.TargetID(target)
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
