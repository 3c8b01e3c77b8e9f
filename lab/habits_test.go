package lab

import (
	"bytes"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/lab/load"
	"github.com/tranship/tranship/lab/load/exposure"
)

var began = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// What people read, by habit: those that are counted, and apart the one that is not.
func TestReportByHabit(t *testing.T) {
	at := func(s int) time.Time { return began.Add(time.Duration(s) * time.Second) }
	var r Report
	r.habits(load.Result{
		From: began,
		ByHabit: map[load.Habit]load.HabitCount{
			load.TTL:     {Count: load.Count{Requests: 1000}, LastAnswered: at(90)},
			load.CoreDNS: {Count: load.Count{Requests: 800, Failed: 3, CutOff: 1}, Kinds: map[load.Kind]int{load.Refused: 1, load.Timeout: 2}, LastAnswered: at(89)},
			load.Pinned:  {Count: load.Count{Requests: 200, Failed: 50}, Kinds: map[load.Kind]int{load.Refused: 50}, LastAnswered: at(80)},
		},
		PerService: map[string]load.ServiceCount{"svc-001": {PinnedUntil: at(60)}, "svc-002": {PinnedUntil: at(61)}, "svc-003": {}},
	}, load.Caches{})
	var b bytes.Buffer
	PrintHabits(&b, r.Habits)
	want := `
  clients                                                  requests  failed  cut off
  ttl        holds an answer for its TTL                       1000       0        0
  coredns    looks up through the cluster's CoreDNS             800       3        1  2 timeout, 1 refused

  not counted, for nobody can move it but its owner:
  pinned     looks up once and never again                      200      50        0  50 refused
             the last address that it lost answered it 61 s after the begin
`
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Errorf("table (-want +got):\n%s", d)
	}
	if h := r.Habits[1]; h.Habit != load.CoreDNS || h.BoundSeconds == nil || *h.BoundSeconds != 30 || !h.Counted || *h.LastAnsweredSeconds != 89 {
		t.Errorf("coredns: %+v", h)
	}
	if h := r.Habits[2]; h.BoundSeconds != nil || h.Counted || h.LostSeconds == nil || *h.LostSeconds != 61 {
		t.Errorf("pinned: %+v", h)
	}
}

// A failure that the oracle does not know of is said to be one.
func TestReportUnexplained(t *testing.T) {
	addr := netip.MustParseAddr("10.0.1.7")
	at := func(s int) time.Time { return began.Add(time.Duration(s) * time.Second) }
	found := map[string]exposure.Report{"svc-001": {
		Exposures: []exposure.Witness{{Addr: addr, Habit: "ttl", From: at(10), To: at(15)}},
		Empty:     []exposure.Interval{{From: at(20), To: at(25)}},
	}}
	for _, tt := range []struct {
		name string
		f    load.Failure
		want int
	}{
		{"held", load.Failure{At: at(12), Address: "10.0.1.7:8080", Habit: load.TTL}, 0},
		{"began before", load.Failure{At: at(9), TookSeconds: 2, Address: "10.0.1.7:8080", Habit: load.TTL}, 0},
		{"too late", load.Failure{At: at(15), Address: "10.0.1.7:8080", Habit: load.TTL}, 1},
		{"another habit", load.Failure{At: at(12), Address: "10.0.1.7:8080", Habit: load.Fixed30}, 1},
		{"another address", load.Failure{At: at(12), Address: "10.0.1.8:8080", Habit: load.TTL}, 1},
		{"another service", load.Failure{At: at(12), Address: "10.0.1.7:8080", Habit: load.TTL, Service: "svc-002"}, 1},
		{"empty", load.Failure{At: at(21), Habit: load.None}, 0},
		{"empty in the resolver's cache", load.Failure{At: at(39), Habit: load.None}, 0},
		{"empty no more", load.Failure{At: at(40), Habit: load.None}, 1},
		{"emptiness held", load.Failure{At: at(34), Habit: load.Fixed30}, 0},
		{"emptiness held too long", load.Failure{At: at(50), Habit: load.Fixed30}, 1},
		{"discovered empty", load.Failure{At: at(21), Habit: load.Discover}, 0},
		{"discovered empty no more", load.Failure{At: at(26), Habit: load.Discover}, 1},
		{"emptiness held in the cluster", load.Failure{At: at(50), Habit: load.CoreDNS}, 0},
	} {
		if tt.f.Service == "" {
			tt.f.Service = "svc-001"
		}
		var r Report
		r.explain(load.Result{Failures: []load.Failure{tt.f}}, found, load.Caches{})
		if r.UnexplainedFailures != tt.want {
			t.Errorf("%s: %d unexplained, want %d", tt.name, r.UnexplainedFailures, tt.want)
		}
	}
}
