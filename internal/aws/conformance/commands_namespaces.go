package conformance

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	sd "github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

// made is how long the making of a namespace may take in a case.
const made = 40 * time.Second

// fixture is a namespace that a case begins with: shop.internal, private, or
// with http the HTTP namespace web.
func (s *Session) fixture(ctx context.Context) (string, error) {
	name, kind := usualNamespace, types.NamespaceTypeDnsPrivate
	if s.c.Has("http") {
		name, kind = "web", types.NamespaceTypeHttp
	}
	name = s.arg("name", name)
	if s.o.Fixture != nil {
		id, err := s.o.Fixture(ctx, name, kind)
		if err == nil {
			s.Call(id, "ns:"+name)
			s.namespaceName(name)
		}
		return "", err
	}
	if _, err := s.create(ctx, name, kind); err != nil {
		return "", err
	}
	return s.o.Advance(ctx, made)
}

func (s *Session) createNamespace(ctx context.Context) (string, error) {
	name, kind := s.arg("name", usualNamespace), types.NamespaceTypeDnsPrivate
	switch {
	case s.c.Has("http"):
		kind = types.NamespaceTypeHttp
	case s.c.Has("public"):
		kind = types.NamespaceTypeDnsPublic
	}
	var op *string
	out, err := s.times(func(n int) (err error) {
		called := name
		if s.c.Has("times") {
			called += "-" + strconv.Itoa(n)
		}
		op, err = s.create(ctx, called, kind)
		return err
	})
	if err != nil || s.c.Has("times") {
		return out, err
	}
	return s.submitted(op), nil
}

// create makes a namespace by the arguments of the command.
func (s *Session) create(ctx context.Context, name string, kind types.NamespaceType) (*string, error) {
	used := s.namespaceName(name)
	s.calls++
	creator := ptr(s.o.Creator(s.calls))
	if v := s.given("creator"); v != nil {
		creator = v
	}
	tags, soa := append(s.tagList(), s.o.Tags...), s.ttl("soa")
	var op *string
	switch kind {
	case types.NamespaceTypeHttp:
		out, err := s.api.CreateHttpNamespace(ctx, &sd.CreateHttpNamespaceInput{
			Name: &used, CreatorRequestId: creator, Description: s.given("description"), Tags: tags,
		})
		if err != nil {
			return nil, err
		}
		op = out.OperationId
	case types.NamespaceTypeDnsPublic:
		in := &sd.CreatePublicDnsNamespaceInput{Name: &used, CreatorRequestId: creator, Description: s.given("description"), Tags: tags}
		if soa != nil {
			in.Properties = &types.PublicDnsNamespaceProperties{DnsProperties: &types.PublicDnsPropertiesMutable{SOA: &types.SOA{TTL: soa}}}
		}
		out, err := s.api.CreatePublicDnsNamespace(ctx, in)
		if err != nil {
			return nil, err
		}
		op = out.OperationId
	default:
		in := &sd.CreatePrivateDnsNamespaceInput{
			Name: &used, CreatorRequestId: creator, Description: s.given("description"), Tags: tags, Vpc: ptr(s.arg("vpc", s.o.VPC)),
		}
		if soa != nil {
			in.Properties = &types.PrivateDnsNamespaceProperties{DnsProperties: &types.PrivateDnsPropertiesMutable{SOA: &types.SOA{TTL: soa}}}
		}
		out, err := s.api.CreatePrivateDnsNamespace(ctx, in)
		if err != nil {
			return nil, err
		}
		op = out.OperationId
	}
	s.namespaces = append(s.namespaces, used)
	s.operations = append(s.operations, text(op))
	return op, nil
}

// ttl is an argument in whole seconds; nil without it.
func (s *Session) ttl(key string) *int64 {
	v := s.given(key)
	if v == nil {
		return nil
	}
	n, err := strconv.ParseInt(*v, 10, 64)
	if err != nil {
		s.bad = cmp.Or(s.bad, fmt.Errorf("%s: %w", key, err))
	}
	return &n
}

func (s *Session) updateNamespace(ctx context.Context) (string, error) {
	id, description, soa := s.ns(ctx), s.given("description"), s.ttl("soa")
	switch {
	case s.c.Has("http"):
		out, err := s.api.UpdateHttpNamespace(ctx, &sd.UpdateHttpNamespaceInput{Id: &id, Namespace: &types.HttpNamespaceChange{Description: ptr(text(description))}})
		if err != nil {
			return "", err
		}
		return s.submitted(out.OperationId), nil
	case s.c.Has("public"):
		change := &types.PublicDnsNamespaceChange{Description: description}
		if soa != nil {
			change.Properties = &types.PublicDnsNamespacePropertiesChange{DnsProperties: &types.PublicDnsPropertiesMutableChange{SOA: &types.SOAChange{TTL: soa}}}
		}
		out, err := s.api.UpdatePublicDnsNamespace(ctx, &sd.UpdatePublicDnsNamespaceInput{Id: &id, Namespace: change})
		if err != nil {
			return "", err
		}
		return s.submitted(out.OperationId), nil
	}
	change := &types.PrivateDnsNamespaceChange{Description: description}
	if soa != nil {
		change.Properties = &types.PrivateDnsNamespacePropertiesChange{DnsProperties: &types.PrivateDnsPropertiesMutableChange{SOA: &types.SOAChange{TTL: soa}}}
	}
	out, err := s.api.UpdatePrivateDnsNamespace(ctx, &sd.UpdatePrivateDnsNamespaceInput{Id: &id, Namespace: change})
	if err != nil {
		return "", err
	}
	return s.submitted(out.OperationId), nil
}

