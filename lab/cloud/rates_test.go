package cloud

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/smithy-go"
)

func TestProfilesByName(t *testing.T) {
	for _, name := range RateNames() {
		r, err := RatesNamed(name)
		if err != nil || r.Name != name {
			t.Errorf("%s: called %q, %v", name, r.Name, err)
		}
	}
	for _, name := range []string{"aws", "fast"} {
		p, err := TimingNamed(name)
		if err != nil || p.Name != name {
			t.Errorf("%s: called %q, %v", name, p.Name, err)
		}
	}
	for _, name := range []string{"none", "none/10", "mcs/", "mcs/0", "mcs/-1", "mcs/2.5", "mcs/1001", "/10", "mcs/10/10", ""} {
		if r, err := RatesNamed(name); err == nil {
			t.Errorf("rates %q: %+v and no error", name, r)
		}
	}
	if _, err := TimingNamed("slow"); err == nil {
		t.Error("timing slow: no error")
	}
	if MCS().CloudMap["RegisterInstance"] == AppMesh().CloudMap["RegisterInstance"] {
		t.Error("two columns are one")
	}
}

// An account of which others use nine tenths.
func TestRatesDivided(t *testing.T) {
	tenth, err := RatesNamed("mcs/10")
	if err != nil || tenth.Name != "mcs/10" {
		t.Fatalf("%q, %v", tenth.Name, err)
	}
	for operation, want := range map[string]Rate{
		"RegisterInstance": {PerSecond: 5, Burst: 10},
		"ListNamespaces":   {PerSecond: 0.05, Burst: 1}, // of a burst of 5
	} {
		if got := tenth.CloudMap[operation]; got != want {
			t.Errorf("%s: %+v, want %+v", operation, got, want)
		}
	}
	if got, want := tenth.ECS["ListServices"], (Rate{PerSecond: 2, Burst: 10, Bucket: "service read"}); got != want {
		t.Errorf("ListServices: %+v, want %+v", got, want)
	}
	if MCS().CloudMap["RegisterInstance"].PerSecond != 50 {
		t.Error("the profile itself was divided")
	}
	if r, err := RatesNamed("unlimited/10"); err != nil || r.CloudMap != nil {
		t.Errorf("a tenth of no limit: %+v, %v", r, err)
	}
}

// Operations of one category take from one bucket, and an account-wide rate
// from one for all.
func TestSharedBuckets(t *testing.T) {
	c := New(Config{Rates: MCS()})
	ctx := context.Background()
	var refused error
	for n := range 101 {
		var err error
		if n%2 == 0 {
			_, err = c.ECS().ListServices(ctx, &ecs.ListServicesInput{Cluster: ptr("x")})
		} else {
			_, err = c.ECS().DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: ptr("x"), Services: []string{"y"}})
		}
		refused = err
	}
	var api smithy.APIError
	if !errors.As(refused, &api) || api.ErrorCode() != "ThrottlingException" {
		t.Errorf("the 101st read of services at once: %v", refused)
	}
	r := MCS().Route53
	for n, want := range []bool{true, true, true, true, true, false} {
		if got := c.take(r, "route53:", []string{"ListHostedZones", "GetHostedZone"}[n%2]); got != want {
			t.Errorf("call %d of Route 53 is taken: %v", n+1, got)
		}
	}
	c.Advance(c.Now().Add(200 * time.Millisecond))
	if !c.take(r, "route53:", "GetChange") {
		t.Error("a fifth of a second later there is no token")
	}
}
