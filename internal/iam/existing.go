package iam

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// existing is a statement of a document that is there, as far as it is understood.
type existing struct {
	Sid, Effect  string
	Principal    json.RawMessage
	NotPrincipal json.RawMessage
	Action       words
	NotAction    words
	Resource     words
	NotResource  words
	Condition    map[string]map[string]words
}

// words is a string or a list of strings, as IAM takes either; numbers and booleans
// stand in conditions for their text.
type words []string

// UnmarshalJSON implements json.Unmarshaler.
func (w *words) UnmarshalJSON(data []byte) error {
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	*w = words{}
	for _, x := range list {
		switch x := x.(type) {
		case string:
			*w = append(*w, x)
		case bool, float64:
			*w = append(*w, fmt.Sprint(x))
		default:
			return errors.New("it is neither a string nor a list of strings")
		}
	}
	return nil
}

// principals are those of a type; {"AWS": "*"} and "*" are any of AWS.
func (e existing) principals(kind string) []string {
	var by map[string]words
	if json.Unmarshal(e.Principal, &by) == nil {
		return by[kind]
	}
	var all string
	if json.Unmarshal(e.Principal, &all) == nil && kind == "AWS" {
		return []string{all}
	}
	return nil
}

// parsed is a policy document that is there: its members in order, and its statements
// both as they were written and as they are understood.
type parsed struct {
	members    []member
	at         int // of Statement among members
	raw        []json.RawMessage
	statements []existing
}

// parse reads a policy document. What it does not understand it refuses, since whoever
// adds to it must not break it.
func parse(document []byte, trust bool) (parsed, error) {
	p := parsed{at: -1}
	var err error
	if p.members, err = members(document); err != nil {
		return p, err
	}
	for i, m := range p.members {
		switch m.key {
		case "Version":
			var v string
			if json.Unmarshal(m.raw, &v) != nil || v != PolicyVersion && v != "2008-10-17" {
				return p, fmt.Errorf("Version %s is none that IAM has", m.raw)
			}
		case "Id":
		case "Statement":
			p.at = i
		default:
			return p, fmt.Errorf("%s is no part of a policy document (Version, Id, Statement)", m.key)
		}
	}
	if p.at < 0 {
		return p, errors.New("it has no Statement")
	}
	if err := json.Unmarshal(p.members[p.at].raw, &p.raw); err != nil {
		p.raw = []json.RawMessage{p.members[p.at].raw} // one alone needs no list
	}
	for i, raw := range p.raw {
		var e existing
		if _, err := members(raw); err != nil {
			return p, fmt.Errorf("statement %d: %w", i+1, err)
		}
		if err := json.Unmarshal(raw, &e); err != nil {
			return p, fmt.Errorf("statement %d: %w", i+1, err)
		}
		if err := e.check(trust); err != nil {
			return p, fmt.Errorf("statement %d: %w", i+1, err)
		}
		p.statements = append(p.statements, e)
	}
	return p, nil
}

func (e existing) check(trust bool) error {
	switch {
	case e.Effect != "Allow" && e.Effect != "Deny":
		return fmt.Errorf("Effect %q is neither Allow nor Deny", e.Effect)
	case len(e.Action)+len(e.NotAction) == 0:
		return errors.New("it has neither Action nor NotAction")
	case trust && e.Principal == nil && e.NotPrincipal == nil:
		return errors.New("it has neither Principal nor NotPrincipal: is it a trust policy?")
	}
	return nil
}

// TrustPolicy finds a trust policy in what people have at hand: the document itself, or
// what `aws iam get-role` prints, in which it may be URL-encoded as the API sends it.
func TrustPolicy(data []byte) ([]byte, error) {
	list, err := members(data)
	if err != nil {
		return nil, fmt.Errorf("trust policy: %w", err)
	}
	for _, m := range list {
		switch m.key {
		case "Role":
			return TrustPolicy(m.raw)
		case "AssumeRolePolicyDocument":
			if !bytes.HasPrefix(bytes.TrimSpace(m.raw), []byte(`"`)) {
				return m.raw, nil
			}
			var text string
			if err := json.Unmarshal(m.raw, &text); err != nil {
				return nil, fmt.Errorf("trust policy: AssumeRolePolicyDocument: %w", err)
			}
			if strings.HasPrefix(text, "%") {
				if text, err = url.PathUnescape(text); err != nil {
					return nil, fmt.Errorf("trust policy: AssumeRolePolicyDocument: %w", err)
				}
			}
			return []byte(text), nil
		}
	}
	return data, nil
}
