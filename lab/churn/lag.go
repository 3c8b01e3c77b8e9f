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
// refused, take from the budget, too. Times are told from the begin of the phase.
func lagOf(began time.Time, ready map[string]node.Event, calls []aws.Call) LagReport {
	r := LagReport{Pods: len(ready)}
	first := map[string]bool{} // by UID: it was registered
	var all []lag.Call
	for n, c := range calls {
		if c.Operation != registerInstance {
			continue
		}
		one := lag.Call{ID: fmt.Sprintf("again %d", n), Wanted: c.At, Sent: c.At}
		if e, ok := podOf(ready, c.Instance, c.At); ok && accepted(c) && !first[e.UID] {
			first[e.UID] = true
			one.ID, one.Wanted = podCall+e.UID, e.At.Add(e.Took)
		}
		all = append(all, one)
	}
	var own, queue, overtaken, reporting []time.Duration
	var ours []lag.Delay
	for _, d := range lag.Delays(budget(registerInstance), all) {
		if !strings.HasPrefix(d.ID, podCall) {
			continue
		}
		ours = append(ours, d)
		own, queue, overtaken = append(own, d.Own), append(queue, d.Queue), append(overtaken, d.Overtaken)
	}
	for uid, e := range ready {
		reporting = append(reporting, e.Took)
		if !first[uid] {
			r.Missing = append(r.Missing, e.Instance)
		}
	}
	slices.Sort(r.Missing)
	slices.SortStableFunc(ours, func(a, b lag.Delay) int { return cmp.Compare(b.Own, a.Own) })
	for _, d := range ours[:min(worst, len(ours))] {
		e := ready[strings.TrimPrefix(d.ID, podCall)]
		r.Worst = append(r.Worst, PodLag{
			Pod: e.Instance, ReadySeconds: e.At.Add(e.Took).Sub(began).Seconds(), QueueSeconds: d.Queue.Seconds(), OwnSeconds: d.Own.Seconds(),
		})
	}
	r.Own, r.Queue, r.Overtaken, r.Reporting = spread(own), spread(queue), spread(overtaken), spread(reporting)
	q := lag.LongestQueue(ours)
	r.QueueModelledSeconds, r.QueueWaitedSeconds, r.QueueOff = q.Modelled.Seconds(), q.Waited.Seconds(), q.Off()
	return r
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

// podCall begins the id of the call that registered a pod.
const podCall = "pod "
