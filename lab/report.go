package lab

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"time"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/lab/cloud"
	"github.com/tranship/tranship/lab/load"
	"github.com/tranship/tranship/lab/load/exposure"
)

// ReportVersion is the apiVersion of Report.
const ReportVersion = "tranship.dev/report/v1"

// Report is what a demo ends with. All times are in seconds.
type Report struct {
	APIVersion string  `json:"apiVersion"`
	Procedure  string  `json:"procedure"` // tranship or poc
	Services   int     `json:"services"`
	Migrated   int     `json:"migrated"`
	Timing     string  `json:"timing"`
	Rates      string  `json:"rates"`
	Temper     string  `json:"temper"`
	TTLSeconds float64 `json:"ttlSeconds"`
	Rate       float64 `json:"rate"` // achieved requests per second

	ControlRun ControlRun `json:"controlRun"`

	Requests       int               `json:"requests"`
	FailedRequests int               `json:"failedRequests"`
	FailuresByKind map[load.Kind]int `json:"failuresByKind"`
	CutOff         int               `json:"cutOff"`
	WrongService   int               `json:"wrongService"`
	// UnexplainedFailures are those of the failed requests that are kept in full
	// of which the oracle knows nothing: then one of the two is wrong.
	UnexplainedFailures int `json:"unexplainedFailures"`
	// Habits say the same by the habit of the clients, and of those apart.
	Habits []HabitReport `json:"habits"`
	// ClusterDNS is what clients of the habit coredns look up through; "": none ran.
	ClusterDNS string `json:"clusterDns,omitempty"`

	// ExposedSeconds is the oracle's: address-seconds in which a client within
	// the declared bounds may have held an address that did not serve.
	ExposedSeconds       float64 `json:"exposedSeconds"`
	LongestOutageSeconds float64 `json:"longestOutageSeconds"`
	// EmptyAnswerSeconds is time in which a name server, DiscoverInstances or a
	// client had no address.
	EmptyAnswerSeconds float64 `json:"emptyAnswerSeconds"`
	// MinMarginSeconds is the least time, over all ECS tasks, from the last
	// connect of a client to the stop.
	MinMarginSeconds float64 `json:"minMarginSeconds"`
	// LateConnects are connects to a withdrawn task after nobody could hold its address any more.
	LateConnects int `json:"lateConnects"`

	WallSeconds  float64            `json:"wallSeconds"`
	FloorSeconds float64            `json:"floorSeconds"`
	FloorTerms   map[string]float64 `json:"floorTerms"`

	ForeignInstancesUntouched int            `json:"foreignInstancesUntouched"`
	AWSCalls                  map[string]int `json:"awsCalls"`
	Throttled                 int            `json:"throttled"`
	// Faults are those that were active, and whom they hit.
	Faults          []FaultReport `json:"faults,omitempty"`
	ControllerKills int           `json:"controllerKills"`

	PerService map[string]ServiceReport `json:"perService"`
	// Witnesses are the first failures, from the clients and from the oracle.
	Witnesses []string `json:"witnesses,omitempty"`
}

// ControlRun is the same load without a crossing: it must count 0.
type ControlRun struct {
	Requests int `json:"requests"`
	Failed   int `json:"failed"`
}

// ServiceReport is one service.
type ServiceReport struct {
	Phases               []PhaseTime `json:"phases"`
	Requests             int         `json:"requests"`
	Failed               int         `json:"failed"`
	RollbackBoundSeconds int64       `json:"rollbackBoundSeconds"`
	MinMarginSeconds     float64     `json:"minMarginSeconds"`
}

// PhaseTime is when a phase began.
type PhaseTime struct {
	Phase string    `json:"phase"`
	At    time.Time `json:"at"`
}

