package aws_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/tranship/tranship/lab/aws"
	"github.com/tranship/tranship/lab/cloud"
)

// estates are two accounts, the first in two regions, behind one endpoint.
type estates struct {
	models map[string]*cloud.Cloud // by account and region
	client sdk.Config
	mu     sync.Mutex
	calls  []aws.Call
}

const away, awayRole = "111122223333", "arn:aws:iam::111122223333:role/team/tranship"

func buildEstates(t *testing.T) *estates {
	t.Helper()
	e := &estates{models: map[string]*cloud.Cloud{}}
	var sites []aws.Site
	for i, at := range [][2]string{{"123456789012", "ap-south-1"}, {"123456789012", "eu-west-1"}, {away, "ap-south-1"}} {
		m := cloud.New(cloud.Config{Seed: uint64(i), Start: time.Now(), Account: at[0], Region: at[1], Roles: []cloud.Role{{ARN: awayRole}}})
		if err := m.SeedFleet(cloud.Fleet{Namespace: "shop.internal", Services: []cloud.FleetService{{Name: "svc-" + at[0] + "-" + at[1], Tasks: 1}}}); err != nil {
			t.Fatal(err)
		}
		e.models[at[0]+"/"+at[1]] = m
		sites = append(sites, aws.Site{Account: at[0], Region: at[1], Services: services(m)})
	}
	h, err := aws.NewHandler(aws.Config{
		Credentials: aws.Credentials{AccessKeyID: "AKIALAB", SecretAccessKey: "s"},
		Region:      sites[0].Region, Account: sites[0].Account, Services: sites[0].Services, Others: sites[1:],
		Sessions: e.models["123456789012/ap-south-1"].Session,
		Record:   func(c aws.Call) { e.mu.Lock(); defer e.mu.Unlock(); e.calls = append(e.calls, c) },
	})
	if err != nil {
		t.Fatal(err)
	}
	client, end := overTheWire(t, h, sites[0].Region)
	t.Cleanup(end)
	e.client = client
	return e
}

func (e *estates) last() aws.Call {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.calls[len(e.calls)-1]
}

// assume takes the role and gives clients of it.
func (e *estates) assume(t *testing.T) (sdk.Config, *sts.AssumeRoleOutput) {
	t.Helper()
	out, err := sts.NewFromConfig(e.client).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: sdk.String(awayRole), RoleSessionName: sdk.String("move")})
	if err != nil {
		t.Fatal(err)
	}
	if c := e.last(); c.Action() != "sts:AssumeRole" || c.Resource != awayRole || c.Account != "123456789012" {
		t.Errorf("recorded %+v", c)
	}
	cfg := e.client.Copy()
	cfg.Credentials = credentials.NewStaticCredentialsProvider(*out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, *out.Credentials.SessionToken)
	return cfg, out
}

func only(ctx context.Context, cfg sdk.Config) (string, error) {
	out, err := servicediscovery.NewFromConfig(cfg).ListServices(ctx, &servicediscovery.ListServicesInput{})
	if err != nil {
		return "", err
	}
	var all []string
	for _, s := range out.Services {
		all = append(all, *s.Name)
	}
	return strings.Join(all, " "), nil
}

// Key and region say whose services are seen.
func TestSites(t *testing.T) {
	e := buildEstates(t)
	under, _ := e.assume(t)
	other := e.client.Copy()
	other.Region = "eu-west-1"
	for want, cfg := range map[string]sdk.Config{
		"svc-123456789012-ap-south-1": e.client, "svc-123456789012-eu-west-1": other, "svc-" + away + "-ap-south-1": under,
	} {
		if got, err := only(t.Context(), cfg); err != nil || got != want {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
		if c := e.last(); !strings.Contains(want, c.Account) || c.Principal == "" {
			t.Errorf("recorded %+v", c)
		}
	}
	who, err := sts.NewFromConfig(under).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil || *who.Account != away || *who.Arn != "arn:aws:sts::"+away+":assumed-role/tranship/move" || !strings.HasSuffix(*who.UserId, ":move") {
		t.Errorf("identity %+v, %v", who, err)
	}
	// Who asks from there is named as the session that it is.
	if _, err := sts.NewFromConfig(under).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: sdk.String("arn:aws:iam::" + away + ":role/none"), RoleSessionName: sdk.String("move")}); err == nil ||
		!strings.Contains(err.Error(), "User: arn:aws:sts::"+away+":assumed-role/tranship/move is not authorized") {
		t.Errorf("a role that is not there: %v", err)
	}
	under.Region = "eu-west-1"
	if _, err := only(t.Context(), under); code(err) != "InvalidSignatureException" {
		t.Errorf("a region that the account has not: %v", err)
	}
}

