package conformance

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	sd "github.com/aws/aws-sdk-go-v2/service/servicediscovery"
)

// attributeArgs are the attributes that have an argument of their own.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_RegisterInstance.html
var attributeArgs = []struct{ arg, key string }{
	{"ip", "AWS_INSTANCE_IPV4"}, {"ip6", "AWS_INSTANCE_IPV6"}, {"port", "AWS_INSTANCE_PORT"}, {"cname", "AWS_INSTANCE_CNAME"},
	{"init", "AWS_INIT_HEALTH_STATUS"}, {"alias", "AWS_ALIAS_DNS_NAME"}, {"ec2", "AWS_EC2_INSTANCE_ID"},
}

func (s *Session) attributes() map[string]string {
	all := s.with("with-")
	for _, a := range attributeArgs {
		if v := s.given(a.arg); v != nil {
			all[a.key] = *v
		}
	}
	for i := range s.number("custom", 0) {
		all["k"+strconv.Itoa(i)] = "v"
	}
	if n := s.number("long", 0); n > 0 {
		all["long"] = strings.Repeat("x", n)
	}
	return all
}

// register registers one instance, or with times=N as many, each with an
// address of its own.
func (s *Session) register(ctx context.Context) (string, error) {
	a := s.attributes()
	service, id := s.service(ctx, "service"), s.ID(s.arg("id", "i-1"))
	var op *string
	out, err := s.times(func(n int) error {
		s.calls++
		in := &sd.RegisterInstanceInput{ServiceId: &service, InstanceId: ptr(id), Attributes: a, CreatorRequestId: ptr(s.o.Creator(s.calls))}
		if v := s.given("creator"); v != nil {
			in.CreatorRequestId = v
		}
		if s.c.Has("times") {
			in.InstanceId = ptr(id + "-" + strconv.Itoa(n))
			a["AWS_INSTANCE_IPV4"] = fmt.Sprintf("10.1.%d.%d", n/250, n%250+1)
		}
		out, err := s.api.RegisterInstance(ctx, in)
		if err == nil {
			op = out.OperationId
		}
		return err
	})
	if err != nil || s.c.Has("times") {
		return out, err
	}
	return s.submitted(op), nil
}

func (s *Session) deregister(ctx context.Context) (string, error) {
	out, err := s.api.DeregisterInstance(ctx, &sd.DeregisterInstanceInput{
		ServiceId: ptr(s.service(ctx, "service")), InstanceId: ptr(s.ID(s.arg("id", "i-1"))),
	})
	if err != nil {
		return "", err
	}
	return s.submitted(out.OperationId), nil
}

func (s *Session) getInstance(ctx context.Context) (string, error) {
	out, err := s.api.GetInstance(ctx, &sd.GetInstanceInput{
		ServiceId: ptr(s.service(ctx, "service")), InstanceId: ptr(s.ID(s.arg("id", "i-1"))),
	})
	if err != nil {
		return "", err
	}
	return text(out.Instance.Id) + sorted(out.Instance.Attributes) + "\n", nil
}

func (s *Session) listInstances(ctx context.Context) (string, error) {
	in := &sd.ListInstancesInput{ServiceId: ptr(s.service(ctx, "service")), MaxResults: s.most("page"), NextToken: s.given("token")}
	var b strings.Builder
	count, pages := 0, 0
	for {
		page, err := s.api.ListInstances(ctx, in)
		if err != nil {
			return "", err
		}
		pages++
		for _, i := range page.Instances {
			count++
			b.WriteString(text(i.Id) + sorted(i.Attributes) + "\n")
		}
		if in.NextToken = page.NextToken; in.NextToken == nil {
			break
		}
	}
	switch {
	case s.c.Has("count"):
		return fmt.Sprintf("%d instances in %d pages\n", count, pages), nil
	case count == 0:
		return "none\n", nil
	}
	return b.String(), nil
}
