package cloud_test

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	sd "github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tranship/tranship/lab/cloud"
)

func ptr[T any](v T) *T { return &v }

// step is one call by somebody, some time after the one before.
type step struct {
	after time.Duration
	what  int
	which int
}

func steps() *rapid.Generator[[]step] {
	one := rapid.Custom(func(t *rapid.T) step {
		return step{
			after: time.Duration(rapid.IntRange(0, 40_000).Draw(t, "after")) * time.Millisecond,
			what:  rapid.IntRange(0, 8).Draw(t, "what"),
			which: rapid.IntRange(0, 3).Draw(t, "which"),
		}
	})
	return rapid.Map(rapid.SliceOfN(one, 1, 20), func(all []step) []step {
		for i := range all {
			// So that no two calls, nor what follows a whole time after them, fall together.
			all[i].after += 1 << i
		}
		return all
	})
}

func config(t *rapid.T) cloud.Config {
	return cloud.Config{
		Seed: rapid.Uint64().Draw(t, "seed"), Log: true, Servers: rapid.IntRange(1, 3).Draw(t, "servers"),
		Reactions: cloud.Reactions{
			Deregister: rapid.SampledFrom([]cloud.Reaction{cloud.Ignore, cloud.Reregister, cloud.Replace}).Draw(t, "deregister"),
			Health:     rapid.SampledFrom([]cloud.Reaction{cloud.Ignore, cloud.Reassert, cloud.Replace}).Draw(t, "health"),
			After:      time.Duration(rapid.IntRange(0, 90).Draw(t, "react")) * time.Second,
		},
	}
}

func seeded(cfg cloud.Config) (*cloud.Cloud, string) {
	c := cloud.New(cfg)
	err := c.SeedFleet(cloud.Fleet{Namespace: "shop.internal", Cluster: "prod", Services: []cloud.FleetService{
		{Name: "orders", Tasks: 3, TTL: 10 * time.Second, CustomHealth: true, ContainerHealth: cfg.Seed%2 == 0},
	}})
	if err != nil {
		panic(err)
	}
	id, ok := c.ServiceID("orders.shop.internal")
	if !ok {
		panic("no service")
	}
	return c, id
}

// do carries out a step; what AWS refuses is part of the game.
func (s step) do(c *cloud.Cloud, id string) error {
	ctx, m := context.Background(), c.CloudMap()
	pod := fmt.Sprintf("pod-%d", s.which)
	task := pod
	if all := c.Tasks(); len(all) > 0 {
		task = all[s.which%len(all)].ID
	}
	var err error
	switch s.what {
	case 0, 1:
		_, err = m.RegisterInstance(ctx, &sd.RegisterInstanceInput{ServiceId: &id, InstanceId: &pod, Attributes: map[string]string{
			"AWS_INSTANCE_IPV4": fmt.Sprintf("10.9.%d.%d", s.what, s.which),
		}})
	case 2:
		_, err = m.DeregisterInstance(ctx, &sd.DeregisterInstanceInput{ServiceId: &id, InstanceId: &pod})
	case 3:
		_, err = m.DeregisterInstance(ctx, &sd.DeregisterInstanceInput{ServiceId: &id, InstanceId: &task})
	case 4:
		_, err = m.UpdateInstanceCustomHealthStatus(ctx, &sd.UpdateInstanceCustomHealthStatusInput{
			ServiceId: &id, InstanceId: &task, Status: types.CustomHealthStatusUnhealthy,
		})
	case 5:
		_, err = c.ECS().UpdateService(ctx, &ecs.UpdateServiceInput{Cluster: ptr("prod"), Service: ptr("orders"), DesiredCount: ptr(int32(s.which))})
	case 6:
		_, err = c.ECS().UpdateService(ctx, &ecs.UpdateServiceInput{Cluster: ptr("prod"), Service: ptr("orders"), ForceNewDeployment: true})
	case 7:
		_, err = m.UpdateService(ctx, &sd.UpdateServiceInput{Id: &id, Service: &types.ServiceChange{DnsConfig: &types.DnsConfigChange{
			DnsRecords: []types.DnsRecord{{Type: types.RecordTypeA, TTL: ptr(int64(s.which + 1))}},
		}}})
	case 8:
		c.ContainerExited(task)
	}
	return err
}

