package sees

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCompare(t *testing.T) {
	whole := Whole{CPU: Amount{Least: 250, Most: 250}, Architecture: "amd64", Resolver: "vpc"}
	app := func(edit func(*Container)) Report {
		c := Container{Name: "app", Image: "shop/orders:1", Stage: Along, StopSeconds: 30, CPU: Amount{Most: 250}}
		if edit != nil {
			edit(&c)
		}
		return Report{Whole: whole, Containers: []Container{c}}
	}
	for _, tt := range []struct {
		name     string
		ecs, eks func(*Container)
		want     []Difference
	}{
		{"the same", nil, nil, nil},
		{"one thousandth of a CPU is rounding", nil, func(c *Container) { c.CPU.Most = 249 }, nil},
		{"two are not", nil, func(c *Container) { c.CPU.Most = 248 }, []Difference{{Container: "app", Aspect: "cpu.most", ECS: "250", EKS: "248"}}},
		{"no cap is not a cap of nothing", nil, func(c *Container) { c.CPU.Most = 0 }, []Difference{{Container: "app", Aspect: "cpu.most", ECS: "250"}}},
		{"more that is kept is not seen", func(c *Container) { c.Memory.Least = 128 }, func(c *Container) { c.CPU.Least, c.Memory.Least = 125, 256 }, nil},
		{"less is", func(c *Container) { c.Memory.Least = 128 }, func(c *Container) { c.Memory.Least = 64 }, []Difference{{Container: "app", Aspect: "memory.least", ECS: "128", EKS: "64"}}},
		{"longer to stop is not seen", nil, func(c *Container) { c.StopSeconds = 45 }, nil},
		{"shorter is", nil, func(c *Container) { c.StopSeconds = 20 }, []Difference{{Container: "app", Aspect: "stop", ECS: "30", EKS: "20"}}},
		{
			"who waits for healthy has it started, and who asked for nothing does not see it",
			func(c *Container) { c.After = map[string]Condition{"db": Started} },
			func(c *Container) { c.After = map[string]Condition{"db": Healthy, "log": Succeeded} }, nil,
		},
		{
			"started is not healthy, and an end is not a start",
			func(c *Container) { c.After = map[string]Condition{"a": Healthy, "b": Succeeded} },
			func(c *Container) { c.After = map[string]Condition{"a": Started, "b": Healthy} },
			[]Difference{{Container: "app", Aspect: "after.a", ECS: "HEALTHY", EKS: "START"}, {Container: "app", Aspect: "after.b", ECS: "SUCCESS", EKS: "HEALTHY"}},
		},
		{
			"what ECS gives may be asked for",
			func(c *Container) {
				c.Given = map[string]string{"AWS_REGION": "eu-west-1", "ECS_CONTAINER_METADATA_URI_V4": "http://x"}
			},
			func(c *Container) { c.Environment = map[string]string{"AWS_REGION": "eu-west-1"} },
			[]Difference{{Container: "app", Aspect: "environment.ECS_CONTAINER_METADATA_URI_V4", ECS: "http://x", Platform: true}},
		},
		{
			"what both give, what nobody gives any more, and what EKS adds",
			func(c *Container) { c.Given = map[string]string{"A": "1", "AWS_REGION": "eu-west-1"} },
			func(c *Container) { c.Given = map[string]string{"A": "1", "KUBERNETES_PORT": "443"} },
			[]Difference{
				{Container: "app", Aspect: "environment.AWS_REGION", ECS: "eu-west-1"},
				{Container: "app", Aspect: "environment.KUBERNETES_PORT", EKS: "443", Platform: true},
			},
		},
		{
			"a value that was asked for is nobody's platform",
			func(c *Container) { c.Environment = map[string]string{"ECS_X": "1"} }, nil,
			[]Difference{{Container: "app", Aspect: "environment.ECS_X", ECS: "1"}},
		},
		{
			"an empty value is one",
			func(c *Container) { c.Environment = map[string]string{"A": ""} }, nil,
			[]Difference{{Container: "app", Aspect: "environment.A", ECS: `""`}},
		},
		{
			"mounts",
			func(c *Container) { c.Mounts = []Mount{{Path: "/data", Kind: "efs", Source: "fs-1 in /x"}} },
			func(c *Container) {
				c.Mounts = []Mount{{Path: "/data", Kind: "efs", Source: "fs-1 in /x", ReadOnly: true}}
			},
			[]Difference{{Container: "app", Aspect: "mount./data", ECS: "efs fs-1 in /x", EKS: "efs fs-1 in /x, read-only"}},
		},
	} {
		a, b := app(tt.ecs), app(tt.eks)
		if diff := cmp.Diff(tt.want, Compare(a, b, Match(a, b))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestMatch(t *testing.T) {
	ecs := Report{Containers: []Container{{Name: "app", Image: "a"}, {Name: "log_router", Image: "fluent"}, {Name: "gone", Image: "g"}}}
	eks := Report{Containers: []Container{{Name: "app", Image: "a"}, {Name: "extra", Image: "e"}, {Name: "log-router-1f3a0", Image: "fluent"}}}
	want := []Pair{{"app", "app"}, {"log_router", "log-router-1f3a0"}, {"gone", ""}, {"", "extra"}}
	if diff := cmp.Diff(want, Match(ecs, eks)); diff != "" {
		t.Error(diff)
	}
	missing := map[string]bool{}
	for _, d := range Compare(ecs, eks, Match(ecs, eks)) {
		missing[d.Container+" "+d.Aspect] = true
	}
	if !missing["gone image"] || !missing["extra image"] {
		t.Errorf("a container that has no other is a difference: %v", missing)
	}
}

// Whom a mount is shared with is compared by ECS' names for containers.
func TestSharedMounts(t *testing.T) {
	report := func(other, volume string) Report {
		r := Report{Containers: []Container{
			{Name: "app", Image: "a", Mounts: []Mount{{Path: "/out", Kind: "scratch", Volume: volume}}},
			{Name: other, Image: "l", Mounts: []Mount{{Path: "/in", Kind: "scratch", Volume: volume}}},
		}}
		r.Settle()
		return r
	}
	a, b := report("log_router", "v"), report("log-router", "volume-1")
	if d := Compare(a, b, Match(a, b)); len(d) > 0 {
		t.Errorf("%+v", d)
	}
	if got := a.Containers[0].Mounts[0].words(); got != "scratch, also at log_router:/in" {
		t.Error(got)
	}
}
