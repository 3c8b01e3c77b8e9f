package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/pace"
	"github.com/tranship/tranship/internal/registrar"
)

// stepSteady keeps a name without a crossing true, or holds it. It looks at AWS
// where something is to be done that rests on a fresh look, where something was
// seen to drift, and now and then.
func (e *Engine) stepSteady(ctx context.Context, ref names.Ref, g Gathered) (Result, error) {
	m := e.memories.take(ref)
	m.turn = turn{}
	e.poll(ctx, ref, m, registrar.Resend) // before they are sent again
	gone := e.due(ref, m, e.Clock.Now()) && e.read(ctx, ref, m)
	if m.gone && len(g.Claimants) == 0 {
		e.forget(ref)
		return Result{}, nil
	}
	if m.view.At.IsZero() && m.trouble.row == 0 && !m.turn.at.IsZero() {
		return Result{At: m.turn.at}, nil // there is nothing to say yet
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
	// A step waits for no turn, but comes again at it: else the queue of those that
	// come would keep those that leave in their names, longer than they serve on.
	var err error
	m.sent, err = e.write(pace.WhoReturns(ctx, ref.String()), ref, Key{}, ops, s.view, sent, func(op registrar.Op, werr error) {
		if errors.Is(werr, pace.ErrNotYet) {
			m.turn.writes++
			m.turn.wait(werr, s.now.Add(e.Busy))
			return
		}
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
	rests := len(m.sent) == 0 && m.turn.writes == 0 && m.confirm.IsZero() && s.view.OK() && !m.drifted
	e.memories.show(ref, s.view, rests)

	gates, werr := e.say(ctx, ref, g, m, s)
	if werr != nil {
		return Result{}, errors.Join(err, werr)
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

// say opens readiness gates and tells the claimants how they stand, or leaves that
// to TellName, and says when to look again for a gate's sake.
func (e *Engine) say(ctx context.Context, ref names.Ref, g Gathered, m *memory, s judged) (next time.Time, err error) {
	standings := e.standings(g, m, s)
	if e.Word != nil {
		w := word{standings: standings}
		w.open, next = e.gates(g.Endpoints.V, s)
		e.words.leave(ref, w)
		e.Word(ctx, ref)
		return next, nil
	}
	next, err = e.openGates(ctx, g.Endpoints.V, s)
	return next, errors.Join(wrapped(err, "open the readiness gates of", ref), e.tell(ctx, ref, standings))
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
		if s.due, err = e.parted(ctx, ref, g, m, s, &in); err != nil {
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
func (e *Engine) parted(ctx context.Context, ref names.Ref, g Gathered, m *memory, s judged, in *registrar.Intent) (due time.Time, err error) {
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
	ours := slices.ContainsFunc(s.view.V.Instances, func(i names.Instance) bool { return names.SideOf(i, e.Bounds.Owner, nil) == names.Ours })
	if len(orphans) == 0 {
		e.abandoned.note(ref, ours, false, e.MostAbandoned, s.now)
		return due, nil
	}
	if in.Existing, err = e.Store.Existing(ctx, orphans); err != nil {
		return due, err
	}
	unsure := unsure(g, s.view)
	alive := func(i names.Instance) bool {
		return i.Attributes[names.AttrPodUID] == "" || slices.Contains(in.Existing, i.ID)
	}
	held := e.abandoned.note(ref, ours, in.Abandoned && slices.ContainsFunc(orphans, alive), e.MostAbandoned, s.now)
	wait := max(time.Duration(s.view.V.Settings.MaxTTL())*time.Second, leastStay)
	for _, i := range orphans {
		if _, ok := m.parted[i.ID]; !ok || unsure {
			m.parted[i.ID] = s.now // somebody may be asking for it until all is known
		}
		until := m.parted[i.ID].Add(wait)
		if held && !s.now.Before(until) {
			until = s.now.Add(e.Rest)
		}
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
	case s.late || len(m.sent) > 0 || s.batch.Stage == registrar.StageConfirm || len(s.batch.Ops) > m.turn.writes:
		sooner(now.Add(e.Busy))
	}
	if s.desired.Waiting > 0 && len(s.desired.Register) > 0 && !e.DryRun {
		sooner(now.Add(2 * e.Busy))
	}
	sooner(m.turn.at)
	if m.confirm.After(now) || !m.turn.read && len(m.sent) == 0 && m.trouble.row == 0 {
		sooner(m.confirm) // else something above says when it can be read
	}
	sooner(gates)
	sooner(s.due)
	if at.Before(now) {
		at = now.Add(time.Millisecond)
	}
	return at
}
