package conformance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	sd "github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
	"github.com/aws/smithy-go"
)

// Options say where a Session works.
type Options struct {
	// VPC in which private namespaces are made.
	VPC string
	// Namespace and Service turn the names of a case into those that are used;
	// nil: they are used as they stand.
	Namespace, Service func(name string) string
	// Tags are put on every namespace that a case makes.
	Tags []types.Tag
	// Creator makes the n-th CreatorRequestId, which nobody may have used before.
	Creator func(n int) string
	// Advance lets d pass, or what has to happen within it, and prints what a
	// case is to see of it.
	Advance func(ctx context.Context, d time.Duration) (string, error)
	// Fixture is the id of a namespace that is there already, by its name in the
	// case and its type; nil: each case makes its own.
	Fixture func(ctx context.Context, name string, kind types.NamespaceType) (string, error)
}

// Session is one case at work: it remembers ids by the names they are printed as.
type Session struct {
	api  CloudMap
	o    Options
	c    Command // the one at work
	bad  error   // what is wrong with it, as a command
	last string  // id of the latest operation

	calls     int               // makes each CreatorRequestId new
	symbols   map[string]string // id → the name it is printed as
	order     []string          // ids as they came
	counts    map[string]int
	revisions map[string]int64 // what the case first saw, by namespace and service

	// What was made, for who has to take it away again.
	namespaces, operations, services []string
}

// NewSession begins a case. Clients behind api must not retry.
func NewSession(api CloudMap, o Options) *Session {
	as := func(name string) string { return name }
	if o.Namespace == nil {
		o.Namespace = as
	}
	if o.Service == nil {
		o.Service = as
	}
	if o.Creator == nil {
		o.Creator = func(n int) string { return "call-" + strconv.Itoa(n) }
	}
	return &Session{api: api, o: o, symbols: map[string]string{}, counts: map[string]int{}, revisions: map[string]int64{}}
}

// action is what a command does.
type action struct {
	run func(*Session, context.Context) (string, error)
	// read says that it changes nothing, so that it may be done again.
	read bool
}

// Knows says whether a command is one that a Session can do.
func Knows(command string) bool {
	_, ok := actions[command]
	return ok
}

// Reads says of a command that it changes nothing.
func Reads(command string) bool { return actions[command].read }

// Do carries out one command and returns what it prints; what AWS refuses is
// printed, too. The error says that the command itself is wrong, or that ctx ended.
func (s *Session) Do(ctx context.Context, c Command) (string, error) {
	a, ok := actions[c.Name]
	if !ok {
		return "", fmt.Errorf("line %d: unknown command %q", c.Line, c.Name)
	}
	s.c, s.bad = c, nil
	out, err := a.run(s, ctx)
	switch {
	case s.bad != nil:
		return "", fmt.Errorf("line %d: %s: %w", c.Line, c.Name, s.bad)
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil:
		out += Failure(err) + "\n"
	}
	return s.Symbolic(out), nil
}

// arg is the value of an argument.
func (s *Session) arg(key, otherwise string) string {
	for _, a := range s.c.Args {
		if a.Key == key && len(a.Values) > 0 {
			return a.Values[0]
		}
	}
	return otherwise
}

// given is the value of an argument, nil without it.
func (s *Session) given(key string) *string {
	for _, a := range s.c.Args {
		if a.Key == key && len(a.Values) > 0 {
			return &a.Values[0]
		}
	}
	return nil
}

// with are the arguments PREFIXname=value, by name.
func (s *Session) with(prefix string) map[string]string {
	m := map[string]string{}
	for _, a := range s.c.Args {
		if k, ok := strings.CutPrefix(a.Key, prefix); ok && len(a.Values) > 0 {
			m[k] = a.Values[0]
		}
	}
	return m
}

// word is the nth argument without a value.
func (s *Session) word(n int) string {
	for _, a := range s.c.Args {
		if len(a.Values) == 0 {
			if n == 0 {
				return a.Key
			}
			n--
		}
	}
	s.bad = cmp.Or(s.bad, errors.New("an argument is missing"))
	return ""
}

func (s *Session) number(key string, otherwise int) int {
	v := s.arg(key, "")
	if v == "" {
		return otherwise
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		s.bad = cmp.Or(s.bad, fmt.Errorf("%s: %w", key, err))
	}
	return n
}

// most is page=N, for MaxResults; nil without it.
func (s *Session) most(key string) *int32 {
	if s.given(key) == nil {
		return nil
	}
	n := int32(s.number(key, 0))
	return &n
}

// Name gives an id a name to be printed as, such as op1.
func (s *Session) Name(id, prefix string) string {
	if id == "" {
		return ""
	}
	if have := s.symbols[id]; have != "" {
		return have
	}
	s.counts[prefix]++
	name := prefix + strconv.Itoa(s.counts[prefix])
	s.Call(id, name)
	return name
}

