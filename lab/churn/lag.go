package churn

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tranship/tranship/lab/aws"
	"github.com/tranship/tranship/lab/lag"
	"github.com/tranship/tranship/lab/node"
)

// lagOf says how late each of the pods that became ready was registered. The calls
// are all that were made meanwhile: those for other pods, and those that AWS
// refused, take from the budget, too. Seen is when a bystander's watch of the API
// server told that a pod was ready. Times are told from the begin of the phase.
func lagOf(began time.Time, ready map[string]node.Event, seen map[string]time.Time, calls []aws.Call) LagReport {
	r := LagReport{Pods: len(ready)}
	known := func(e node.Event) time.Time {
		if at := seen[e.UID]; at.After(reported(e)) {
			return at
		}
		return reported(e)
	}
	ours := delays(ready, calls, known)
	var own, queue, overtaken []time.Duration
	registered := map[string]bool{}
	for _, d := range ours {
		registered[d.ID] = true
		own, queue, overtaken = append(own, d.Own), append(queue, d.Queue), append(overtaken, d.Overtaken)
	}
	var strict, reporting, watching []time.Duration
	for _, d := range delays(ready, calls, reported) {
		strict = append(strict, d.Own)
	}
	for uid, e := range ready {
		reporting, watching = append(reporting, e.Took), append(watching, known(e).Sub(reported(e)))
		if !registered[uid] {
			r.Missing = append(r.Missing, e.Instance)
		}
	}
	slices.Sort(r.Missing)
	slices.SortStableFunc(ours, func(a, b lag.Delay) int { return cmp.Compare(b.Own, a.Own) })
	for _, d := range ours[:min(worst, len(ours))] {
		e := ready[d.ID]
		r.Worst = append(r.Worst, PodLag{
			Pod: e.Instance, ReadySeconds: known(e).Sub(began).Seconds(), QueueSeconds: d.Queue.Seconds(), OwnSeconds: d.Own.Seconds(),
		})
	}
	r.Own, r.Queue, r.Overtaken = spread(own), spread(queue), spread(overtaken)
	r.Reporting, r.Watching, r.OwnAndWatching = spread(reporting), spread(watching), spread(strict)
	q := lag.LongestQueue(ours)
	r.QueueModelledSeconds, r.QueueWaitedSeconds, r.QueueOff = q.Modelled.Seconds(), q.Waited.Seconds(), q.Off()
	return r
}

// reported is when the API server had the agent's report.
func reported(e node.Event) time.Time { return e.At.Add(e.Took) }

// delays are those of the calls that registered the pods, by UID, in the order of
// sending. Wanted says since when a pod could have been registered.
func delays(ready map[string]node.Event, calls []aws.Call, wanted func(node.Event) time.Time) (ours []lag.Delay) {
	const again = "again "
	first := map[string]bool{} // by UID: it was registered
	var all []lag.Call
	for n, c := range calls {
		if c.Operation != registerInstance {
			continue
		}
		one := lag.Call{ID: fmt.Sprint(again, n), Wanted: c.At, Sent: c.At}
		if e, ok := podOf(ready, c.Instance, c.At); ok && accepted(c) && !first[e.UID] {
			first[e.UID] = true
			one.ID, one.Wanted = e.UID, wanted(e)
		}
		all = append(all, one)
	}
	for _, d := range lag.Delays(budget(registerInstance), all) {
		if !strings.HasPrefix(d.ID, again) {
			ours = append(ours, d)
		}
	}
	return ours
}

// worst is how many pods are named.
const worst = 10

// spent is for how long the budget of each operation was used up, in seconds.
func spent(calls []aws.Call) map[string]float64 {
	at := map[string][]time.Time{}
	for _, c := range calls {
		at[c.Operation] = append(at[c.Operation], c.At)
	}
	out := map[string]float64{}
	for op, times := range at {
		if d := budget(op).Spent(times); d > 0 {
			out[op] = d.Seconds()
		}
	}
	return out
}
