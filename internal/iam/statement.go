package iam

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"unicode"
)

// PolicyVersion is the version of the policy language.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
const PolicyVersion = "2012-10-17"

// Statement is one statement of a policy document, with what a reader wants to know
// of it. It allows; none here denies.
type Statement struct {
	Sid        string
	Principal  *Principal // of trust policies; nil otherwise
	Actions    []string
	Resources  []string // none in trust policies
	Conditions []Condition
	// Why is what the actions are for, and Wide why its resources could not be named
	// one by one; "" if they are.
	Why, Wide string
}

// Principal is who may assume a role: "Service", "Federated" or "AWS", and whom.
type Principal struct {
	Type   string
	Values []string
}

// Condition is one test: all of a statement's must hold, of Values one.
type Condition struct {
	Operator, Key string
	Values        []string
}

// Policy is a policy document, and its name and purpose.
type Policy struct {
	Name       string
	About      string
	Statements []Statement
	// Notes are what a person should know before applying it.
	Notes []string
}

// document is a policy document as encoding/json writes it.
type document struct {
	Version   string
	Statement []statement
}

type statement struct {
	Sid       string              `json:",omitempty"`
	Effect    string              `json:""`
	Principal map[string]oneOrAll `json:",omitempty"`
	Action    oneOrAll
	Resource  oneOrAll                       `json:",omitempty"`
	Condition map[string]map[string]oneOrAll `json:",omitempty"`
}

// oneOrAll is a value alone, or a list of several, as AWS prints them.
type oneOrAll []string

// MarshalJSON implements json.Marshaler.
func (v oneOrAll) MarshalJSON() ([]byte, error) {
	if len(v) == 1 {
		return encode(v[0])
	}
	return encode([]string(v))
}

// encode is JSON without HTML's escapes, in which ARNs of policies never come out.
func encode(v any) ([]byte, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return []byte(strings.TrimSuffix(b.String(), "\n")), err
}

// wire is a statement as it is written.
func (s Statement) wire() statement {
	out := statement{Sid: s.Sid, Effect: "Allow", Action: s.Actions, Resource: s.Resources}
	if s.Principal != nil {
		out.Principal = map[string]oneOrAll{s.Principal.Type: s.Principal.Values}
	}
	for _, c := range s.Conditions {
		if out.Condition == nil {
			out.Condition = map[string]map[string]oneOrAll{}
		}
		if out.Condition[c.Operator] == nil {
			out.Condition[c.Operator] = map[string]oneOrAll{}
		}
		out.Condition[c.Operator][c.Key] = c.Values
	}
	return out
}

// Document is the policy document as compact JSON.
func (p Policy) Document() ([]byte, error) {
	d := document{Version: PolicyVersion, Statement: []statement{}}
	for _, s := range p.Statements {
		d.Statement = append(d.Statement, s.wire())
	}
	return encode(d)
}

// Size is the length of a document as IAM counts it: characters without white space.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
func Size(document []byte) int {
	n := 0
	for _, r := range string(document) {
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}

// tidy sorts the lists of a statement, and leaves one of equals.
func (s *Statement) tidy() {
	s.Actions = sorted(s.Actions)
	s.Resources = sorted(s.Resources)
	for i := range s.Conditions {
		s.Conditions[i].Values = sorted(s.Conditions[i].Values)
	}
	slices.SortFunc(s.Conditions, func(a, b Condition) int {
		return cmp.Or(cmp.Compare(a.Operator, b.Operator), cmp.Compare(a.Key, b.Key))
	})
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}
