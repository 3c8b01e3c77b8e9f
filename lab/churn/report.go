package churn

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/tranship/tranship/lab"
)

// ReportVersion is the apiVersion of Report.
const ReportVersion = "tranship.dev/churn/v1"

// Report is what a trial ends with; phases that were not held are nil. All times
// are in seconds.
type Report struct {
	APIVersion     string   `json:"apiVersion"`
	Services       int      `json:"services"`
	Pods           int      `json:"pods"` // of each
	Timing         string   `json:"timing"`
	Rates          string   `json:"rates"`
	Temper         string   `json:"temper"`
	TTLSeconds     float64  `json:"ttlSeconds"`
	PreStopSeconds float64  `json:"preStopSeconds"`
	Gate           bool     `json:"gate"`
	GateInTemplate bool     `json:"gateInTemplate"`
	Replicas       int      `json:"replicas"`
	MissingFlags   []string `json:"missingFlags,omitempty"` // of the controller, that the trial would have given

	Fill     *FillReport     `json:"fill,omitempty"`
	Rest     *RestReport     `json:"rest,omitempty"`
	Restart  *RestartReport  `json:"restart,omitempty"`
	Vanish   *VanishReport   `json:"vanish,omitempty"`
	Outage   *OutageReport   `json:"outage,omitempty"`
	Leader   *LeaderReport   `json:"leader,omitempty"`
	Hardship *HardshipReport `json:"hardship,omitempty"`

	// PeakMemoryBytes is the most that a controller had resident; 0: not known.
	PeakMemoryBytes int64 `json:"peakMemoryBytes"`
	// Checks are what was promised, in the order of the phases.
	Checks []Check `json:"checks"`

	only func(Phase) bool
}

func newReport(o Options) *Report {
	r := &Report{
		APIVersion: ReportVersion, Services: o.Services, Pods: o.Pods, Timing: o.Timing, Rates: o.Rates, Temper: o.Temper,
		TTLSeconds: o.TTL.Seconds(), Gate: o.Gate, GateInTemplate: o.GateInTemplate, Replicas: o.Replicas, only: o.does,
	}
	return r
}

// OK says whether everything came out as promised; what did not otherwise.
func (r *Report) OK() error {
	var errs []error
	for _, c := range r.Checks {
		if !c.OK {
			errs = append(errs, fmt.Errorf("%s: %s: %s, not %s", c.Phase, c.What, c.Got, c.Want))
		}
	}
	return errors.Join(errs...)
}

// Print writes the report for people.
func (r *Report) Print(w io.Writer) {
	line := func(label, format string, a ...any) { fmt.Fprintf(w, "  %-22s %s\n", label, fmt.Sprintf(format, a...)) }
	fmt.Fprintln(w)
	line("fleet", "%d services of %d pods, TTL %.0f s, preStop %.0f s, pods %s; timing %s, rates %s", r.Services, r.Pods, r.TTLSeconds, r.PreStopSeconds, r.Temper, r.Timing, r.Rates)
	line("readiness gate", "%s", r.gateWords())
	if len(r.MissingFlags) > 0 {
		line("", "the controller does not know --%s: held without", strings.Join(r.MissingFlags, ", --"))
	}
	if f := r.Fill; f != nil {
		line("first fill", "%d registrations in %.1f s, of them %.1f s until the first; the floor is %.1f s: (%d − %d)/%g", f.Pods, f.TotalSeconds, f.StartUpSeconds, f.FloorSeconds, f.Pods, f.Burst, f.RatePerSecond)
		line("", "calls: %s", counts(f.Calls))
	}
	if x := r.Rest; x != nil {
		line("at rest", "%.1f calls a minute, over %.0f s: %s", x.CallsPerMinute, x.Seconds, numbers(x.ByOperation))
		line("", "and %.1f queries of DNS a minute", x.QueriesPerMinute)
		line("", "ExternalDNS makes %.0f of such a fleet (1 + services/100 + services each minute; more where it does not own a name)", x.PeerPerMinute)
	}
	if x := r.Restart; x != nil {
		line("rolling restart", "%.0f s, %d at once; every name true after %.0f s", x.Seconds, x.AtOnce, x.SettledSeconds)
		line("", "calls: %s", counts(x.Calls))
		if len(x.Spent) > 0 {
			line("", "budget used up, in seconds: %s", numbers(x.Spent))
		}
		x.Load.print(line)
		line("", "control run: %d of %d failed", x.ControlRun.Failed, x.ControlRun.Requests)
		x.Lag.print(line)
		line("", "this machine woke whoever slept too late: %s", x.Machine)
	}
	if x := r.Vanish; x != nil {
		line("vanished instance", "noticed after %.1f s, back after %.1f s", x.NoticedSeconds, x.BackSeconds)
	}
	if x := r.Outage; x != nil {
		x.print(line)
	}
	if x := r.Hardship; x != nil {
		line("hardship", "%s; the controller killed %d times; complete after %.0f s, every name true after %.0f s", strings.Join(append([]string{"a restart of everything"}, x.Faults...), " "), x.Kills, x.Seconds, x.SettledSeconds)
		x.Load.print(line)
	}
	if x := r.Leader; x != nil {
		line("killed leader", "the other one registers after %.1f s; every name true after %.1f s", x.TakenOverSeconds, x.SettledSeconds)
		x.Load.print(line)
	}
	if r.PeakMemoryBytes > 0 {
		line("memory", "%d MiB at most", r.PeakMemoryBytes>>20)
	}
	if r.Restart != nil {
		r.Restart.Load.printHabits(w)
	}
	fmt.Fprintln(w)
	for _, c := range r.Checks {
		verdict := "held"
		if !c.OK {
			verdict = "NOT HELD"
		}
		fmt.Fprintf(w, "  %-9s %-8s %-52s %s (want %s)\n", verdict, c.Phase, c.What, c.Got, c.Want)
	}
}

