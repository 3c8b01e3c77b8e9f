package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

// stepSteady keeps a name without a crossing true, or holds it. It looks at AWS
// where something is to be done that rests on a fresh look, where something was
// seen to drift, and now and then.
func (e *Engine) stepSteady(ctx context.Context, ref names.Ref, g Gathered) (Result, error) {
	m := e.memories.take(ref)
	e.poll(ctx, ref, m, registrar.Resend) // before they are sent again
	gone := e.due(ref, m, e.Clock.Now()) && e.read(ctx, ref, m)
	if m.gone && len(g.Claimants) == 0 {
		e.memories.forget(ref)
		return Result{}, nil
	}
	s := e.judge(ctx, ref, g, m)
	if m.view.OK() && slices.ContainsFunc(s.batch.Ops, s.needsFresh) && !m.view.Younger(registrar.MaxAge, s.now) {
		gone = e.read(ctx, ref, m)
		s = e.judge(ctx, ref, g, m)
		if !m.view.Younger(registrar.MaxAge, s.now) {
			n := len(s.batch.Ops)
			s.batch.Ops = slices.DeleteFunc(s.batch.Ops, s.needsFresh)
			s.late = len(s.batch.Ops) < n
		}
	}

	ops := e.allowed(s.batch.Ops, s.desired, s.view, s.now)
	sent := s.desired.Intent.Sent
	for _, op := range ops {
		sent = account(sent, op, s.now)
		if op.Kind == registrar.Register {
			m.wrote[op.ID] = op.Instance
		}
	}
	var err error
	m.sent, err = e.write(ctx, ref, Key{}, ops, s.view, sent, func(op registrar.Op, werr error) {
		m.called(e.Clock.Now(), werr)
		if werr != nil {
			m.failed[op.ID] = werr
		}
	})
	if e.DryRun {
		m.sent = nil
	}
	// Asked after what is new was sent: a pod that became ready does not wait for
	// news of those before it.
	took := e.poll(ctx, ref, m, e.Busy)
	m.prune()
	rests := len(m.sent) == 0 && m.confirm.IsZero() && s.view.OK() && !m.drifted
	e.memories.show(ref, s.view, rests)

	gates, oerr := e.openGates(ctx, g.Endpoints.V, s)
	if oerr != nil {
		err = errors.Join(err, fmt.Errorf("open the readiness gates of %s: %w", ref, oerr))
	}
	terr := e.Store.Tell(ctx, ref, e.standings(g, m, s))
	if terr != nil {
		err = errors.Join(err, fmt.Errorf("tell how it stands with %s: %w", ref, terr))
	}
	if oerr != nil || terr != nil {
		return Result{}, err
	}
	if len(g.Claimants) == 0 && s.desired.Intent.Abandoned && rests && s.done() {
		return e.leave(ctx, ref, m, s, err)
	}
	m.emptied = time.Time{}
	if took {
		return Result{At: e.Clock.Now().Add(time.Millisecond), Gone: gone}, err
	}
	return Result{At: e.next(ref, m, s, gates), Gone: gone}, err
}

// judged is a name as judged once, all of one look.
type judged struct {
	now       time.Time
	claimants []Claimant // with what is said against them
	held      string     // why nothing of ours enters; "" if nothing stands against it
	view      names.Fact[names.View]
	desired   registrar.Desired
	batch     registrar.Batch
	due       time.Time // when what stays for now may go; zero: nothing stays
	late      bool      // reading took so long that something was left for the next step
	// proved is when every name server has an instance.
	proved func(names.Instance) time.Time
}

// done says that nothing of ours is in the name, nor has to leave it.
func (s judged) done() bool {
	return s.view.OK() && !slices.ContainsFunc(s.view.V.Instances, func(i names.Instance) bool {
		return names.SideOf(i, s.desired.Intent.Owner, nil) == names.Ours
	})
}

