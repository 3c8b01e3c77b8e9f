package cloud

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

// steady is a fleet of one service with two tasks.
func steady(t *testing.T, cfg Config) (c *Cloud, id string) {
	t.Helper()
	c = New(cfg)
	if err := c.SeedFleet(Fleet{Services: []FleetService{{Name: "orders", Tasks: 2, TTL: 5 * time.Second}}}); err != nil {
		t.Fatal(err)
	}
	id, ok := c.ServiceID("orders.external-dns-test.internal")
	if !ok {
		t.Fatal("the fleet has no name")
	}
	return c, id
}

func registerOne(t *testing.T, c *Cloud, id, instance string) string {
	t.Helper()
	out, err := c.CloudMap().RegisterInstance(context.Background(), &servicediscovery.RegisterInstanceInput{
		ServiceId: &id, InstanceId: &instance, Attributes: map[string]string{keyIPv4: "10.0.1.200"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return *out.OperationId
}

func statusOf(t *testing.T, c *Cloud, op string) types.Operation {
	t.Helper()
	out, err := c.CloudMap().GetOperation(context.Background(), &servicediscovery.GetOperationInput{OperationId: &op})
	if err != nil {
		t.Fatal(err)
	}
	return *out.Operation
}

func TestSlowAndFailedOperations(t *testing.T) {
	c, id := steady(t, Config{Timing: Fast()})
	var asked []string
	c.Disturb(Disturber{Operation: func(_ time.Time, kind types.OperationType, names []string) Disturbance {
		asked = append(asked, string(kind)+" "+names[1])
		switch {
		case slices.Contains(names, "slow"):
			return Disturbance{Later: time.Hour}
		case slices.Contains(names, "bad"):
			return Disturbance{Fail: "ACCESS_DENIED"}
		}
		return Disturbance{}
	}})
	slow, bad, good := registerOne(t, c, id, "slow"), registerOne(t, c, id, "bad"), registerOne(t, c, id, "good")
	c.Advance(c.Now().Add(time.Minute))
	if s := statusOf(t, c, slow).Status; s != types.OperationStatusPending {
		t.Errorf("the slow one is %s after a minute", s)
	}
	if o := statusOf(t, c, bad); o.Status != types.OperationStatusFail || *o.ErrorCode != "ACCESS_DENIED" {
		t.Errorf("the bad one is %s with %v", o.Status, o.ErrorCode)
	}
	if s := statusOf(t, c, good).Status; s != types.OperationStatusSuccess {
		t.Errorf("the good one is %s", s)
	}
	c.Advance(c.Now().Add(time.Hour))
	if s := statusOf(t, c, slow).Status; s != types.OperationStatusSuccess {
		t.Errorf("the slow one is %s after its hour", s)
	}
	ids := []string{}
	for _, i := range c.Instances(id) {
		ids = append(ids, i.ID)
	}
	if slices.Contains(ids, "bad") || !slices.Contains(ids, "slow") {
		t.Errorf("instances: %v", ids)
	}
	if want := []string{"REGISTER_INSTANCE slow", "REGISTER_INSTANCE bad", "REGISTER_INSTANCE good"}; !slices.Equal(asked, want) {
		t.Errorf("asked about %v, want %v", asked, want)
	}
}

func TestStaleDiscover(t *testing.T) {
	c, id := steady(t, Config{Timing: Fast()})
	found := func() int {
		out, err := c.CloudMap().DiscoverInstances(context.Background(), &servicediscovery.DiscoverInstancesInput{
			NamespaceName: ptr("external-dns-test.internal"), ServiceName: ptr("orders"),
		})
		if err != nil {
			t.Fatal(err)
		}
		return len(out.Instances)
	}
	c.Disturb(Disturber{Discover: func(_ time.Time, names []string) time.Duration {
		if !slices.Contains(names, "orders.external-dns-test.internal") || !slices.Contains(names, id) {
			t.Errorf("asked with the names %v", names)
		}
		return time.Minute
	}})
	registerOne(t, c, id, "third")
	c.Advance(c.Now().Add(50 * time.Second))
	if n := found(); n != 2 || len(c.Instances(id)) != 3 {
		t.Errorf("discovered %d of %d while stale", n, len(c.Instances(id)))
	}
	// DNS is not concerned.
	if a := c.Answer(0, "orders.external-dns-test.internal", "A"); len(a.Records) != 3 {
		t.Errorf("DNS has %d addresses", len(a.Records))
	}
	c.Advance(c.Now().Add(20 * time.Second))
	if n := found(); n != 3 {
		t.Errorf("discovered %d after the minute", n)
	}
}

// What is remembered is bounded, however long the lab runs, and as far as it
// goes back it is the same as without a bound.
func TestHistoryIsBounded(t *testing.T) {
	const window = 2 * time.Minute
	run := func(history time.Duration) *Cloud {
		c, id := steady(t, Config{Timing: Fast(), History: history})
		for n := range 2000 {
			registerOne(t, c, id, "churn")
			c.Advance(c.Now().Add(time.Second))
			if n%3 == 0 {
				c.ContainerExited(c.Tasks()[0].ID)
			}
			if _, err := c.CloudMap().DeregisterInstance(context.Background(), &servicediscovery.DeregisterInstanceInput{ServiceId: &id, InstanceId: ptr("churn")}); err != nil {
				t.Fatal(err)
			}
			c.Advance(c.Now().Add(time.Second))
		}
		return c
	}
	bounded, whole := run(window), run(0)
	id, _ := bounded.ServiceID("orders.external-dns-test.internal")
	if n := len(bounded.opOrder); n > 1000 || n != len(bounded.operations) {
		t.Errorf("%d operations are remembered, %d by id", n, len(bounded.operations))
	}
	if n := len(bounded.taskOrder); n > 200 || n != len(bounded.tasks) {
		t.Errorf("%d tasks are remembered, %d by id", n, len(bounded.tasks))
	}
	some, all := bounded.Views(id), whole.Views(id)
	if len(some) > 3000 || len(all) < 4000 {
		t.Errorf("%d views with a bound, %d without", len(some), len(all))
	}
	past := bounded.Now().Add(-window)
	recent := func(views []View) (out []View) {
		for _, v := range views {
			if !v.At.Before(past) {
				out = append(out, v)
			}
		}
		return out
	}
	a, b := recent(some), recent(all)
	if len(a) == 0 || !slices.EqualFunc(a, b, func(a, b View) bool {
		return a.At.Equal(b.At) && a.Server == b.Server && a.TTL == b.TTL && slices.Equal(a.Addrs, b.Addrs)
	}) {
		t.Errorf("the last two minutes are not the same: %d and %d views", len(a), len(b))
	}
	for server := range bounded.Servers() {
		if !slices.ContainsFunc(some, func(v View) bool { return v.Server == server && v.At.Before(past) }) {
			t.Errorf("what server %d said before is forgotten", server)
		}
	}
}

// A service that changes seldom has few views and events in its past, and they are
// forgotten for their age alone.
func TestLittleHistoryIsBoundedToo(t *testing.T) {
	const window = time.Minute
	run := func(history time.Duration) (*Cloud, *ecsService, string) {
		c, id := steady(t, Config{Timing: Fast(), History: history})
		var svc *ecsService
		for _, cl := range c.clusters {
			svc = cl.services[0]
		}
		for range 60 { // one task is replaced in half a minute
			if !c.KillTask(c.Tasks()[0].ID) {
				t.Fatal("no task to kill")
			}
			c.Advance(c.Now().Add(window / 2))
		}
		return c, svc, id
	}
	bounded, some, id := run(window)
	whole, all, wid := run(0)
	past := bounded.Now().Add(-window)

	// Views: those of two windows, and one of each server from before.
	if n, most := len(bounded.Views(id)), len(whole.Views(wid))/8; n > most {
		t.Errorf("%d views, want at most %d of %d", n, most, len(whole.Views(wid)))
	}
	if n, most := len(bounded.DiscoverViews(id)), len(whole.DiscoverViews(wid))/8; n > most {
		t.Errorf("%d views of DiscoverInstances, want at most %d of %d", n, most, len(whole.DiscoverViews(wid)))
	}
	if !bounded.DiscoverViews(id)[0].At.Before(past) {
		t.Error("what DiscoverInstances said before is forgotten")
	}

	// Events: those of the window, and what it took to become steady.
	if len(all.events) != maxEvents {
		t.Fatalf("%d events without a bound, want AWS's %d", len(all.events), maxEvents)
	}
	n := 0
	for n < len(all.events) && !all.events[n].CreatedAt.Before(past) {
		n++
	}
	if len(some.events) < n || len(some.events) > 2*n {
		t.Errorf("%d events with a bound, %d in the window", len(some.events), n)
	}
	for k := range n {
		if a, b := *some.events[k].Message, *all.events[k].Message; a != b {
			t.Errorf("event %d is %q, without a bound %q", k, a, b)
		}
	}
}

// What a service says once stays until it is steady, or it would say it again.
func TestWhatIsSaidOnceIsNotForgotten(t *testing.T) {
	c, _ := steady(t, Config{Timing: Fast(), History: time.Minute})
	for _, cl := range c.clusters {
		svc := cl.services[0]
		for range 5 {
			svc.tell(c, "was unable to place a task.")
			svc.event(c, "has started something.")
			c.Advance(c.Now().Add(2 * time.Minute))
		}
		said := 0
		for _, e := range svc.events {
			if *e.Message == svc.message("was unable to place a task.") {
				said++
			}
		}
		if said != 1 {
			t.Errorf("said %d times", said)
		}
	}
}