// clients takes over what the clients saw.
func (r *Report) clients(res load.Result) {
	r.Requests, r.FailedRequests = res.Requests, res.Failed
	r.FailuresByKind = maps.Clone(res.FailuresByKind)
	if r.FailuresByKind == nil {
		r.FailuresByKind = map[load.Kind]int{}
	}
	r.CutOff, r.WrongService = res.CutOff, res.WrongService
	r.LongestOutageSeconds = res.LongestOutageSeconds
	r.EmptyAnswerSeconds = max(r.EmptyAnswerSeconds, res.EmptyAnswerSeconds)
	r.Rate = res.AchievedRate
	for name, c := range res.PerService {
		s := r.PerService[name]
		s.Requests, s.Failed = c.Requests, c.Failed
		r.PerService[name] = s
	}
	for _, f := range res.Failures[:min(5, len(res.Failures))] {
		r.Witnesses = append(r.Witnesses, fmt.Sprintf("client: %s, habit %s, asked %s of %s: %s: %s",
			f.Client, f.Habit, cmp.Or(f.Address, "for an address"), f.Service, f.Kind, f.Error))
	}
}

// judge asks the oracle and the fabric, and returns what the oracle said of each
// service.
func (r *Report) judge(l *Lab, from, to time.Time, caches load.Caches) map[string]exposure.Report {
	r.MinMarginSeconds = math.Inf(1)
	habits := caches.Bounds()
	for i := range habits { // what the resolver may add to every client's own time
		habits[i].Extra += l.Options.ServeStale
	}
	found := map[string]exposure.Report{}
	for _, name := range l.Options.Named() {
		in := exposure.Input{Habits: habits, From: from, To: to}
		// DiscoverInstances follows the truth in its own time: another history.
		api := exposure.Input{Habits: caches.DiscoverBounds(), From: from, To: to}
		l.live.do(func(c *cloud.Cloud) {
			id, _ := c.ServiceID(name + "." + l.Options.Namespace)
			in.Views, api.Views = views(c.Views(id)), views(c.DiscoverViews(id))
		})
		var stops []exposure.Stop
		in.Serving, stops = l.record.of(name)
		api.Serving = in.Serving
		dns, discover := exposure.Find(in), exposure.Find(api)
		rep := dns.And(discover)
		found[name] = rep
		r.ExposedSeconds += rep.ExposedSeconds
		r.EmptyAnswerSeconds += max(dns.EmptySeconds, discover.EmptySeconds)
		for _, x := range rep.Exposures[:min(1, len(rep.Exposures))] {
			if len(r.Witnesses) >= 3 {
				break
			}
			r.Witnesses = append(r.Witnesses, fmt.Sprintf("oracle: %s: %s may be held by habit %s from %.1f s to %.1f s, answered at %.1f s",
				name, x.Addr, x.Habit, x.From.Sub(from).Seconds(), x.To.Sub(from).Seconds(), x.AnsweredAt.Sub(from).Seconds()))
		}
		s := r.PerService[name]
		s.MinMarginSeconds = math.Inf(1)
		for _, left := range exposure.Margin(in, stops) {
			for _, at := range l.record.connects(left.Addr) {
				if left.Known() && at.After(left.HeldUntil) && at.Before(left.At) {
					r.LateConnects++
				}
				if at.Before(left.At) {
					s.MinMarginSeconds = min(s.MinMarginSeconds, left.At.Sub(at).Seconds())
				}
			}
		}
		r.MinMarginSeconds = min(r.MinMarginSeconds, s.MinMarginSeconds)
		if math.IsInf(s.MinMarginSeconds, 1) {
			s.MinMarginSeconds = 0
		}
		r.PerService[name] = s
	}
	if math.IsInf(r.MinMarginSeconds, 1) {
		r.MinMarginSeconds = 0 // nobody connected or nothing stopped
	}
	return found
}

// views are the model's as the oracle takes them.
func views(of []cloud.View) (out []exposure.View) {
	for _, v := range of {
		out = append(out, exposure.View{At: v.At, Server: v.Server, TTL: v.TTL, Addrs: slices.Clone(v.Addrs)})
	}
	return out
}

