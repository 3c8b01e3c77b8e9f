package conformance

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	sd "github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

// records reads records=TYPE:TTL or records=(TYPE:TTL,…); without TTL none is sent.
func (s *Session) records() []types.DnsRecord {
	var out []types.DnsRecord
	for _, a := range s.c.Args {
		if a.Key != "records" {
			continue
		}
		for _, v := range a.Values {
			kind, ttl, _ := strings.Cut(v, ":")
			n, err := strconv.ParseInt(ttl, 10, 64)
			if err != nil {
				s.bad = cmp.Or(s.bad, fmt.Errorf("records: %w", err))
			}
			out = append(out, types.DnsRecord{Type: types.RecordType(kind), TTL: &n})
		}
	}
	return out
}

// check reads check, check=TYPE, path=P and threshold=N.
func (s *Session) check() *types.HealthCheckConfig {
	if !s.c.Has("check") {
		return nil
	}
	return &types.HealthCheckConfig{
		Type: types.HealthCheckType(s.arg("check", "TCP")), ResourcePath: s.given("path"), FailureThreshold: s.most("threshold"),
	}
}

func (s *Session) createService(ctx context.Context) (string, error) {
	name := s.arg("name", usualService)
	in := &sd.CreateServiceInput{Description: s.given("description"), Tags: s.tagList(), HealthCheckConfig: s.check()}
	if id := s.ns(ctx); s.c.Has("arn") {
		in.NamespaceId = ptr(s.namespaceARN(ctx, id))
	} else if !s.c.Has("no-ns") {
		in.NamespaceId = &id
	}
	if records := s.records(); records != nil {
		in.DnsConfig = &types.DnsConfig{DnsRecords: records, RoutingPolicy: types.RoutingPolicy(s.arg("policy", ""))}
	}
	if s.c.Has("http") {
		in.Type = types.ServiceTypeOptionHttp
	}
	if t := s.arg("type", ""); t != "" {
		in.Type = types.ServiceTypeOption(t)
	}
	if s.c.Has("custom") {
		in.HealthCheckCustomConfig = &types.HealthCheckCustomConfig{FailureThreshold: ptr(int32(s.number("custom", 1)))} //nolint:staticcheck // deprecated, and what most infrastructure code sends
	}
	var made *types.Service
	said, err := s.times(func(n int) error {
		called := name
		if s.c.Has("times") {
			called += "-" + strconv.Itoa(n)
		}
		in.Name = ptr(s.serviceName(called))
		s.calls++
		in.CreatorRequestId = ptr(s.o.Creator(s.calls))
		out, err := s.api.CreateService(ctx, in)
		if err != nil {
			return err
		}
		made = out.Service
		s.services = append(s.services, text(made.Id))
		return nil
	})
	if err != nil || s.c.Has("times") {
		return said, err
	}
	s.Call(text(made.Id), "srv:"+name)
	return s.serviceLine(made), nil
}

func (s *Session) serviceLine(svc *types.Service) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s", text(svc.Name), text(svc.Id), svc.Type)
	if svc.Description != nil {
		fmt.Fprintf(&b, " description=%q", *svc.Description)
	}
	if d := svc.DnsConfig; d != nil {
		fmt.Fprintf(&b, " %s", d.RoutingPolicy)
		for _, r := range d.DnsRecords {
			fmt.Fprintf(&b, " %s:%d", r.Type, number(r.TTL))
		}
	}
	if h := svc.HealthCheckCustomConfig; h != nil {
		fmt.Fprintf(&b, " custom=%d", number(h.FailureThreshold)) //nolint:staticcheck // AWS still answers with it
	}
	if h := svc.HealthCheckConfig; h != nil {
		fmt.Fprintf(&b, " check=%s%s:%d", h.Type, text(h.ResourcePath), number(h.FailureThreshold))
	}
	fmt.Fprintf(&b, " instances=%d\n", number(svc.InstanceCount))
	return b.String()
}

// updateService sends what is given; records=none sends an empty list.
func (s *Session) updateService(ctx context.Context) (string, error) {
	change := &types.ServiceChange{Description: s.given("description"), HealthCheckConfig: s.check()}
	switch {
	case s.arg("records", "") == "none":
		change.DnsConfig = &types.DnsConfigChange{DnsRecords: []types.DnsRecord{}}
	case s.c.Has("records"):
		change.DnsConfig = &types.DnsConfigChange{DnsRecords: s.records()}
	}
	out, err := s.api.UpdateService(ctx, &sd.UpdateServiceInput{Id: ptr(s.service(ctx, "name")), Service: change})
	if err != nil {
		return "", err
	}
	return s.submitted(out.OperationId), nil
}

// getService asks by id, or with arn by the ARN.
func (s *Session) getService(ctx context.Context) (string, error) {
	id := s.service(ctx, "name")
	if s.c.Has("arn") {
		id = s.serviceARN(ctx, id)
	}
	out, err := s.api.GetService(ctx, &sd.GetServiceInput{Id: &id})
	if err != nil {
		return "", err
	}
	return s.serviceLine(out.Service), nil
}

// serviceARN is the ARN of a service, or one that leads nowhere.
func (s *Session) serviceARN(ctx context.Context, id string) string {
	out, err := s.api.GetService(ctx, &sd.GetServiceInput{Id: &id})
	if err != nil {
		return "arn:aws:servicediscovery:::service/none"
	}
	return text(out.Service.Arn)
}

func (s *Session) deleteService(ctx context.Context) (string, error) {
	_, err := s.api.DeleteService(ctx, &sd.DeleteServiceInput{Id: ptr(s.service(ctx, "name"))})
	return "", err
}

// listServices prints how many pages there were, and the names in order.
func (s *Session) listServices(ctx context.Context) (string, error) {
	in := &sd.ListServicesInput{MaxResults: s.most("page")}
	if s.c.Has("ns") {
		in.Filters = []types.ServiceFilter{{Name: types.ServiceFilterNameNamespaceId, Values: []string{s.ns(ctx)}}}
	}
	s.filters(func(name, condition string, values []string) {
		in.Filters = append(in.Filters, types.ServiceFilter{
			Name: types.ServiceFilterName(name), Condition: types.FilterCondition(condition), Values: values,
		})
	})
	var names []string
	pages := 0
	out, err := s.times(func(int) error {
		names, pages, in.NextToken = nil, 0, s.given("token")
		for {
			page, err := s.api.ListServices(ctx, in)
			if err != nil {
				return err
			}
			pages++
			for _, svc := range page.Services {
				if s.o.Service(text(svc.Name)) == text(svc.Name) || s.symbols[text(svc.Name)] != "" {
					names = append(names, text(svc.Name))
				}
			}
			if in.NextToken = page.NextToken; in.NextToken == nil {
				return nil
			}
		}
	})
	if err != nil {
		return out, err
	}
	if s.c.Has("count") {
		return fmt.Sprintf("%d services in %d pages\n", len(names), pages) + out, nil
	}
	slices.Sort(names)
	line := fmt.Sprintf("%d pages:", pages)
	for _, n := range names {
		line += " " + n
	}
	return line + "\n" + out, nil
}
