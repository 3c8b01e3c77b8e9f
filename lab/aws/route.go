package aws

import (
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
)

// binding says where the members of a REST operation stand in a request and in
// its answer: the SDK's types do not. Members are called by their Go names, and
// pairs are Member=name, with spaces between. What is not listed is in the body.
type binding struct {
	http   string // method and path, with members in braces; {Key+} takes slashes too; ?x=y must be there
	query  string // members in the query string
	header string // members in the request's headers
	body   string // root element of the request's XML body, or json; "" if it has none

	status  int    // of success; 0: 200
	out     string // members in the answer's headers; -: known and never sent; Name=prefix-*: a map, one header each
	payload string // the one member that is the whole body of the answer, as it is
	bare    string // the one member that is the root element of the answer
	root    string // root element of the answer; "": as Smithy names it
}

// route is a binding, read.
type route struct {
	binding
	op      string
	method  string
	path    []segment
	fixed   map[string]string // parameters that tell operations on one path apart
	queries []pair
	headers []pair
	outs    []pair
	bound   map[string]bool // members that are not in the request's body
	answers map[string]bool // members that are not in the answer's body
}

type pair struct{ member, name string }

// segment is one part of a path: a text, or a member.
type segment struct {
	text, member string
	greedy       bool
}

// routes are the operations of a service over REST.
type routes []*route

// newRoutes reads a table of bindings. Its order is that of the names.
func newRoutes(table map[string]binding) routes {
	var all routes
	for _, op := range sortedKeys(table) {
		all = append(all, newRoute(op, table[op]))
	}
	return all
}

func newRoute(op string, b binding) *route {
	method, uri, _ := strings.Cut(b.http, " ")
	path, query, _ := strings.Cut(uri, "?")
	r := &route{
		binding: b, op: op, method: method,
		queries: pairs(b.query), headers: pairs(b.header), outs: pairs(b.out),
		fixed: map[string]string{}, bound: map[string]bool{}, answers: map[string]bool{},
	}
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if part == "" {
			continue
		}
		s := segment{text: part}
		if strings.HasPrefix(part, "{") {
			s = segment{member: strings.Trim(part, "{+}"), greedy: strings.HasSuffix(part, "+}")}
			r.bound[s.member] = true
		}
		r.path = append(r.path, s)
	}
	for p := range strings.SplitSeq(query, "&") {
		if name, value, _ := strings.Cut(p, "="); name != "" {
			r.fixed[name] = value
		}
	}
	for _, p := range slices.Concat(r.queries, r.headers) {
		r.bound[p.member] = true
	}
	for _, p := range r.outs {
		r.answers[p.member] = true
	}
	return r
}

func pairs(list string) []pair {
	var out []pair
	for p := range strings.FieldsSeq(list) {
		member, name, _ := strings.Cut(p, "=")
		out = append(out, pair{member, name})
	}
	return out
}

// match finds the operation of a method, an escaped path and a query string.
// known tells whether the path is there with other methods.
func (rs routes) match(method, path string, query url.Values) (found *route, labels map[string]string, known bool) {
	for _, r := range rs {
		given, ok := r.labels(path)
		if !ok || !r.told(query) {
			continue
		}
		if r.method != method {
			known = true
			continue
		}
		if found == nil || len(r.fixed) > len(found.fixed) || len(r.fixed) == len(found.fixed) && r.literals() > found.literals() {
			found, labels = r, given
		}
	}
	return found, labels, known
}

// op is the route of an operation, nil if it is not listed.
func (rs routes) named(op string) *route {
	at := slices.IndexFunc(rs, func(r *route) bool { return r.op == op })
	if at < 0 {
		return nil
	}
	return rs[at]
}

// literals counts the texts in a path: /clusters/versions is nearer than /clusters/{Name}.
func (r *route) literals() int {
	n := 0
	for _, s := range r.path {
		if s.member == "" {
			n++
		}
	}
	return n
}

// told tells whether the parameters are there that this operation is told by.
func (r *route) told(query url.Values) bool {
	for name, value := range r.fixed {
		if !query.Has(name) || value != "" && query.Get(name) != value {
			return false
		}
	}
	return true
}

// labels are the members in a path, as sent. A slash at the end does not count.
func (r *route) labels(path string) (map[string]string, bool) {
	rest := strings.TrimPrefix(path, "/")
	out := map[string]string{}
	for _, s := range r.path {
		part, after, _ := strings.Cut(rest, "/")
		if s.greedy {
			part, after = rest, ""
		}
		text, err := url.PathUnescape(part)
		if err != nil || text == "" || s.member == "" && text != s.text {
			return nil, false
		}
		if s.member != "" {
			out[s.member] = text
		}
		rest = after
	}
	return out, rest == ""
}

// fits tells why a binding does not fit the types of its operation.
func (r *route) fits(op *operation) error {
	for member := range r.bound {
		if f, ok := op.in.FieldByName(member); !ok || !f.IsExported() {
			return fmt.Errorf("%s has no member %s, which is bound in its request", op.in.Name(), member)
		}
	}
	for member := range r.answers {
		if f, ok := op.out.FieldByName(member); !ok || !f.IsExported() {
			return fmt.Errorf("%s has no member %s, which is bound in its answer", op.out.Name(), member)
		}
	}
	if r.body == "" {
		if at, ok := unbound(op.in, r.bound); ok {
			return fmt.Errorf("%s.%s: its place in the request is not listed", op.in.Name(), at)
		}
	}
	if whole := r.payload + r.bare; whole != "" {
		all := map[string]bool{whole: true}
		for m := range r.answers {
			all[m] = true
		}
		if at, ok := unbound(op.out, all); ok {
			return fmt.Errorf("%s.%s: its place in the answer is not listed", op.out.Name(), at)
		}
	}
	return nil
}

// unbound is a member of an SDK struct that is not in a set.
func unbound(t reflect.Type, bound map[string]bool) (string, bool) {
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() && f.Type != metadataType && !bound[f.Name] {
			return f.Name, true
		}
	}
	return "", false
}
