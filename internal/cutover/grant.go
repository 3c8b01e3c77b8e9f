package cutover

import (
	"cmp"
	"slices"
)

// Grant is a person's yes to one gate. It is good where it was given and nowhere
// else: an old yes never opens a later door.
type Grant struct {
	Gate       string    `json:"gate"` // a check's id
	Direction  Direction `json:"direction"`
	Generation int64     `json:"generation,omitempty"` // of the spec that was looked at
}

// grant notes the yes of a command.
func (m *machine) grant(c Command) {
	g := Grant{Gate: c.Gate, Direction: m.s.Direction, Generation: cmp.Or(c.Generation, m.o.Spec.Generation)}
	if g.Gate == "" || slices.Contains(m.s.Grants, g) {
		return
	}
	m.s.Grants = append(m.s.Grants, g)
	slices.SortFunc(m.s.Grants, func(a, b Grant) int {
		return cmp.Or(cmp.Compare(a.Gate, b.Gate), cmp.Compare(a.Direction, b.Direction), cmp.Compare(a.Generation, b.Generation))
	})
	if n := len(m.s.Grants) - grantsMax; n > 0 {
		m.s.Grants = slices.Delete(m.s.Grants, 0, n)
	}
}

// grantsMax bounds what the status keeps.
const grantsMax = 20

// granted says whether a person said yes to this gate, as things are now.
func (m *machine) granted(gate string) bool {
	return slices.Contains(m.s.Grants, Grant{Gate: gate, Direction: m.s.Direction, Generation: m.o.Spec.Generation})
}
