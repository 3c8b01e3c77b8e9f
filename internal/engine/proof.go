package engine

import (
	"time"

	"github.com/tranship/tranship/internal/names"
)

// sameRecords says that two registrations make the same DNS records.
func sameRecords(a, b names.Instance) bool {
	for _, k := range []string{names.AttrIPv4, names.AttrIPv6, names.AttrCNAME, names.AttrAlias, names.AttrPort} {
		if a.Attributes[k] != b.Attributes[k] {
			return false
		}
	}
	return true
}

// mayBeNew says of an instance that nobody saw come whether it may have come a
// moment ago: one that does not say when it was sent or, in a first read, one that
// was not long before. It may have waited for its turn, or in a process that stood
// still, so what it says is no proof.
func mayBeNew(i names.Instance, seen bool, now time.Time) bool {
	since, ok := i.Since()
	return !ok || !seen && now.Sub(since) < longestWait
}

// longestWait is how long at most a registration waits between being decided on
// and having its effect, wherever it waits.
const longestWait = 3 * time.Minute

// provedAt is when every name server has the instance; zero for one that was there
// long before it was first seen.
func (e *Engine) provedAt(m *memory, i names.Instance) time.Time {
	if came, ok := m.came[i.ID]; ok {
		return came.Add(e.Bounds.Propagation)
	}
	return time.Time{}
}

// marked is when every name server has an instance by its own mark; zero if it
// has none.
func (e *Engine) marked(i names.Instance) time.Time {
	since, ok := i.Since()
	if !ok {
		return time.Time{}
	}
	return since.Add(e.proof())
}

// young are the instances that not every name server must have yet.
func (e *Engine) young(m *memory, v names.View, now time.Time) []names.ID {
	var out []names.ID
	for _, i := range v.Instances {
		if now.Before(e.provedAt(m, i)) {
			out = append(out, i.ID)
		}
	}
	return out
}
