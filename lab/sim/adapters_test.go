package sim_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/internal/aws/clients"
	"github.com/tranship/tranship/internal/aws/cloudmap"
	"github.com/tranship/tranship/internal/aws/ecs"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/lab/cloud"
)

// The adapters are what the engine asks for, and so is a fleet of them.
var (
	_ engine.Creator  = (*cloudmap.Client)(nil)
	_ engine.Reader   = (*clients.Fleet)(nil)
	_ engine.Writer   = (*clients.Fleet)(nil)
	_ engine.Creator  = (*clients.Fleet)(nil)
	_ engine.Resolver = (*clients.Fleet)(nil)
	_ engine.Services = (*clients.Fleet)(nil)
	_ engine.Reader   = (*cloudmap.Client)(nil)
	_ engine.Writer   = (*cloudmap.Client)(nil)
	_ engine.Resolver = (*cloudmap.Client)(nil)
	_ engine.Services = (*ecs.Client)(nil)
)

// stage is one fleet in the model, and the product's own adapters over it.
type stage struct {
	t     *testing.T
	cloud *cloud.Cloud
	names *cloudmap.Client
	ecs   *ecs.Client
	src   names.Source
	ref   names.Ref
}

func newStage(t *testing.T) *stage {
	t.Helper()
	c := cloud.New(cloud.Config{Seed: 7})
	err := c.SeedFleet(cloud.Fleet{Namespace: "shop.internal", Cluster: "prod", Services: []cloud.FleetService{
		{Name: "orders", Tasks: 130, TTL: 60 * time.Second, CustomHealth: true, Tags: map[string]string{"tranship.dev/namespace": "shop"}},
		{Name: "payments", Tasks: 1},
	}})
	if err != nil {
		t.Fatal(err)
	}
	cfg := c.Config()
	s := &stage{
		t: t, cloud: c, names: cloudmap.New(c.CloudMap(), cfg.Account, cfg.Region, c.Now), ecs: ecs.New(c.ECS(), cfg.Account, cfg.Region),
		src: names.Source{Account: cfg.Account, Region: cfg.Region, Cluster: "prod", Service: "orders"},
	}
	if s.ref, err = s.names.Lookup(t.Context(), "orders.shop.internal."); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *stage) view() names.View {
	s.t.Helper()
	v, err := s.names.View(s.t.Context(), s.ref)
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

// await lets the model run until the operation has ended.
func (s *stage) await(op string) {
	s.t.Helper()
	for range 1000 {
		st, err := s.names.Operation(s.t.Context(), s.ref, op)
		if err != nil || st.Status == cutover.OpFail {
			s.t.Fatalf("operation %s: %+v, %v", op, st, err)
		}
		if st.Status == cutover.OpSuccess {
			return
		}
		next, ok := s.cloud.NextEvent()
		if !ok {
			break
		}
		s.cloud.Advance(next)
	}
	s.t.Fatalf("operation %s does not end", op)
}

// Both sides tell the same story: each running task is in the name, under its id
// and address, and the registry of the service leads to the name.
func TestAdaptersSeeTheFleet(t *testing.T) {
	s := newStage(t)
	svc, err := s.ecs.Service(t.Context(), s.src)
	if err != nil {
		t.Fatal(err)
	}
	if ref, err := s.names.Ref(t.Context(), s.src, svc.RegistryID); err != nil || ref != s.ref {
		t.Errorf("the registry leads to %v, %v; want %v", ref, err, s.ref)
	}
	v := s.view()
	if len(svc.Tasks) != 130 || len(v.Instances) != 130 || v.Revision == 0 || v.Settings.MaxTTL() != 60 || !v.Settings.CustomHealth {
		t.Errorf("%d tasks, %d instances, revision %d, settings %+v", len(svc.Tasks), len(v.Instances), v.Revision, v.Settings)
	}
	if svc.Desired != 130 || svc.Deploying || svc.ContainerPort != 8080 || svc.Tags["tranship.dev/namespace"] != "shop" {
		t.Errorf("service %+v", svc)
	}
	for _, task := range svc.Tasks {
		i, ok := v.Instance(task.ID)
		ip, _ := i.IPv4()
		if !ok || ip != task.IPv4 || i.Health != names.Healthy || !task.Runs() || names.SideOf(i, "owner", &s.src) != names.FromSource {
			t.Fatalf("task %+v, instance %+v", task, i)
		}
	}
}

func TestAdaptersWrite(t *testing.T) {
	s := newStage(t)
	before := s.view()

	ours := names.Instance{ID: "eks-1", Attributes: map[string]string{names.AttrIPv4: "10.9.0.1", names.AttrOwner: "owner", names.AttrInitHealth: "HEALTHY"}}
	op, err := s.names.Register(t.Context(), s.ref, ours, "token-1")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := s.names.Register(t.Context(), s.ref, ours, "token-2"); err != nil || again != op {
		t.Errorf("while it runs: %q, %v; want %q", again, err, op)
	}
	s.await(op)
	v := s.view()
	have, ok := v.Instance("eks-1")
	if !ok || !have.SameAttributes(ours) || len(v.Instances) != 131 {
		t.Errorf("registered %+v of %d", have, len(v.Instances))
	}

	settings := before.Settings.WithTTL(5)
	if op, err = s.names.UpdateSettings(t.Context(), s.ref, settings); err != nil {
		t.Fatal(err)
	}
	s.await(op)
	if diff := cmp.Diff(settings, s.view().Settings); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}

	task := before.Instances[0].ID
	if err := s.names.SetHealth(t.Context(), s.ref, task, names.Unhealthy); err != nil {
		t.Error(err)
	}
	if op, err = s.names.Deregister(t.Context(), s.ref, "eks-1"); err != nil {
		t.Fatal(err)
	}
	s.await(op)
	if _, ok := s.view().Instance("eks-1"); ok {
		t.Error("still in the name after its deregistration")
	}
	if op, err := s.names.Deregister(t.Context(), s.ref, "eks-1"); err != nil || op != "" {
		t.Errorf("a second time: %q, %v; want neither", op, err)
	}
	s.cloud.Advance(s.cloud.Now().Add(s.cloud.Config().Timing.HealthFlip))
	if i, ok := s.view().Instance(task); !ok || i.Health != names.Unhealthy {
		t.Errorf("after the flip %+v", i)
	}

	if err := s.ecs.Scale(t.Context(), s.src, 131); err != nil {
		t.Fatal(err)
	}
	if svc, err := s.ecs.Service(t.Context(), s.src); err != nil || svc.Desired != 131 || svc.Deploying {
		t.Errorf("scaled: desired %d, deploying %v, %v", svc.Desired, svc.Deploying, err)
	}
}

func TestAdaptersSayWhatIsNotThere(t *testing.T) {
	s := newStage(t)
	nobody := s.ref
	nobody.ServiceID = "srv-none"
	_, view := s.names.View(t.Context(), nobody)
	_, lookup := s.names.Lookup(t.Context(), "nobody.shop.internal")
	_, zone := s.names.Lookup(t.Context(), "orders.nowhere")
	src := s.src
	src.Service = "nobody"
	_, service := s.ecs.Service(t.Context(), src)
	src.Cluster = "nowhere"
	_, cluster := s.ecs.Service(t.Context(), src)
	_, op := s.names.Operation(t.Context(), s.ref, "none")
	for what, err := range map[string]error{
		"view": view, "lookup": lookup, "zone": zone, "service": service, "cluster": cluster, "operation": op,
		"health": s.names.SetHealth(t.Context(), s.ref, "none", names.Healthy),
	} {
		if !errors.Is(err, names.ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	bad := names.Instance{ID: "eks-2", Attributes: map[string]string{names.AttrIPv4: "no address"}}
	if _, err := s.names.Register(t.Context(), s.ref, bad, "t"); !errors.Is(err, names.ErrInvalid) {
		t.Errorf("an address that is none: %v", err)
	}
}
