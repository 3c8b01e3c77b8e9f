package pace

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Grace is for how long after its time a turn is kept. A late call breaks no rate,
// since it is counted when it is made. 5 s are longer than what hinders a step of a
// name (it is looked at again after 2 s), and short enough for a turn that is not
// wanted any more not to be there for the next want, before those who wait.
const Grace = 5 * time.Second

// turns are those of one operation that were given and not used yet.
type turns struct {
	at map[string]time.Time // by whose it is
	// looked is when those that are void were last thrown away.
	looked time.Time
}

// of is the turn of who, unless it is void.
func (t *turns) of(now time.Time, who string) (at time.Time, ok bool) {
	at, ok = t.at[who]
	return at, ok && !void(now, at)
}

func (t *turns) keep(who string, at time.Time) {
	if t.at == nil {
		t.at = map[string]time.Time{}
	}
	t.at[who] = at
}

func (t *turns) drop(who string) { delete(t.at, who) }

// inOrder is whose they are, the earliest first.
func (t *turns) inOrder() []string {
	return slices.SortedFunc(maps.Keys(t.at), func(a, b string) int {
		return cmp.Or(t.at[a].Compare(t.at[b]), cmp.Compare(a, b))
	})
}

// lapse throws away what is void, that of who at once and others ("": of everybody)
// now and then, and says how many those were. So no more are kept than are still to
// come, or were some 2 × Grace ago.
func (t *turns) lapse(now time.Time, who string) (n int) {
	had := len(t.at)
	if at, ok := t.at[who]; ok && void(now, at) {
		delete(t.at, who)
	}
	if who == "" || now.Sub(t.looked) >= Grace {
		t.looked = now
		maps.DeleteFunc(t.at, func(_ string, at time.Time) bool { return void(now, at) })
	}
	return had - len(t.at)
}

func void(now, at time.Time) bool { return now.Sub(at) > Grace }
