package lab

import (
	"fmt"
	"io"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/tranship/tranship/lab/load"
	"github.com/tranship/tranship/lab/load/exposure"
)

// HabitReport is what the clients of one habit saw.
type HabitReport struct {
	Habit load.Habit `json:"habit"`
	// Counted says that the numbers are among the report's. Who never looks a name
	// up again is not: no crossing can be for it.
	Counted  bool `json:"counted"`
	Requests int  `json:"requests"`
	Failed   int  `json:"failed"`
	CutOff   int  `json:"cutOff"`
	// FailuresByKind are those of the failed.
	FailuresByKind map[load.Kind]int `json:"failuresByKind,omitempty"`
	// BoundSeconds is how much longer than its TTL a client may hold an answer, as
	// the oracle is told; null where there is no bound.
	BoundSeconds *float64 `json:"boundSeconds"`
	// LastAnsweredSeconds is when the last request was made that got its answer,
	// after the begin; null: none did.
	LastAnsweredSeconds *float64 `json:"lastAnsweredSeconds"`
	// LostSeconds, of those who never look up again, is when the last of the
	// addresses that they lost answered one, after the begin; null: none was lost.
	LostSeconds *float64 `json:"lostSeconds,omitempty"`
}

// habits takes over what the clients saw, by habit.
func (r *Report) habits(res load.Result, caches load.Caches) {
	after := func(at time.Time) *float64 {
		if at.IsZero() {
			return nil
		}
		s := at.Sub(res.From).Seconds()
		return &s
	}
	for _, h := range load.Habits() {
		c, ok := res.ByHabit[h]
		if !ok {
			continue
		}
		one := HabitReport{
			Habit: h, Counted: !h.Apart(), Requests: c.Requests, Failed: c.Failed, CutOff: c.CutOff,
			FailuresByKind: c.Kinds, LastAnsweredSeconds: after(c.LastAnswered),
		}
		if b, ok := caches.Bound(h); ok {
			s := b.Seconds()
			one.BoundSeconds = &s
		}
		if h.Apart() {
			var last time.Time
			for _, s := range res.PerService {
				if s.PinnedUntil.After(last) {
					last = s.PinnedUntil
				}
			}
			one.LostSeconds = after(last)
		}
		r.Habits = append(r.Habits, one)
	}
}

// PrintHabits says for people who saw what.
func PrintHabits(w io.Writer, habits []HabitReport) {
	if len(habits) == 0 {
		return
	}
	fmt.Fprintf(w, "\n  %-10s %-44s %9s %7s %8s\n", "clients", "", "requests", "failed", "cut off")
	for _, h := range habits {
		if h.Counted {
			fmt.Fprintf(w, "  %-10s %-44s %9d %7d %8d%s\n", h.Habit, h.Habit.Words(), h.Requests, h.Failed, h.CutOff, kinds(h.FailuresByKind))
		}
	}
	for _, h := range habits {
		if h.Counted {
			continue
		}
		fmt.Fprintf(w, "\n  not counted, for nobody can move it but its owner:\n")
		fmt.Fprintf(w, "  %-10s %-44s %9d %7d %8d%s\n", h.Habit, h.Habit.Words(), h.Requests, h.Failed, h.CutOff, kinds(h.FailuresByKind))
		if h.LostSeconds != nil {
			fmt.Fprintf(w, "  %-10s the last address that it lost answered it %.0f s after the begin\n", "", *h.LostSeconds)
		}
	}
}

// kinds are the failures in words, most first.
func kinds(n map[load.Kind]int) string {
	if len(n) == 0 {
		return ""
	}
	names := slices.SortedFunc(maps.Keys(n), func(a, b load.Kind) int {
		if n[a] != n[b] {
			return n[b] - n[a]
		}
		return strings.Compare(string(a), string(b))
	})
	var out []string
	for _, k := range names {
		out = append(out, fmt.Sprintf("%d %s", n[k], k))
	}
	return "  " + strings.Join(out, ", ")
}

// explain looks whether the oracle knows of each failure that is kept: a client
// that keeps to its bound can fail only while an address may be held that does
// not serve, or a name is empty. One that it does not know of is a mistake of the
// clients, of the oracle or of the machine, and never of the crossing alone.
func (r *Report) explain(res load.Result, found map[string]exposure.Report, caches load.Caches) {
	for _, f := range res.Failures {
		rep := found[f.Service]
		ended := f.At.Add(time.Duration(f.TookSeconds * float64(time.Second)))
		known := false
		if f.Address == "" {
			known = rep.ExplainsNone(f.At, caches.HoldsNone(f.Habit)+noneInDNS(f.Habit))
		} else if a, err := netip.ParseAddrPort(f.Address); err == nil {
			known = rep.Explains(string(f.Habit), a.Addr(), f.At, ended)
		}
		if !known {
			r.UnexplainedFailures++
		}
	}
}

// noneInDNS is how long the VPC's resolver may say, after a name server has said
// so, that there is nothing: the TTL of a private namespace's SOA record, as the
// model of AWS has it.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html
func noneInDNS(h load.Habit) time.Duration {
	if h == load.Discover {
		return 0
	}
	return 15 * time.Second
}