func (s *Session) deleteNamespace(ctx context.Context) (string, error) {
	out, err := s.api.DeleteNamespace(ctx, &sd.DeleteNamespaceInput{Id: ptr(s.ns(ctx))})
	if err != nil {
		return "", err
	}
	return s.submitted(out.OperationId), nil
}

// getNamespace asks by id, or with arn by the ARN.
func (s *Session) getNamespace(ctx context.Context) (string, error) {
	id := s.ns(ctx)
	if s.c.Has("arn") {
		id = s.namespaceARN(ctx, id)
	}
	out, err := s.api.GetNamespace(ctx, &sd.GetNamespaceInput{Id: &id})
	if err != nil {
		return "", err
	}
	n := out.Namespace
	line := s.namespaceLine(text(n.Name), n.Type, n.Properties)
	if n.Description != nil {
		line += fmt.Sprintf(" description=%q", *n.Description)
	}
	return fmt.Sprintf("%s services=%d\n", line, number(n.ServiceCount)), nil
}

// namespaceARN is the ARN of a namespace, or one that leads nowhere.
func (s *Session) namespaceARN(ctx context.Context, id string) string {
	out, err := s.api.GetNamespace(ctx, &sd.GetNamespaceInput{Id: &id})
	if err != nil {
		return "arn:aws:servicediscovery:::namespace/none"
	}
	return text(out.Namespace.Arn)
}

func (s *Session) namespaceLine(name string, kind types.NamespaceType, p *types.NamespaceProperties) string {
	line := name + " " + string(kind)
	if p != nil && p.DnsProperties != nil && p.DnsProperties.SOA != nil {
		line += fmt.Sprintf(" soa=%d", number(p.DnsProperties.SOA.TTL))
	}
	if p != nil && p.HttpProperties != nil && text(p.HttpProperties.HttpName) != name {
		line += " http-name=" + s.Name(text(p.HttpProperties.HttpName), "http")
	}
	return line
}

// filters reads filter=(NAME,CONDITION,value,…); an empty condition is left out.
func (s *Session) filters(each func(name, condition string, values []string)) {
	for _, a := range s.c.Args {
		if a.Key != "filter" {
			continue
		}
		if len(a.Values) < 3 {
			s.bad = cmp.Or(s.bad, fmt.Errorf("filter=(NAME,CONDITION,value): %v", a.Values))
			return
		}
		values := make([]string, 0, len(a.Values)-2)
		for _, v := range a.Values[2:] {
			values = append(values, s.ID(v))
		}
		each(a.Values[0], a.Values[1], values)
	}
}

// listNamespaces lists those that the case knows, in the order of their names;
// with count how many pages there are.
func (s *Session) listNamespaces(ctx context.Context) (string, error) {
	in := &sd.ListNamespacesInput{MaxResults: s.most("page"), NextToken: s.given("token")}
	s.filters(func(name, condition string, values []string) {
		if name == string(types.NamespaceFilterNameName) {
			for i := range values {
				if condition != string(types.FilterConditionBeginsWith) && s.symbols[values[i]] == "" {
					values[i] = s.namespaceName(values[i])
				}
			}
		}
		in.Filters = append(in.Filters, types.NamespaceFilter{
			Name: types.NamespaceFilterName(name), Condition: types.FilterCondition(condition), Values: values,
		})
	})
	var lines []string
	pages := 0
	out, err := s.times(func(int) error {
		var found []string
		pages, in.NextToken = 0, s.given("token")
		for {
			page, err := s.api.ListNamespaces(ctx, in)
			if err != nil {
				return err
			}
			pages++
			for _, n := range page.Namespaces {
				if s.known(text(n.Name)) {
					found = append(found, s.namespaceLine(text(n.Name), n.Type, n.Properties)+"\n")
				}
			}
			if in.NextToken = page.NextToken; in.NextToken == nil {
				lines = found
				return nil
			}
		}
	})
	slices.Sort(lines)
	if s.c.Has("count") && err == nil {
		return fmt.Sprintf("%d namespaces in %d pages\n", len(lines), pages) + out, nil
	}
	return strings.Join(lines, "") + out, err
}

// known says whether a namespace is one of this case: an account has others.
func (s *Session) known(name string) bool {
	return s.o.Namespace(name) == name || s.symbols[name] != ""
}
