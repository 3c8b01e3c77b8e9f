package aws

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	cmtypes "github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

// arrives tells whether err holds the typed error want, with all its members.
func arrives[E error](t *testing.T, err error, want E) {
	t.Helper()
	var got E
	if !errors.As(err, &got) {
		t.Fatalf("got %v (%T), want a %T", err, err, want)
	}
	if d := cmp.Diff(want, got, sameAPI()); d != "" {
		t.Errorf("-given +got:\n%s", d)
	}
}

// typed is an error together with how it is to arrive.
type typed struct {
	given   error
	arrives func(*testing.T, error)
}

func as[E error](want E) typed {
	return typed{want, func(t *testing.T, err error) {
		t.Helper()
		arrives(t, err, want)
	}}
}

func TestTypedErrorsArrive(t *testing.T) {
	e := serve(t)
	cfg := e.config(t)
	cm, ecsc := servicediscovery.NewFromConfig(cfg), ecs.NewFromConfig(cfg)
	gives := func(err error) { e.answer = func(string, any) (any, error) { return nil, err } }
	ctx, s := t.Context(), sdk.String

	for _, c := range []typed{
		as(&cmtypes.DuplicateRequest{Message: s("Another operation is under way."), DuplicateOperationId: s("op-1")}),
		as(&cmtypes.InvalidInput{Message: s("no <&> \"such\" thing")}),
		as(&cmtypes.ResourceInUse{Message: s("in use")}),
		as(&cmtypes.ResourceLimitExceeded{Message: s("limit")}),
		as(&cmtypes.ServiceNotFound{Message: s("Service not found")}),
	} {
		gives(c.given)
		_, err := cm.RegisterInstance(ctx, &servicediscovery.RegisterInstanceInput{
			ServiceId: s("srv-1"), InstanceId: s("i-1"), Attributes: map[string]string{"AWS_INSTANCE_IPV4": "10.0.0.1"},
		})
		c.arrives(t, err)
	}

	inst := &cmtypes.InstanceNotFound{Message: s("gone")}
	gives(inst)
	_, err := cm.DeregisterInstance(ctx, &servicediscovery.DeregisterInstanceInput{ServiceId: s("srv-1"), InstanceId: s("i-1")})
	arrives(t, err, inst)

	health := &cmtypes.CustomHealthNotFound{Message: s("no custom health")}
	gives(health)
	_, err = cm.UpdateInstanceCustomHealthStatus(ctx, &servicediscovery.UpdateInstanceCustomHealthStatusInput{
		ServiceId: s("srv-1"), InstanceId: s("i-1"), Status: cmtypes.CustomHealthStatusUnhealthy,
	})
	arrives(t, err, health)

	exists := &cmtypes.ServiceAlreadyExists{Message: s("there"), ServiceId: s("srv-1"), ServiceArn: s("arn:aws:x"), CreatorRequestId: s("tok")}
	gives(exists)
	_, err = cm.CreateService(ctx, &servicediscovery.CreateServiceInput{Name: s("orders")})
	arrives(t, err, exists)

	limit := &cmtypes.RequestLimitExceeded{Message: s("slow down")}
	gives(limit)
	_, err = cm.DiscoverInstances(ctx, &servicediscovery.DiscoverInstancesInput{NamespaceName: s("n"), ServiceName: s("s")})
	arrives(t, err, limit)

	notFound := &ecstypes.ServiceNotFoundException{Message: s("no such service")}
	gives(notFound)
	_, err = ecsc.UpdateService(ctx, &ecs.UpdateServiceInput{Service: s("svc-001")})
	arrives(t, err, notFound)

	server := &ecstypes.ServerException{Message: s("broken")}
	gives(server)
	_, err = ecsc.UpdateService(ctx, &ecs.UpdateServiceInput{Service: s("svc-001")})
	arrives(t, err, server)
	wantStatus(t, err, http.StatusInternalServerError)
}

func wantStatus(t *testing.T, err error, status int) {
	t.Helper()
	var resp *awshttp.ResponseError
	if !errors.As(err, &resp) {
		t.Fatalf("got %v, want an HTTP response error", err)
	}
	if resp.HTTPStatusCode() != status || resp.ServiceRequestID() == "" {
		t.Errorf("status %d, request id %q; want %d and some id", resp.HTTPStatusCode(), resp.ServiceRequestID(), status)
	}
}

// wantCode checks a generic error: code, HTTP status, and that a request id came.
func wantCode(t *testing.T, err error, code string, status int) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) {
		t.Fatalf("got %v, want an API error %s", err, code)
	}
	if api.ErrorCode() != code {
		t.Errorf("code %s, want %s: %v", api.ErrorCode(), code, err)
	}
	wantStatus(t, err, status)
}

// faulty is an error that says its own HTTP status, as an injected fault does.
type faulty struct{ smithy.GenericAPIError }

func (*faulty) HTTPStatusCode() int { return http.StatusServiceUnavailable }

func TestGenericErrors(t *testing.T) {
	e := serve(t)
	cfg := e.config(t)
	call := map[string]func() error{
		"json": func() error {
			_, err := ecs.NewFromConfig(cfg).ListTasks(t.Context(), &ecs.ListTasksInput{})
			return err
		},
		"query": func() error {
			_, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
			return err
		},
		"ec2": func() error {
			_, err := ec2.NewFromConfig(cfg).DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{})
			return err
		},
	}
	for _, c := range []struct {
		name   string
		give   func() error
		codes  map[string]string
		status int
	}{
		{"throttled", func() error { return &smithy.GenericAPIError{Code: "ThrottlingException", Message: "Rate exceeded"} },
			map[string]string{"json": "ThrottlingException", "query": "ThrottlingException", "ec2": "ThrottlingException"}, 400},
		{"server's fault", func() error {
			return &smithy.GenericAPIError{Code: "Broken", Message: "x", Fault: smithy.FaultServer}
		}, map[string]string{"json": "Broken", "query": "Broken", "ec2": "Broken"}, 500},
		{"with a status of its own", func() error {
			return &faulty{smithy.GenericAPIError{Code: "ServiceUnavailable", Message: "x"}}
		}, map[string]string{"json": "ServiceUnavailable", "query": "ServiceUnavailable", "ec2": "ServiceUnavailable"}, 503},
		{"not an AWS error", func() error { return errors.New("the model is confused") },
			map[string]string{"json": "InternalFailure", "query": "InternalFailure", "ec2": "InternalError"}, 500},
		{"a panic", func() error { panic("the model fell over") },
			map[string]string{"json": "InternalFailure", "query": "InternalFailure", "ec2": "InternalError"}, 500},
	} {
		for _, proto := range sortedKeys(call) {
			t.Run(c.name+"/"+proto, func(t *testing.T) {
				e.answer = func(string, any) (any, error) { return nil, c.give() }
				err := call[proto]()
				wantCode(t, err, c.codes[proto], c.status)
				if rec := e.last(t); rec.ErrorCode != c.codes[proto] || rec.Status != c.status || rec.Message == "" {
					t.Errorf("recorded %+v", rec)
				}
				if strings.Contains(err.Error(), "fell over") || strings.Contains(err.Error(), "confused") {
					t.Errorf("the inside of the model got out: %v", err)
				}
			})
		}
	}
}