// judge works out what is to be done from what is known.
func (e *Engine) judge(ctx context.Context, ref names.Ref, g Gathered, m *memory) judged {
	s := judged{now: e.Clock.Now(), view: m.view, proved: func(i names.Instance) time.Time { return e.provedAt(m, i) }}
	if s.view.At.IsZero() {
		why := "the name was not read yet"
		if m.trouble.err != nil {
			why = m.trouble.err.Error()
		}
		s.view = names.Unknown[names.View](why, s.now)
	}
	g.Claimants = slices.Clone(g.Claimants)
	for n := range g.Claimants {
		if c := &g.Claimants[n]; c.Denied == "" && s.view.OK() {
			c.Denied = e.taken(ref, *c, s.view.V)
		}
	}
	s.claimants, s.held = g.Claimants, e.held(g, s.view)
	in := registrar.Intent{
		Owner: e.Bounds.Owner, Policy: e.Policy, Most: e.MostRecords,
		Ours:      registrar.Admit{Mode: registrar.AdmitAll},
		Floor:     1,
		Abandoned: !slices.ContainsFunc(g.Claimants, mayClaim) && !unsure(g, s.view),
		Sent:      slices.Clone(m.sent),
		Asks:      true,
	}
	if s.held != "" {
		in.Ours.Mode = registrar.AdmitKeep // what is lost leaves a held name, too
	}
	if s.view.OK() {
		in.Young = e.young(m, s.view.V, s.now)
		if s.held == "" {
			if err := e.settings(ctx, ref, g, m, s.view.V, &in); err != nil {
				in.Hold = err.Error()
			}
		}
		var err error
		if s.due, err = e.parted(ctx, g, m, s, &in); err != nil {
			in.Hold = "which of its pods exist is not known: " + err.Error()
		}
	}
	s.desired = registrar.Merge(permitted(g, s.view), in, s.view, s.now)
	m.over(s.desired, s.now)
	s.desired.Intent.Sent = slices.Clone(m.sent)
	s.batch = registrar.Diff(s.desired, s.view, s.now)
	return s
}

// mayClaim says that nothing is said against a claim.
func mayClaim(c Claimant) bool { return c.Denied == "" }

// unsure says that somebody may ask for the name of whom that is not known.
func unsure(g Gathered, view names.Fact[names.View]) bool {
	return g.Partial || view.OK() && slices.Contains(g.Unresolved, view.V.Settings.DNSName())
}

// proof is how long after it was sent a registration is known to every name server.
func (e *Engine) proof() time.Duration { return e.Bounds.Operation + e.Bounds.Propagation }

// due says that the name is to be read although nothing asks for it: it never
// was or is said to have drifted, what was written has to be seen, a write's end
// was not, or the last reading is old.
func (e *Engine) due(ref names.Ref, m *memory, now time.Time) bool {
	if m.trouble.row > 0 {
		// Only a call tells that AWS answers again, though nothing else asks for one.
		return !now.Before(m.trouble.last.Add(e.backoff(m)))
	}
	lost := slices.ContainsFunc(m.sent, func(s registrar.Sent) bool {
		return s.Op == "" && !s.Failed && now.Sub(s.At) >= e.Busy && now.Sub(m.view.At) >= e.Busy
	})
	quiet := !m.confirm.IsZero() && len(m.sent) == 0 && !now.Before(m.confirm)
	return m.drifted || !m.view.OK() || lost || quiet || !now.Before(e.compareAt(ref, m.view.At))
}

// needsFresh says that a write rests on a look of this moment: whatever takes
// away by choice, what is written over an id that others might use, and a pod on
// its way out that leaves the name to one other, which somebody may have taken out.
func (s judged) needsFresh(op registrar.Op) bool {
	switch op.Kind {
	case registrar.Register:
		return op.Instance.Attributes[names.AttrPodUID] == ""
	case registrar.SetRecords:
		return true
	default:
		return op.Kind.Withdraws() && (!op.Lost || op.Why == string(registrar.PodLeaving) && s.desired.Proved < 2)
	}
}

