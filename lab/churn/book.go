package churn

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tranship/tranship/lab/aws"
	"github.com/tranship/tranship/lab/dns"
	"github.com/tranship/tranship/lab/node"
)

// book is what the lab saw: each call of Cloud Map, and each pod that became ready.
type book struct {
	mu    sync.Mutex
	calls []aws.Call
	ready []node.Event // in their order; a pod may be there again

	queries atomic.Int64 // of the VPC's resolver
}

const cloudMap = "servicediscovery"

// call notes a request to AWS's endpoint.
func (b *book) call(c aws.Call) {
	if c.Service != cloudMap {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls = append(b.calls, c)
}

// pod notes what the node agents say.
func (b *book) pod(e node.Event) {
	if e.Kind != node.Ready {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ready = append(b.ready, e)
}

// query counts what the resolver is asked.
func (b *book) query(dns.QueryLog) { b.queries.Add(1) }

// between are the calls that arrived from one time on, and before another.
func (b *book) between(from, to time.Time) []aws.Call {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []aws.Call
	for _, c := range b.calls {
		if !c.At.Before(from) && c.At.Before(to) {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(x, y aws.Call) int { return x.At.Compare(y.At) })
	return out
}

// since counts the calls of some operations that arrived from a time on.
func (b *book) since(from time.Time, operations ...string) (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.calls {
		if !c.At.Before(from) && slices.Contains(operations, c.Operation) {
			n++
		}
	}
	return n
}

// readied are the pods that became ready for the first time from a time on, by UID.
func (b *book) readied(from time.Time) map[string]node.Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := map[string]node.Event{}
	for _, e := range slices.Backward(b.ready) {
		out[e.UID] = e // the earliest stays
	}
	maps.DeleteFunc(out, func(_ string, e node.Event) bool { return e.At.Before(from) })
	return out
}

// podOf says which pod an instance id means: one that has the pod's UID in it, or
// is its address. Of pods that had the address one after the other it is the last
// that was ready when the call came.
func podOf(ready map[string]node.Event, id string, at time.Time) (node.Event, bool) {
	if n := len(id) - uidLength; n >= 0 {
		if e, ok := ready[id[n:]]; ok {
			return e, true
		}
	}
	var found node.Event
	for uid, e := range ready {
		if strings.Contains(id, uid) {
			return e, true
		}
		if e.Addr.Addr().String() == id && !e.At.After(at) && e.At.After(found.At) {
			found = e
		}
	}
	return found, found.UID != ""
}

// uidLength is that of a UUID in words. An instance id usually ends with one.
const uidLength = 36

// accepted says that a call had its effect.
func accepted(c aws.Call) bool {
	return c.ErrorCode == "" && (c.Fault == "" || !c.Fault.Before())
}

// byOperation counts calls.
func byOperation(calls []aws.Call) map[string]int {
	out := map[string]int{}
	for _, c := range calls {
		out[c.Operation]++
	}
	return out
}
