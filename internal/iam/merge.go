package iam

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// Merged is a trust policy with what was added.
type Merged struct {
	// Document is the whole policy, indented: what was there as it was, in its order,
	// then what is new.
	Document []byte
	Added    []Statement // with the Sids that they got; none: it was all there
	Size     int         // in characters, as IAM counts
	Decide   []Decision
}

// Decision is what a person has to look at, and where.
type Decision struct {
	Where string `json:"where"`
	What  string `json:"what"`
}

// ecsTasks takes roles for the tasks of ECS.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
const ecsTasks = "ecs-tasks.amazonaws.com"

// Merge adds what a Trust says to the trust policy that its role has. It changes and
// drops nothing of that; done twice it is done once.
// Errors: what Trust.Check says; a document that it does not wholly understand; a
// result that is too long for any role.
func Merge(document []byte, t Trust) (Merged, error) {
	if err := t.Check(); err != nil {
		return Merged{}, err
	}
	fail := func(err error) (Merged, error) {
		return Merged{}, fmt.Errorf("trust policy of role %s can't be read, and is left alone: %w", t.Role, err)
	}
	p, err := parse(document, true)
	if err != nil {
		return fail(err)
	}
	var m Merged
	for _, s := range t.Statements() {
		if slices.ContainsFunc(p.statements, func(e existing) bool { return e.covers(s) }) {
			continue
		}
		s.Sid = unusedSid(p.statements, s.Sid)
		raw, err := encode(s.wire())
		if err != nil {
			return fail(err)
		}
		var e existing
		if err := json.Unmarshal(raw, &e); err != nil {
			return fail(err)
		}
		p.raw, p.statements, m.Added = append(p.raw, raw), append(p.statements, e), append(m.Added, s)
	}
	if len(m.Added) > 0 {
		p.members[p.at].raw = slices.Concat([]byte("["), bytes.Join(asBytes(p.raw), []byte(",")), []byte("]"))
	}
	if m.Document, err = indented(joined(p.members)); err != nil {
		return fail(err)
	}
	m.Size = Size(m.Document)
	if m.Size > TrustPolicySizeMost {
		return m, fmt.Errorf("trust policy of role %s would have %d characters, and %d are the most that AWS grants: give some of its services a role of their own", t.Role, m.Size, TrustPolicySizeMost)
	}
	m.Decide = p.decide(t, m.Size)
	return m, nil
}

func asBytes(list []json.RawMessage) [][]byte {
	var out [][]byte
	for _, r := range list {
		out = append(out, r)
	}
	return out
}

// covers says that a statement grants at least what another one does.
func (e existing) covers(s Statement) bool {
	if e.Effect != "Allow" || !containsAll(e.principals(s.Principal.Type), s.Principal.Values) || !containsAll(e.Action, s.Actions) {
		return false
	}
	tests := 0
	for _, by := range e.Condition {
		tests += len(by)
	}
	if tests != len(s.Conditions) {
		return false // one more narrows it
	}
	for _, c := range s.Conditions {
		if !containsAll(e.Condition[c.Operator][c.Key], c.Values) {
			return false
		}
	}
	return true
}

func containsAll(list, wanted []string) bool {
	return !slices.ContainsFunc(wanted, func(w string) bool { return !slices.Contains(list, w) })
}

// unusedSid is a Sid that no statement has.
func unusedSid(list []existing, sid string) string {
	taken := func(s string) bool {
		return slices.ContainsFunc(list, func(e existing) bool { return e.Sid == s })
	}
	out := sid
	for n := 2; taken(out); n++ {
		out = fmt.Sprintf("%s%d", sid, n)
	}
	return out
}

// decide is what in a trust policy a person should look at.
func (p parsed) decide(t Trust, size int) []Decision {
	var out []Decision
	where := "trust policy of " + t.Role
	ecs := false
	for i, e := range p.statements {
		ecs = ecs || e.Effect == "Allow" && slices.Contains(e.principals("Service"), ecsTasks)
		if e.Effect == "Deny" {
			out = append(out, Decision{where, fmt.Sprintf("statement %s denies: see that it does not keep pods out", e.name(i))})
		}
		if len(e.NotPrincipal) > 0 {
			out = append(out, Decision{where, fmt.Sprintf("statement %s has NotPrincipal: see whom it lets in or keeps out now", e.name(i))})
		}
	}
	if !ecs {
		out = append(out, Decision{where, "it does not trust " + ecsTasks + ": is it the role of a task?"})
	}
	if size > TrustPolicySize {
		out = append(out, Decision{where, fmt.Sprintf("it has %d characters, and a role %d unless the quota \"Role trust policy length\" is raised, to %d at most", size, TrustPolicySize, TrustPolicySizeMost)})
	}
	return out
}

// name is how a person finds a statement.
func (e existing) name(i int) string {
	if e.Sid != "" {
		return e.Sid
	}
	return fmt.Sprintf("number %d", i+1)
}