func (r *Report) gateWords() string {
	switch {
	case !r.Gate:
		return "not asked for"
	case r.GateInTemplate:
		return "asked for by the Services, and in the pods' templates"
	}
	return "asked for by the Services"
}

type liner func(label, format string, a ...any)

func (x LoadReport) print(line liner) {
	line("", "%d of %d requests failed (%.0f/s), and %d of those that hold an answer for 30 s", x.Failed, x.Requests, x.Rate, x.FailedFixed)
	if x.Unexplained > 0 {
		line("", "%d of them are unknown to the oracle: a mistake of the lab, or a machine too slow", x.Unexplained)
	}
	if x.Throttled > 0 {
		line("", "%d calls were throttled", x.Throttled)
	}
}

func (x LoadReport) printHabits(w io.Writer) { lab.PrintHabits(w, x.Habits) }

func (x LagReport) print(line liner) {
	line("registration lag", "%d pods, own delay: %s", x.Pods, x.Own)
	line("", "queue of the budget: %s; of it overtaken: max %.3f s", x.Queue, x.Overtaken.Max)
	line("", "the longest queue is %.2f s by the arithmetic, and was %.2f s (%.0f %% off)", x.QueueModelledSeconds, x.QueueWaitedSeconds, 100*x.QueueOff)
	line("", "taken out, the API server's time for the agents' reports: %s", x.Reporting)
	line("", "and until a bystander's watch told of them: %s", x.Watching)
	line("", "own delay with that in it: %s", x.OwnAndWatching)
	if n := len(x.Missing); n > 0 {
		line("", "%d pods were never registered: %s", n, strings.Join(x.Missing[:min(3, n)], ", "))
	}
}

func (x *OutageReport) print(line liner) {
	line("outage", "%.0f s; %d Deployments scaled out, %d pods deleted; refused calls: %s", x.Seconds, x.Scaled, x.Deleted, counts(x.Refused))
	said := "not all Services' conditions said so; silent: " + strings.Join(x.Unsaid[:min(3, len(x.Unsaid))], ", ")
	if x.SaidSeconds != nil {
		said = fmt.Sprintf("every Service concerned said so after %.1f s", *x.SaidSeconds)
	}
	line("", "%s", said)
	line("", "%d of %d new pods were Ready before its end", x.ReadyPods, x.NewPods)
	line("", "true again after %.1f s", x.TrueSeconds)
	if x.TakenBackSeconds != nil {
		line("", "and said so after %.1f s", *x.TakenBackSeconds)
	}
	if len(x.Wrong) > 0 {
		line("", "live pods that were taken out: %s", strings.Join(x.Wrong[:min(5, len(x.Wrong))], ", "))
	}
}

func sorted[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }

func counts(n map[string]int) string {
	var out []string
	for _, op := range sorted(n) {
		out = append(out, fmt.Sprintf("%s %d", op, n[op]))
	}
	return orNone(out)
}

func numbers(n map[string]float64) string {
	var out []string
	for _, op := range sorted(n) {
		out = append(out, fmt.Sprintf("%s %.1f", op, n[op]))
	}
	return orNone(out)
}

func orNone(parts []string) string {
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}