// play runs the steps, advancing at most stride at a time, and returns all that happened.
func play(cfg cloud.Config, all []step, stride time.Duration) string {
	c, id := seeded(cfg)
	var b strings.Builder
	to := func(t time.Time) {
		for c.Now().Before(t) {
			next := c.Now().Add(stride)
			if next.After(t) {
				next = t
			}
			c.Advance(next)
		}
		for _, e := range c.TakeEffects() {
			fmt.Fprintln(&b, e)
		}
	}
	for _, s := range all {
		to(c.Now().Add(s.after))
		fmt.Fprintln(&b, s, s.do(c, id))
	}
	to(c.Now().Add(20 * time.Minute))
	for _, e := range c.Log() {
		fmt.Fprintln(&b, e)
	}
	for _, v := range c.Views(id) {
		fmt.Fprintln(&b, v)
	}
	for _, i := range c.Instances(id) {
		fmt.Fprintln(&b, i)
	}
	for _, t := range c.Tasks() {
		fmt.Fprintln(&b, t)
	}
	return b.String()
}

func TestAdvanceInAnyStrideIsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg, all := config(t), steps().Draw(t, "steps")
		stride := time.Duration(rapid.IntRange(700, 60_000).Draw(t, "stride")) * time.Millisecond
		want := play(cfg, all, time.Hour)
		if diff := cmp.Diff(want, play(cfg, all, stride)); diff != "" {
			t.Fatalf("strides of %s make another history (-one stride +small):\n%s", stride, diff)
		}
	})
}

// truth is a state of a name and since when it held.
type truth struct {
	since time.Time
	addrs []netip.Addr
}

// answerable is what a server that knows everything may answer.
func answerable(c *cloud.Cloud, id string) []netip.Addr {
	var good, all []netip.Addr
	for _, i := range c.Instances(id) {
		a := netip.MustParseAddr(i.Attributes["AWS_INSTANCE_IPV4"])
		all = append(all, a)
		if i.Health != "UNHEALTHY" {
			good = append(good, a)
		}
	}
	if len(good) == 0 {
		good = all
	}
	slices.SortFunc(good, netip.Addr.Compare)
	return slices.Compact(good)
}

func TestServersFollowTheTruth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg, all := config(t), steps().Draw(t, "steps")
		c, id := seeded(cfg)
		history := []truth{{c.Now(), answerable(c, id)}}
		to := func(until time.Time) {
			for {
				next, ok := c.NextEvent()
				if !ok || next.After(until) {
					break
				}
				c.Advance(next)
				if now := answerable(c, id); !slices.Equal(now, history[len(history)-1].addrs) {
					history = append(history, truth{next, now})
				}
			}
			c.Advance(until)
		}
		for _, s := range all {
			to(c.Now().Add(s.after))
			_ = s.do(c, id) // refused or not
			seen := map[string]bool{}
			for _, i := range c.Instances(id) {
				if seen[i.ID] {
					t.Fatalf("instance %s is there twice", i.ID)
				}
				seen[i.ID] = true
			}
		}
		to(c.Now().Add(20 * time.Minute))

		// Each server's views are the truth of some moment within the bound, in its order.
		longest := c.Config().Timing.PropagationMax
		at := make([]int, c.Servers())
		last := make([]time.Time, c.Servers())
		for _, v := range c.Views(id) {
			if v.At.Before(last[v.Server]) {
				t.Fatalf("server %d: a view of %s after one of %s", v.Server, v.At, last[v.Server])
			}
			last[v.Server] = v.At
			i := at[v.Server]
			for i < len(history) && !(slices.Equal(history[i].addrs, v.Addrs) && !expired(history, i, v.At.Add(-longest))) {
				i++
			}
			if i == len(history) || history[i].since.After(v.At) {
				t.Fatalf("server %d at %s says %v, which was not true within %s before", v.Server, v.At, v.Addrs, longest)
			}
			at[v.Server] = i
		}
		if !c.Converged(id) {
			t.Fatal("the servers have not come to rest")
		}
		for server := range c.Servers() {
			var got []netip.Addr
			a := c.Answer(server, "orders.shop.internal.", "A")
			for _, r := range a.Records {
				got = append(got, netip.MustParseAddr(r.Data))
			}
			slices.SortFunc(got, netip.Addr.Compare)
			want := answerable(c, id)
			if len(want) <= 8 && !slices.Equal(got, want) || len(slices.Compact(got)) != len(a.Records) && len(want) == len(c.Instances(id)) {
				t.Fatalf("server %d answers %v at rest, the truth is %v", server, got, want)
			}
		}
	})
}

// expired says that state i had ended before t.
func expired(history []truth, i int, t time.Time) bool {
	return i+1 < len(history) && history[i+1].since.Before(t)
}

func TestTasksComeToTheDesiredCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg, all := config(t), steps().Draw(t, "steps")
		// Few addresses, so that they are used again, and run out.
		cfg.VPC.Zones = []cloud.Zone{{CIDR: netip.MustParsePrefix("10.0.1.0/28")}}
		c, id := seeded(cfg)
		want := 3
		look := func() (tasks, running int) {
			inUse := map[netip.Addr]bool{}
			for _, task := range c.Tasks() {
				if inUse[task.IP] {
					t.Fatalf("%s is used by two tasks", task.IP)
				}
				inUse[task.IP] = true
				if task.Status == "RUNNING" && task.Desired == "RUNNING" {
					running++
				}
			}
			return len(inUse), running
		}
		for _, s := range all {
			c.Advance(c.Now().Add(s.after))
			if err := s.do(c, id); err == nil && s.what == 5 {
				want = s.which
			}
			look()
		}
		c.Advance(c.Now().Add(30 * time.Minute))
		if tasks, running := look(); running != want || tasks != want {
			t.Fatalf("%d tasks RUNNING of %d, want %d", running, tasks, want)
		}
	})
}

func TestNeverBack(t *testing.T) {
	c, _ := seeded(cloud.Config{})
	start := c.Now()
	c.Advance(start.Add(time.Minute))
	c.Advance(start)
	if got := c.Now().Sub(start); got != time.Minute {
		t.Errorf("went back to +%s", got)
	}
}

func TestFastIsATenthAndNeverNothing(t *testing.T) {
	f, a := cloud.Fast(), cloud.AWS()
	if f.OperationMax*10 != a.OperationMax || f.PropagationMax*10 != a.PropagationMax || f.HealthFlip*10 != a.HealthFlip {
		t.Errorf("not a tenth: %+v", f)
	}
	for name, d := range map[string]time.Duration{
		"operation": f.OperationMin, "propagation": f.PropagationMin, "discover": f.DiscoverMin, "scheduler": f.SchedulerMin,
		"start": f.StartMin, "signal": f.SignalMin, "deprovision": f.DeprovisionMin,
	} {
		if d <= 0 {
			t.Errorf("%s may take no time", name)
		}
	}
}

func TestFleetNeedsAddresses(t *testing.T) {
	c := cloud.New(cloud.Config{})
	small := cloud.VPC{ID: "vpc-1", Zones: []cloud.Zone{{CIDR: netip.MustParsePrefix("10.0.9.0/29")}}}
	err := c.SeedFleet(cloud.Fleet{VPC: small, Services: []cloud.FleetService{{Name: "orders", Tasks: 4}}})
	if err == nil || !strings.Contains(err.Error(), "no address is left for task 4 of 4") {
		t.Errorf("got %v", err)
	}
}

// A crossing as the model sees it: two pods in, two tasks out of the name and
// stopped, until nothing happens any more.
func BenchmarkCrossing(b *testing.B) {
	b.ReportAllocs()
	ctx := context.Background()
	for n := range b.N {
		c, id := seeded(cloud.Config{Seed: uint64(n)})
		m := c.CloudMap()
		for i := range 2 {
			if _, err := m.RegisterInstance(ctx, &sd.RegisterInstanceInput{
				ServiceId: &id, InstanceId: ptr("pod-" + string(rune('0'+i))), Attributes: map[string]string{"AWS_INSTANCE_IPV4": "10.9.0.1"},
			}); err != nil {
				b.Fatal(err)
			}
		}
		c.Advance(c.Now().Add(90 * time.Second))
		for _, task := range c.Tasks() {
			if _, err := m.DeregisterInstance(ctx, &sd.DeregisterInstanceInput{ServiceId: &id, InstanceId: &task.ID}); err != nil {
				b.Fatal(err)
			}
		}
		for range 90 {
			c.Advance(c.Now().Add(time.Second))
			if a := c.Answer(0, "orders.shop.internal.", "A"); len(a.Records) == 0 {
				b.Fatal("empty")
			}
		}
		if _, err := c.ECS().UpdateService(ctx, &ecs.UpdateServiceInput{Cluster: ptr("prod"), Service: ptr("orders"), DesiredCount: ptr(int32(0))}); err != nil {
			b.Fatal(err)
		}
		for {
			next, ok := c.NextEvent()
			if !ok {
				break
			}
			c.Advance(next)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "crossings/s")
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for n := range b.N {
		cloud.New(cloud.Config{Seed: uint64(n)})
	}
}