// floor says how fast this could have been at best.
func (r *Report) floor(l *Lab, steps []cutover.Step, readyFor time.Duration) {
	t, o := l.timing, l.Options
	b := cutover.Bounds{
		Propagation: t.PropagationMax, Operation: t.OperationMax,
		Caches: l.clientCaches(),
	}
	drain := time.Duration(o.Tasks) * (t.SchedulerMax + t.SignalMax + t.DeprovisionMax)
	ttl := int64(o.TTL / time.Second)
	terms := cutover.ForwardFloor(b, ttl, min(ttl, recordTTL), steps, o.Pods, o.Tasks, o.Tasks, readyFor, drain)
	r.FloorTerms = map[string]float64{}
	for _, x := range terms {
		r.FloorTerms[x.Name] += x.For.Seconds()
	}
	// The AWS budget: registrations and deregistrations of all services.
	budget := 0.0
	if rate, limited := l.rates.CloudMap["RegisterInstance"]; limited {
		writes := float64(o.Services * (o.Pods + o.Tasks))
		budget = max(0, (writes-rate.Burst)/rate.PerSecond)
	}
	r.FloorTerms["writes over rate"] = budget
	r.FloorSeconds = max(cutover.Sum(terms).Seconds(), budget)
}

// OK says whether the demo kept what it promises; why not otherwise.
func (r *Report) OK() error {
	switch {
	case r.ControlRun.Failed > 0:
		return fmt.Errorf("void: %d of %d requests failed without any crossing", r.ControlRun.Failed, r.ControlRun.Requests)
	case r.Migrated < r.Services:
		return fmt.Errorf("%d of %d services are migrated", r.Migrated, r.Services)
	case r.FailedRequests > 0:
		return fmt.Errorf("%d of %d requests failed", r.FailedRequests, r.Requests)
	case r.ExposedSeconds > 0:
		return fmt.Errorf("clients could have failed for %.3f address-seconds, although none that ran did", r.ExposedSeconds)
	case r.EmptyAnswerSeconds > 0:
		return fmt.Errorf("a name had no address for %.3f s", r.EmptyAnswerSeconds)
	case r.MinMarginSeconds <= 0:
		return fmt.Errorf("a task was stopped as a client connected (margin %.3f s)", r.MinMarginSeconds)
	}
	return nil
}

// Write writes the JSON form.
func (r *Report) Write(path string) error { return writeJSON(path, r) }

func writeJSON(path string, report any) error {
	b, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if err := os.WriteFile(path, append(b, '\n'), 0o644); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// Print writes the report for people.
func (r *Report) Print(w io.Writer) {
	line := func(label, format string, a ...any) { fmt.Fprintf(w, "  %-22s %s\n", label, fmt.Sprintf(format, a...)) }
	fmt.Fprintln(w)
	line("services migrated", "%d of %d", r.Migrated, r.Services)
	line("failed requests", "%d of %d (%.0f/s; control run %d of %d)", r.FailedRequests, r.Requests, r.Rate, r.ControlRun.Failed, r.ControlRun.Requests)
	for _, k := range slices.Sorted(maps.Keys(r.FailuresByKind)) {
		line("", "%d %s", r.FailuresByKind[k], k)
	}
	if r.UnexplainedFailures > 0 {
		line("", "%d of them are unknown to the oracle: a mistake of the lab, or a machine too slow", r.UnexplainedFailures)
	}
	line("longest outage", "%.1f s", r.LongestOutageSeconds)
	line("name without answer", "%.1f s", r.EmptyAnswerSeconds)
	line("exposed (oracle)", "%.3f s", r.ExposedSeconds)
	line("least margin", "%.1f s from a client's last connect to the task's stop; %d late connects", r.MinMarginSeconds, r.LateConnects)
	line("cut off", "%d, in flight when a task was told to stop: not failed", r.CutOff)
	line("wall time", "%.0f s (floor %.0f s; timing %s, rates %s, TTL %.0f s, tasks %s)", r.WallSeconds, r.FloorSeconds, r.Timing, r.Rates, r.TTLSeconds, r.Temper)
	calls := 0
	for _, n := range r.AWSCalls {
		calls += n
	}
	line("AWS calls", "%d, %.0f per service, %d throttled", calls, float64(calls)/float64(max(1, r.Services)), r.Throttled)
	r.printFaults(line)
	if r.ControllerKills > 0 {
		line("controller killed", "%d times", r.ControllerKills)
	}
	line("foreign instances", "%d, untouched", r.ForeignInstancesUntouched)
	PrintHabits(w, r.Habits)
	if len(r.Witnesses) > 0 {
		fmt.Fprintln(w)
	}
	for _, x := range r.Witnesses {
		line("witness", "%s", x)
	}
}
