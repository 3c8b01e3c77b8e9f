package churn

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/lab"
	"github.com/tranship/tranship/lab/load"
)

// good is a report of which everything holds.
func good() *Report {
	said, back := 20.0, 12.0
	r := newReport(Options{Services: 200, Pods: 10, Timing: "fast", Rates: "mcs", Temper: "graceful", Gate: true, Replicas: 2, Outage: 1, KillLeader: true})
	r.Fill = &FillReport{Pods: 2000, TotalSeconds: 80, StartUpSeconds: 2, FloorSeconds: 78, RatePerSecond: 25, Burst: 50, Calls: map[string]int{"RegisterInstance": 2000, "GetService": 200}}
	r.Rest = &RestReport{Seconds: 120, CallsPerMinute: 1.5, ByOperation: map[string]float64{"ListServices": 1, "DiscoverInstancesRevision": 0.5}, PeerPerMinute: 203}
	r.Restart = &RestartReport{
		AtOnce: 20, Spent: map[string]float64{"RegisterInstance": 39.9, "GetOperation": 4}, Machine: Spread{P99: 0.004}, Load: LoadReport{Requests: 9000, FailedFixed: 12, Habits: []lab.HabitReport{{Habit: load.TTL, Counted: true, Requests: 9000}}},
		Lag: LagReport{Pods: 2000, Own: Spread{P50: 0.01, P90: 0.05, P99: 0.2, Max: 0.25}, QueueModelledSeconds: 40, QueueWaitedSeconds: 40.1, QueueOff: 0.0025},
	}
	r.Vanish = &VanishReport{NoticedSeconds: 30, BackSeconds: 31}
	r.Outage = &OutageReport{Seconds: 600, SaidSeconds: &said, TakenBackSeconds: &back, TrueSeconds: 15, NewPods: 9, ReadyPods: 4, Refused: map[string]int{"RegisterInstance": 40}}
	r.Leader = &LeaderReport{TakenOverSeconds: 6, Load: LoadReport{Requests: 9000}}
	r.PeakMemoryBytes = 90 << 20
	r.judge()
	return r
}

// Everything that is promised is judged, each by itself.
func TestJudge(t *testing.T) {
	if err := good().OK(); err != nil {
		t.Errorf("a good one: %v", err)
	}
	if n := len(good().Checks); n != 14 {
		t.Errorf("%d checks, want 14", n)
	}
	for name, tt := range map[string]struct {
		spoil func(*Report)
		say   string // "": it still holds
	}{
		"slow fill":             {func(r *Report) { r.Fill.TotalSeconds = 86 }, "fill: first fill"},
		"fill not asked for":    {func(r *Report) { r.Fill.TotalSeconds, r.only = 86, Options{Only: []string{"rest"}}.does }, ""},
		"a short fill":          {func(r *Report) { r.Fill.FloorSeconds = 1 }, ""},
		"busy at rest":          {func(r *Report) { r.Rest.CallsPerMinute = 2.1 }, "rest: calls a minute"},
		"a short rest":          {func(r *Report) { r.Rest.CallsPerMinute, r.Rest.Seconds = 9, 20 }, ""},
		"a failed request":      {func(r *Report) { r.Restart.Load.Failed = 1 }, "restart: failed requests"},
		"fixed caches fail":     {func(r *Report) { r.Restart.Load.FailedFixed = 100 }, ""},
		"no requests":           {func(r *Report) { r.Restart.Load.Requests = 0 }, "restart: failed requests"},
		"control run":           {func(r *Report) { r.Restart.ControlRun.Failed = 1 }, "restart: control run"},
		"a pod forgotten":       {func(r *Report) { r.Restart.Lag.Missing = []string{"x"} }, "never registered"},
		"slow":                  {func(r *Report) { r.Restart.Lag.Own.P99 = 0.31 }, "own delay"},
		"queue":                 {func(r *Report) { r.Restart.Lag.QueueOff = 0.11 }, "the queue"},
		"a short queue":         {func(r *Report) { r.Restart.Lag.QueueOff, r.Restart.Lag.QueueModelledSeconds = 0.9, 9 }, ""},
		"not back":              {func(r *Report) { r.Vanish.BackSeconds = 121 }, "vanish: until"},
		"a live one out":        {func(r *Report) { r.Outage.Wrong = []string{"x"} }, "outage: live pods"},
		"silent":                {func(r *Report) { r.Outage.SaidSeconds = nil }, "never, all of them"},
		"says it late":          {func(r *Report) { s := 61.0; r.Outage.SaidSeconds = &s }, "outage: until the Services said so"},
		"says it for ever":      {func(r *Report) { r.Outage.TakenBackSeconds = nil }, "said so again"},
		"slow recovery":         {func(r *Report) { r.Outage.TrueSeconds = 61 }, "true again"},
		"slow takeover":         {func(r *Report) { r.Leader.TakenOverSeconds = 15 }, "other controller"},
		"fails in the takeover": {func(r *Report) { r.Leader.Load.Failed = 3 }, "leader: failed requests"},
		"fat":                   {func(r *Report) { r.PeakMemoryBytes = 251 << 20 }, "memory"},
	} {
		r := good()
		tt.spoil(r)
		r.judge()
		err := r.OK()
		if (err == nil) != (tt.say == "") || err != nil && (!strings.Contains(err.Error(), tt.say) || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%s: %v, want one line with %q", name, err, tt.say)
		}
	}
}

// Both forms are the same bytes each time, and hold what was measured.
func TestForms(t *testing.T) {
	printed := func() string {
		var b bytes.Buffer
		good().Print(&b)
		return b.String()
	}
	text := printed()
	for range 20 {
		if diff := cmp.Diff(text, printed()); diff != "" {
			t.Fatalf("printed again (-want +got):\n%s", diff)
		}
	}
	for _, want := range []string{
		"(2000 − 50)/25", "1.5 calls a minute", "DiscoverInstancesRevision 0.5, ListServices 1.0", "0 of 9000 requests failed", "and 12 of those",
		"p99 0.200", "GetOperation 4.0, RegisterInstance 39.9", "p99 0.004", "every Service concerned said so after 20.0 s", "4 of 9 new pods", "90 MiB at most", "held      leader",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	b, err := json.Marshal(good())
	if err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(b, &back); err != nil || back.APIVersion != ReportVersion || back.Restart.Lag.Own.P99 != 0.2 || len(back.Checks) != 14 {
		t.Errorf("the JSON form reads as %+v, %v", back, err)
	}
}