// Call lets id be printed as name.
func (s *Session) Call(id, name string) {
	if _, ok := s.symbols[id]; !ok {
		s.order = append(s.order, id)
	}
	s.symbols[id] = name
}

// ID is what a name stands for; other text stands for itself.
func (s *Session) ID(name string) string {
	for _, id := range s.order {
		if s.symbols[id] == name {
			return id
		}
	}
	return name
}

// Symbol is the name of an id, "" if it has none.
func (s *Session) Symbol(id string) string { return s.symbols[id] }

// Symbolic replaces ids by their names, longer ones first.
func (s *Session) Symbolic(out string) string {
	ids := slices.Clone(s.order)
	slices.SortStableFunc(ids, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	for _, id := range ids {
		out = strings.ReplaceAll(out, id, s.symbols[id])
	}
	return out
}

// times=N calls as often; it says how often it went well.
func (s *Session) times(call func(n int) error) (string, error) {
	n := s.number("times", 1)
	for i := range n {
		if err := call(i); err != nil {
			if n > 1 {
				return fmt.Sprintf("%d went well\n", i), err
			}
			return "", err
		}
	}
	if n > 1 {
		return fmt.Sprintf("%d went well\n", n), nil
	}
	return "", nil
}

// submitted remembers an operation as the last one, and names it.
func (s *Session) submitted(id *string) string {
	s.last = text(id)
	s.operations = append(s.operations, s.last)
	return s.Name(s.last, "op") + "\n"
}

// Failure is an error as cases show it: AWS's code and message.
func Failure(err error) string {
	var dup *types.DuplicateRequest
	if errors.As(err, &dup) {
		return "DuplicateRequest " + text(dup.DuplicateOperationId)
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode() + ": " + api.ErrorMessage()
	}
	return "error: " + err.Error()
}

const usualNamespace, usualService = "shop.internal", "orders"

// namespaceName is the name that is used for one of the case.
func (s *Session) namespaceName(name string) string {
	used := s.o.Namespace(name)
	if used != name {
		s.Call(used, name)
	}
	return used
}

// serviceName is the name that is used for one of the case.
func (s *Session) serviceName(name string) string {
	used := s.o.Service(name)
	if used != name {
		s.Call(used, name)
	}
	return used
}

// ns is the id of the namespace that ns=NAME names; kind=TYPE chooses among
// several of one name.
func (s *Session) ns(ctx context.Context) string {
	return s.namespaceID(ctx, s.arg("ns", usualNamespace))
}

// namespaceID finds a namespace by its name; a name of none stands for itself.
func (s *Session) namespaceID(ctx context.Context, name string) string {
	key := name
	if kind := s.arg("kind", ""); kind != "" {
		key += "/" + kind
	}
	if id := s.ID("ns:" + key); id != "ns:"+key {
		return id
	}
	in := &sd.ListNamespacesInput{Filters: []types.NamespaceFilter{
		{Name: types.NamespaceFilterNameName, Values: []string{s.namespaceName(name)}},
	}}
	if kind := s.arg("kind", ""); kind != "" {
		in.Filters = append(in.Filters, types.NamespaceFilter{Name: types.NamespaceFilterNameType, Values: []string{kind}})
	}
	for {
		out, err := s.api.ListNamespaces(ctx, in)
		if err != nil {
			return name
		}
		if len(out.Namespaces) > 0 {
			id := text(out.Namespaces[0].Id)
			s.Call(id, "ns:"+key)
			return id
		}
		if in.NextToken = out.NextToken; in.NextToken == nil {
			return name
		}
	}
}

// service is the id of the service that the argument key names.
func (s *Session) service(ctx context.Context, key string) string {
	return s.ServiceID(ctx, s.arg("ns", usualNamespace), s.arg(key, usualService))
}

// ServiceID finds a service by its name in a namespace; a name of none stands
// for itself.
func (s *Session) ServiceID(ctx context.Context, namespace, name string) string {
	if id := s.ID("srv:" + name); id != "srv:"+name {
		return id
	}
	in := &sd.ListServicesInput{Filters: []types.ServiceFilter{
		{Name: types.ServiceFilterNameNamespaceId, Values: []string{s.namespaceID(ctx, namespace)}},
	}}
	for {
		out, err := s.api.ListServices(ctx, in)
		if err != nil {
			return name
		}
		for _, svc := range out.Services {
			if text(svc.Name) == s.serviceName(name) {
				s.Call(text(svc.Id), "srv:"+name)
				return text(svc.Id)
			}
		}
		if in.NextToken = out.NextToken; in.NextToken == nil {
			return name
		}
	}
}

// sorted prints a map by key.
func sorted(m map[string]string) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(m)) {
		fmt.Fprintf(&b, " %s=%s", k, m[k])
	}
	return b.String()
}

func text(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

func number[T int32 | int64](p *T) T {
	if p == nil {
		return 0
	}
	return *p
}

func ptr[T any](v T) *T { return &v }
