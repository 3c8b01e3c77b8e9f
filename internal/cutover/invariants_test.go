package cutover_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

// TestCheckSeesWhatIsWrong: each invariant is broken by hand, in a decision that
// is otherwise right, and Check names it.
func TestCheckSeesWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		broken string // the invariant
		at     cutover.Phase
		spoil  func(*town, *cutover.State, *cutover.Observed, *cutover.Decision)
	}{
		{"5", cutover.Stage, func(_ *town, _ *cutover.State, _ *cutover.Observed, d *cutover.Decision) { d.Wait.Text = "" }},
		{"5", cutover.Stage, func(_ *town, _ *cutover.State, _ *cutover.Observed, d *cutover.Decision) { d.Wait.Reason = "" }},
		{"6", cutover.Drain, func(_ *town, _ *cutover.State, _ *cutover.Observed, d *cutover.Decision) { d.Intent.Hold = "held" }},
		{"6", cutover.Hold, func(_ *town, _ *cutover.State, o *cutover.Observed, _ *cutover.Decision) {
			o.Source.Unknown = "throttled"
		}},
		{"6", cutover.Hold, func(_ *town, _ *cutover.State, o *cutover.Observed, _ *cutover.Decision) {
			o.Name.Unknown = "throttled"
		}},
		{"3", cutover.Hold, func(_ *town, _ *cutover.State, _ *cutover.Observed, d *cutover.Decision) {
			d.Intent.Back = []names.Instance{{ID: "static-1"}}
		}},
		{"3", cutover.Hold, func(_ *town, _ *cutover.State, o *cutover.Observed, d *cutover.Decision) {
			o.Name.V.Instances = append(o.Name.V.Instances, names.Instance{ID: "static-1"})
			d.Intent.Out = append(d.Intent.Out, registrar.Out{ID: "static-1", Way: registrar.Deregister})
		}},
		{"4", cutover.Prepare, func(_ *town, _ *cutover.State, _ *cutover.Observed, d *cutover.Decision) { d.State.Original = nil }},
		{"4", cutover.Hold, func(_ *town, _ *cutover.State, _ *cutover.Observed, d *cutover.Decision) { d.State.Original = nil }},
		{"1", cutover.Stage, func(_ *town, _ *cutover.State, _ *cutover.Observed, d *cutover.Decision) {
			d.Intent.Out = []registrar.Out{{ID: "task-01", Way: registrar.Deregister}, {ID: "task-02", Way: registrar.Deregister}}
		}},
		// What stops tasks: on the way back, with one in the name, with one not known
		// to be out, while one may come back, before its time, and on an old read.
		{"2", cutover.Drain, func(_ *town, _ *cutover.State, _ *cutover.Observed, d *cutover.Decision) {
			d.State.Direction = cutover.Back
		}},
		{"2", cutover.Drain, func(w *town, _ *cutover.State, o *cutover.Observed, _ *cutover.Decision) {
			o.Name.V.Instances = append(o.Name.V.Instances, w.asECS(w.svc.Tasks[0]))
			names.SortInstances(o.Name.V.Instances)
		}},
		{"2", cutover.Drain, func(_ *town, _ *cutover.State, _ *cutover.Observed, d *cutover.Decision) {
			d.State.Gone = d.State.Gone[1:]
		}},
		{"2", cutover.Drain, func(_ *town, s *cutover.State, _ *cutover.Observed, d *cutover.Decision) {
			x := registrar.Sent{ID: "task-01", Kind: registrar.Register, At: epoch}
			s.Sent, d.State.Sent = append(s.Sent, x), append(d.State.Sent, x)
		}},
		{"2", cutover.Drain, func(_ *town, _ *cutover.State, o *cutover.Observed, _ *cutover.Decision) {
			o.Now, o.Name.At = o.Now.Add(-time.Second), o.Name.At.Add(-time.Second)
		}},
		{"2", cutover.Drain, func(_ *town, _ *cutover.State, o *cutover.Observed, _ *cutover.Decision) {
			o.Bounds.Caches = []cutover.Cache{{For: time.Second}}
		}},
		{"2", cutover.Drain, func(_ *town, _ *cutover.State, _ *cutover.Observed, d *cutover.Decision) { d.State.TTLSeen[0].TTL++ }},
		{"2", cutover.Drain, func(_ *town, _ *cutover.State, o *cutover.Observed, d *cutover.Decision) {
			d.State.TTLSeen, o.Name.V.Settings.Records[0].TTL = nil, 11
		}},
		{"2", cutover.Drain, func(_ *town, _ *cutover.State, o *cutover.Observed, _ *cutover.Decision) {
			o.Name.At = o.Name.At.Add(-2 * time.Second)
		}},
	} {
		w := newTown(basic())
		var (
			s cutover.State
			o cutover.Observed
			d cutover.Decision
		)
		for range 2000 {
			var err error
			if s, err = w.load(); err != nil {
				t.Fatal(err)
			}
			o = w.observe()
			d = cutover.Next(s, o)
			if d.State.Phase == c.at {
				break
			}
			if _, _, err := w.step(); err != nil {
				t.Fatal(err)
			}
			w.advance(time.Second)
		}
		if err := cutover.Check(s, o, d); err != nil {
			t.Fatalf("%s: %v", c.at, err)
		}
		c.spoil(w, &s, &o, &d)
		err := cutover.Check(s, o, d)
		if !errors.Is(err, cutover.ErrInvariant) || !strings.Contains(err.Error(), ": "+c.broken+": ") {
			t.Errorf("%s: invariant %s is broken, Check says: %v", c.at, c.broken, err)
		}
	}
}