// A key that was given out is good with its own token, its own secret, and in its time.
func TestSessions(t *testing.T) {
	e := buildEstates(t)
	_, out := e.assume(t)
	c := out.Credentials
	try := func(id, secret, token string) string {
		cfg := e.client.Copy()
		cfg.Credentials = credentials.NewStaticCredentialsProvider(id, secret, token)
		_, err := only(t.Context(), cfg)
		return code(err)
	}
	for what, got := range map[string][2]string{
		"as given":         {try(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken), ""},
		"without a token":  {try(*c.AccessKeyId, *c.SecretAccessKey, ""), "UnrecognizedClientException"},
		"another token":    {try(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken+"x"), "UnrecognizedClientException"},
		"another secret":   {try(*c.AccessKeyId, "s", *c.SessionToken), "InvalidSignatureException"},
		"the lab's own":    {try("AKIALAB", "s", *c.SessionToken), "UnrecognizedClientException"},
		"one nobody has":   {try("ASIANOBODY", *c.SecretAccessKey, *c.SessionToken), "UnrecognizedClientException"},
		"the lab's secret": {try("AKIALAB", *c.SecretAccessKey, ""), "InvalidSignatureException"},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: %q, want %q", what, got[0], got[1])
		}
	}
	model := e.models["123456789012/ap-south-1"]
	model.Advance(c.Expiration.Add(-time.Second))
	if got := try(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken); got != "" {
		t.Errorf("a second before its end: %s", got)
	}
	model.Advance(*c.Expiration)
	if got := try(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken); got != "ExpiredTokenException" {
		t.Errorf("after its end: %q", got)
	}
	model.Advance(c.Expiration.Add(2 * time.Hour))
	e.assume(t) // a new one; the old is forgotten
	if got := try(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken); got != "UnrecognizedClientException" {
		t.Errorf("long after its end: %q", got)
	}
}

func code(err error) string {
	if err == nil {
		return ""
	}
	var api smithy.APIError
	if !errors.As(err, &api) {
		return err.Error()
	}
	return api.ErrorCode()
}

func TestNewHandlerRefusesSites(t *testing.T) {
	m := cloud.New(cloud.Config{})
	good := aws.Site{Account: away, Region: "ap-south-1", Services: services(m)}
	for name, others := range map[string][]aws.Site{
		"twice": {good, good}, "as the first": {{Account: "123456789012", Region: "ap-south-1", Services: good.Services}},
		"no account": {{Region: "ap-south-1", Services: good.Services}}, "no region": {{Account: away, Services: good.Services}},
		"no services": {{Account: away, Region: "ap-south-1"}}, "a service twice": {{Account: away, Region: "ap-south-1", Services: append(good.Services[:1:1], good.Services[0])}},
		"one that the first has not": {{Account: away, Region: "ap-south-1", Services: []aws.Service{{Name: "ec2", Impl: m.EC2()}}}},
	} {
		_, err := aws.NewHandler(aws.Config{
			Credentials: aws.Credentials{AccessKeyID: "a", SecretAccessKey: "s"}, Region: "ap-south-1", Account: "123456789012",
			Services: []aws.Service{{Name: "servicediscovery", Impl: m.CloudMap()}, {Name: "ecs", Impl: m.ECS()}, {Name: "sts", Impl: m.STS()}}, Others: others,
		})
		if err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
