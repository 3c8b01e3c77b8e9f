package ledger

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Node is a place in a document. One that is not set reads as the zero value, and
// has no fields; to say what becomes of it does nothing.
type Node struct {
	b    *Book
	p    *place
	rest bool
}

// Set says that the document has it.
func (n Node) Set() bool { return n.p != nil }

// Path leads to it; "" for the root and what is not set.
func (n Node) Path() string {
	if n.p == nil {
		return ""
	}
	return n.p.path
}

// Field is the field of that name.
func (n Node) Field(name string) Node {
	if n.p == nil {
		return n
	}
	return Node{b: n.b, p: n.p.byName[name]}
}

// At walks down several fields, such as "logConfiguration.logDriver".
func (n Node) At(path string) Node {
	for name := range strings.SplitSeq(path, ".") {
		n = n.Field(name)
	}
	return n
}

// Items are a list's items, or an object's fields in order of name.
func (n Node) Items() []Node {
	if n.p == nil {
		return nil
	}
	out := make([]Node, 0, len(n.p.children))
	for _, c := range n.p.children {
		out = append(out, Node{b: n.b, p: c})
	}
	return out
}

// Name is how a field or an item is called by the one above; keys of a map may have
// dots.
func (n Node) Name() string {
	if n.p == nil {
		return ""
	}
	return n.p.name
}

// Text is a string's value; that of a number or a truth value is how JSON spells it.
func (n Node) Text() string {
	if n.p == nil {
		return ""
	}
	switch v := n.p.value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "true"
		}
		return "false"
	}
	return ""
}

// Int is a number's value, also of one that AWS writes as text; 0 and false for what
// is none or does not fit.
func (n Node) Int() (int64, bool) {
	v, err := json.Number(n.Text()).Int64()
	return v, err == nil
}

// Float is like Int, for those with a fraction.
func (n Node) Float() (float64, bool) {
	v, err := json.Number(n.Text()).Float64()
	return v, err == nil
}

// Bool is a truth value; false if there is none.
func (n Node) Bool() bool { return n.Text() == "true" }

// Texts are the values of a list of values.
func (n Node) Texts() []string {
	if n.p == nil {
		return nil
	}
	list, ok := n.p.value.([]any)
	if !ok {
		return nil
	}
	out := make([]string, 0, len(list))
	for _, v := range list {
		out = append(out, Node{p: &place{value: v}}.Text())
	}
	return out
}

// Rest is the place without what was settled below it so far: what is said of it
// holds for the others alone.
func (n Node) Rest() Node { return Node{b: n.b, p: n.p, rest: true} }

// Mapped says that it means the same in the place it went to.
func (n Node) Mapped(to string, why ...string) { n.becomes(Mapped, to, strings.Join(why, "; ")) }

// Approximated says where it went and what differs there.
func (n Node) Approximated(to, differs string) { n.becomes(Approximated, to, differs) }

// Dropped says why it is not missed.
func (n Node) Dropped(why string) { n.becomes(Dropped, "", why) }

// Unsupported says why it can't be, and what to do about it.
func (n Node) Unsupported(why string) { n.becomes(Unsupported, "", why) }

// Decide asks a person. It returns the word of the answer that was given, or "":
// then the field needs a decision, and whoever asks goes on with what is safest.
// With an answer, the caller says what becomes of the field. what makes the id
// unique where one field raises two questions; it may be empty. An answer that
// is none of those there are counts as none.
func (n Node) Decide(what, question string, answers ...Answer) string {
	if n.p == nil {
		return ""
	}
	id := n.b.document + ":" + n.p.path
	if what != "" {
		id += "?" + what
	}
	d := Decision{ID: id, Document: n.b.document, Path: n.p.path, Question: question, Answers: answers}
	if w := n.b.chosen[id]; slices.ContainsFunc(answers, func(a Answer) bool { return a.Word == w }) {
		d.Chosen = w
	}
	n.b.asked = append(n.b.asked, d)
	if d.Open() {
		n.becomes(NeedsDecision, "", question)
	}
	return d.Chosen
}

// As says that the same becomes of it as of another place, field by field, where that
// has the same fields.
func (n Node) As(other Node) {
	if n.p == nil || other.p == nil {
		return
	}
	if e := other.p.entry; e != nil && n.p.value != nil {
		Node{b: n.b, p: n.p, rest: n.rest}.becomes(e.Outcome, e.To, e.Why)
	}
	for i, c := range n.p.children {
		twin := Node{b: other.b}
		if n.p.byName != nil {
			twin.p = other.p.byName[Node{p: c}.Name()]
		} else if i < len(other.p.children) {
			twin.p = other.p.children[i]
		}
		Node{b: n.b, p: c, rest: n.rest}.As(twin)
	}
}

// Awaits says that what becomes of it follows from a decision that is open at another place.
func (n Node) Awaits(other Node) {
	if other.p == nil {
		return
	}
	at := other.Path()
	if other.b != n.b {
		at += " of the " + other.b.document
	}
	n.becomes(NeedsDecision, "", "as decided at "+at)
}

// becomes settles the place and whatever lies below it. What was settled before stays
// unless the new outcome is worse; of two equal ones both are told.
func (n Node) becomes(o Outcome, to, why string) {
	if n.p == nil {
		return
	}
	n.p.leaves(func(p *place) {
		e := p.entry
		switch {
		case n.rest && e != nil:
		case e == nil, o.rank() > e.Outcome.rank():
			p.entry = &Entry{Outcome: o, To: to, Why: why}
			if e != nil {
				p.entry.To = both(to, e.To, ", ")
				if e.Outcome == o || e.Outcome == Approximated {
					p.entry.Why = both(why, e.Why, "; ")
				}
			}
		case o == e.Outcome:
			e.To, e.Why = both(e.To, to, ", "), both(e.Why, why, "; ")
		}
	})
}

func both(a, b, between string) string {
	switch {
	case a == "", a == b:
		return b
	case b == "" || slices.Contains(strings.Split(a, between), b):
		return a
	}
	return a + between + b
}

// String says which place it is.
func (n Node) String() string {
	if n.p == nil {
		return "nothing"
	}
	return fmt.Sprintf("%s of the %s", n.p.path, n.b.document)
}
