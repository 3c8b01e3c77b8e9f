package aws_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"

	"github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/pace"
)

// roles gives out sessions, or an error.
type roles struct {
	in   []*sts.AssumeRoleInput
	ends time.Time
	err  error
}

func (r *roles) AssumeRole(_ context.Context, in *sts.AssumeRoleInput, _ ...func(*sts.Options)) (*sts.AssumeRoleOutput, error) {
	r.in = append(r.in, in)
	if r.err != nil {
		return nil, r.err
	}
	return &sts.AssumeRoleOutput{Credentials: &types.Credentials{
		AccessKeyId: sdk.String("ASIA"), SecretAccessKey: sdk.String("s"), SessionToken: sdk.String("t"), Expiration: sdk.Time(r.ends),
	}}, nil
}

func mayNotAssume() error {
	return &smithy.OperationError{ServiceID: "STS", OperationName: "AssumeRole", Err: &smithy.GenericAPIError{
		Code: "AccessDenied", Message: "User: arn:aws:iam::1:user/a is not authorized to perform: sts:AssumeRole on resource: arn:r", Fault: smithy.FaultClient,
	}}
}

// A session is taken once, and again before it ends; while that fails, it serves on to its end.
func TestRole(t *testing.T) {
	now := time.Now()
	r := &roles{ends: now.Add(time.Hour)}
	c := aws.Role{ARN: "arn:r", ExternalID: "us"}.Credentials(r, func() time.Time { return now })
	for range 3 {
		if v, err := c.Retrieve(t.Context()); err != nil || v.AccessKeyID != "ASIA" || v.SecretAccessKey != "s" || v.SessionToken != "t" {
			t.Fatal(v, err)
		}
	}
	if len(r.in) != 1 || *r.in[0].RoleArn != "arn:r" || *r.in[0].ExternalId != "us" || *r.in[0].RoleSessionName != "tranship" {
		t.Errorf("asked %d times: %+v", len(r.in), r.in[0])
	}

	r = &roles{ends: now.Add(time.Minute)} // within what is renewed
	c = aws.Role{ARN: "arn:r", Session: "move"}.Credentials(r, func() time.Time { return now })
	if _, err := c.Retrieve(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r.in[0].ExternalId != nil || *r.in[0].RoleSessionName != "move" {
		t.Errorf("%+v", r.in[0])
	}
	r.err = mayNotAssume()
	if v, err := c.Retrieve(t.Context()); err != nil || v.AccessKeyID != "ASIA" || v.Expires.After(r.ends) {
		t.Errorf("a minute before its end: %v, %v", v, err)
	}
	if n := len(r.in); n != 2 {
		t.Errorf("asked %d times", n)
	}
	if _, err := c.Retrieve(t.Context()); err != nil || len(r.in) != 2 {
		t.Errorf("at once again: %v, asked %d times", err, len(r.in))
	}

	now, r = now.Add(2*time.Minute), &roles{ends: now.Add(time.Minute)} // the clock is past its end
	c = aws.Role{ARN: "arn:r"}.Credentials(r, func() time.Time { return now })
	if _, err := c.Retrieve(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.err = mayNotAssume()
	role := (*aws.RoleError)(nil)
	if _, err := c.Retrieve(t.Context()); !errors.As(err, &role) || role.ARN != "arn:r" || !errors.Is(err, names.ErrDenied) {
		t.Errorf("after its end: %v", err)
	}
}

// What fails is said once, of the call that was wanted, in one line that names the
// role; its class is that of AssumeRole.
func TestRoleErrors(t *testing.T) {
	throttle := &smithy.GenericAPIError{Code: "Throttling", Message: "Rate exceeded"}
	for what, c := range map[string]struct {
		err   error
		class error
		says  string
	}{
		"refused": {mayNotAssume(), names.ErrDenied, "ListServices of Cloud Map namespace shop: the role arn:r can't be assumed: denied: the credentials need the permission sts:AssumeRole (`tranship iam` prints policies): " +
			"AccessDenied: User: arn:aws:iam::1:user/a is not authorized to perform: sts:AssumeRole on resource: arn:r; and the role's trust policy must name them, with the external id that is given here if it asks for one"},
		"throttled": {throttle, names.ErrThrottled, "the role arn:r can't be assumed: throttled: Throttling: Rate exceeded"},
		"no answer": {errors.New("EOF"), names.ErrUnreachable, "the role arn:r can't be assumed: no answer: EOF"},
		"no key":    {&smithy.GenericAPIError{Code: "ExpiredToken", Message: "old"}, names.ErrDenied, "can't be assumed: denied: AWS does not accept the credentials: ExpiredToken: old"},
	} {
		alone(t)
		now := time.Now()
		sent := 0
		pacer, err := pace.New([]pace.Rate{{Op: "servicediscovery:ListServices", PerSecond: 1, Burst: 1}}, 1)
		if err != nil {
			t.Fatal(err)
		}
		o := aws.Options{HTTPClient: wire(func(*http.Request) (*http.Response, error) { sent++; return say(http.StatusOK, `{}`), nil })}
		cfg := load(t, o)
		o.Region, o.Credentials = "eu-west-1", aws.Role{ARN: "arn:r"}.Credentials(&roles{err: c.err}, func() time.Time { return now })
		o.Pacing = aws.NewPacing(pacer, func() time.Time { return now }, nil, time.Second)
		_, err = servicediscovery.NewFromConfig(aws.Under(cfg, o)).ListServices(t.Context(), &servicediscovery.ListServicesInput{})
		err = aws.Wrap("servicediscovery", "ListServices", "Cloud Map namespace shop", err)
		if !errors.Is(err, c.class) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") || strings.Count(err.Error(), "arn:r can't") != 1 {
			t.Errorf("%s: %v", what, err)
		}
		if again := aws.Wrap("ecs", "Other", "x", err); !errors.Is(again, err) || again.Error() != err.Error() {
			t.Errorf("%s: wrapped twice: %v", what, again)
		}
		if sent != 0 {
			t.Errorf("%s: the call was sent", what)
		}
		if rate := pacer.PerSecond(now, "servicediscovery:ListServices"); rate != 1 {
			t.Errorf("%s: the call's own rate fell to %v", what, rate)
		}
	}
}

// Under is the same but for region, credentials and pacing: the lease is looked at, too.
func TestUnder(t *testing.T) {
	alone(t)
	var hosts []string
	o := aws.Options{
		Version: "1", Allowed: func() error { return errors.New("no lease") },
		HTTPClient: wire(func(r *http.Request) (*http.Response, error) {
			hosts = append(hosts, r.URL.Host+" "+r.Header.Get("X-Amz-Security-Token"))
			return say(http.StatusOK, `{}`), nil
		}),
	}
	cfg := load(t, o)
	o.Region = "eu-west-1"
	o.Credentials = aws.Role{ARN: "arn:r"}.Credentials(&roles{ends: time.Now().Add(time.Hour)}, time.Now)
	c := servicediscovery.NewFromConfig(aws.Under(cfg, o))
	if _, err := c.ListServices(t.Context(), &servicediscovery.ListServicesInput{}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.DeleteService(t.Context(), &servicediscovery.DeleteServiceInput{Id: sdk.String("srv-1")}); !errors.Is(err, aws.ErrNotSent) {
		t.Errorf("a write without the lease: %v", err)
	}
	if len(hosts) != 1 || hosts[0] != "servicediscovery.eu-west-1.amazonaws.com t" {
		t.Errorf("sent %q", hosts)
	}
	if aws.Mutating("AssumeRole") || !aws.Mutating("CreateService") {
		t.Error("AssumeRole changes nothing, CreateService does")
	}
}