// parted fills in what is known of instances that nobody asks for: whether their
// pod exists, and which of them stay for now.
func (e *Engine) parted(ctx context.Context, g Gathered, m *memory, s judged, in *registrar.Intent) (due time.Time, err error) {
	asked := map[names.ID]bool{}
	for _, ep := range g.Endpoints.V {
		asked[ep.ID()] = true
	}
	var orphans []names.Instance
	for _, i := range s.view.V.Instances {
		if names.SideOf(i, e.Bounds.Owner, nil) == names.Ours && !asked[i.ID] {
			orphans = append(orphans, i)
		}
	}
	for id := range m.parted {
		if !slices.ContainsFunc(orphans, func(i names.Instance) bool { return i.ID == id }) {
			delete(m.parted, id)
		}
	}
	if len(orphans) == 0 {
		return due, nil
	}
	if in.Existing, err = e.Store.Existing(ctx, orphans); err != nil {
		return due, err
	}
	unsure := unsure(g, s.view)
	wait := max(time.Duration(s.view.V.Settings.MaxTTL())*time.Second, leastStay)
	for _, i := range orphans {
		if _, ok := m.parted[i.ID]; !ok || unsure {
			m.parted[i.ID] = s.now // somebody may be asking for it until all is known
		}
		until := m.parted[i.ID].Add(wait)
		if unsure || s.now.Before(until) {
			in.Stay = append(in.Stay, i.ID)
			if !unsure && (due.IsZero() || until.Before(due)) {
				due = until
			}
		}
	}
	return due, nil
}

// leastStay is how long an instance stays at least that nobody asks for any
// more: a Service that is made anew is found within it.
const leastStay = 30 * time.Second

// next is when the name wants to be looked at again, at the latest.
func (e *Engine) next(ref names.Ref, m *memory, s judged, gates time.Time) time.Time {
	now := e.Clock.Now()
	at := e.compareAt(ref, m.view.At)
	sooner := func(t time.Time) {
		if !t.IsZero() && t.Before(at) {
			at = t
		}
	}
	if !m.view.OK() {
		at = now.Add(e.Rest)
	}
	switch {
	case e.DryRun, m.gone:
	case m.trouble.row > 0:
		sooner(now.Add(e.backoff(m)))
	case s.late || len(m.sent) > 0 || s.batch.Stage == registrar.StageConfirm || len(s.batch.Ops) > 0:
		sooner(now.Add(e.Busy))
	}
	if s.desired.Waiting > 0 && len(s.desired.Register) > 0 && !e.DryRun {
		sooner(now.Add(2 * e.Busy))
	}
	sooner(m.confirm)
	sooner(gates)
	sooner(s.due)
	if at.Before(now) {
		at = now.Add(time.Millisecond)
	}
	return at
}

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

// settings says what of the service itself is to be written: its TTL, where it
// was made by us, and its description, where it is handed over.
func (e *Engine) settings(ctx context.Context, ref names.Ref, g Gathered, m *memory, v names.View, in *registrar.Intent) error {
	h := handover(g.Claimants)
	if h != nil {
		return h.intend(e, v, g, in)
	}
	ttl := wishedTTL(g.Claimants)
	if ttl == nil || e.Policy != registrar.Sync && e.Policy != registrar.UpsertOnly || v.Settings.SameTTLs(v.Settings.WithTTL(*ttl).Records) {
		return nil
	}
	made, err := e.made(ctx, ref, m)
	if err != nil {
		return fmt.Errorf("whether the service was made by us is not known: %w", err)
	}
	if made {
		in.TTL = ttl
	}
	return nil
}

// wishedTTL is the smallest that a claimant asks for; nil if none does.
func wishedTTL(cs []Claimant) *int64 {
	var ttl *int64
	for _, c := range cs {
		if c.Denied == "" && c.TTL != nil && (ttl == nil || *c.TTL < *ttl) {
			ttl = c.TTL
		}
	}
	return ttl
}

// made asks, once, whether the service was made by us.
func (e *Engine) made(ctx context.Context, ref names.Ref, m *memory) (bool, error) {
	if m.made == nil {
		yes := false
		if e.Creator != nil {
			made, err := e.Creator.Describe(ctx, ref)
			if err != nil {
				return false, err
			}
			yes = made.By(e.Bounds.Owner)
		}
		m.made = &yes
	}
	return *m.made, nil
}

// heritageOf is what ExternalDNS wrote into the description, if it did.
func heritageOf(s names.Settings) (names.Heritage, bool) {
	if s.Description == nil {
		return names.Heritage{}, false
	}
	return names.ParseHeritage(*s.Description)
}
