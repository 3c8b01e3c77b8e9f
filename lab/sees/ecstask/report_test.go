package ecstask

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/lab/sees"
)

func p[T any](v T) *T { return &v }

func kv(name, value string) types.KeyValuePair { return types.KeyValuePair{Name: &name, Value: &value} }

// one is the report of a task with one container, edited.
func one(t *testing.T, w World, edit func(*types.TaskDefinition, *types.ContainerDefinition)) (sees.Report, sees.Container) {
	t.Helper()
	c := types.ContainerDefinition{Name: p("app"), Image: p("shop/orders:1")}
	w.Task.NetworkMode = types.NetworkModeAwsvpc
	w.TaskID, w.Region = "t1", "eu-west-1"
	edit(&w.Task, &c)
	w.Task.ContainerDefinitions = append([]types.ContainerDefinition{c}, w.Task.ContainerDefinitions...)
	r, err := w.Report()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range r.Containers {
		if c.Name == "app" {
			return r, c
		}
	}
	t.Fatal("no container app")
	return r, sees.Container{}
}

func TestWhatAContainerSees(t *testing.T) {
	type (
		task      = types.TaskDefinition
		container = types.ContainerDefinition
	)
	for _, tt := range []struct {
		name string
		edit func(*task, *container)
		want map[string]string // of its aspects; "" : not there
	}{
		{"defaults", func(*task, *container) {}, map[string]string{
			"stop": "30", "sharedMemory": "64", "stage": "along", "cpu.most": "", "memory.least": "",
			"given.AWS_EXECUTION_ENV": "AWS_ECS_EC2", "given.AWS_REGION": "eu-west-1", "given.ECS_AGENT_URI": "", "given.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "",
		}},
		{"alone in a sized task", func(t *task, _ *container) { t.Cpu, t.Memory = p("256"), p("512") },
			map[string]string{"cpu.least": "250", "cpu.most": "250", "memory.least": "512", "memory.most": "512"}},
		{"sizes in words", func(t *task, _ *container) { t.Cpu, t.Memory = p(".5 vCPU"), p("2 GB") },
			map[string]string{"cpu.most": "500", "memory.most": "2048"}},
		{"cpu is a part and no cap", func(_ *task, c *container) { c.Cpu = 512 }, map[string]string{"cpu.least": "500", "cpu.most": ""}},
		{"memory", func(_ *task, c *container) { c.Memory, c.MemoryReservation = p(int32(512)), p(int32(128)) },
			map[string]string{"memory.least": "128", "memory.most": "512"}},
		{"hard memory alone", func(_ *task, c *container) { c.Memory = p(int32(512)) }, map[string]string{"memory.least": "512", "memory.most": "512"}},
		{"soft memory alone", func(t *task, c *container) { t.Memory, c.MemoryReservation = p("1024"), p(int32(128)) },
			map[string]string{"memory.least": "128", "memory.most": "1024"}},
		{"beside another, nothing is its own", func(t *task, _ *container) {
			t.Cpu, t.Memory = p("1024"), p("2048")
			t.ContainerDefinitions = []container{{Name: p("side"), Image: p("x")}}
		}, map[string]string{"cpu.least": "", "cpu.most": "1000", "memory.least": "", "memory.most": "2048"}},
		{"what waits for an end has the rest to itself", func(t *task, c *container) {
			t.Cpu, t.Memory = p("1024"), p("2048")
			c.DependsOn = []types.ContainerDependency{{ContainerName: p("migrate"), Condition: types.ContainerConditionSuccess}}
			t.ContainerDefinitions = []container{{Name: p("migrate"), Image: p("x")}}
		}, map[string]string{"cpu.least": "1000", "memory.least": "2048"}},
		{"user", func(_ *task, c *container) { c.User = p("1000:2000") }, map[string]string{"user": "1000", "group": "2000"}},
		{"nothing is expanded", func(_ *task, c *container) {
			c.EntryPoint, c.Command = []string{"/bin/x"}, []string{"$(HOME)", "$$"}
			c.Environment = []types.KeyValuePair{kv("A", "$(B)"), kv("EMPTY", "")}
		}, map[string]string{"entryPoint": `["/bin/x"]`, "arguments": `["$(HOME)","$$"]`, "environment.A": "$(B)", "environment.EMPTY": `""`}},
		{"ports", func(_ *task, c *container) {
			c.PortMappings = []types.PortMapping{
				{ContainerPort: p(int32(80))}, {ContainerPort: p(int32(53)), Protocol: types.TransportProtocolUdp}, {ContainerPortRange: p("9000-9001")},
			}
		}, map[string]string{"port.80/tcp": "open", "port.53/udp": "open", "port.9000/tcp": "open", "port.9001/tcp": "open"}},
		{"mounts", func(t *task, c *container) {
			t.Volumes = []types.Volume{
				{Name: p("scratch")}, {Name: p("host"), Host: &types.HostVolumeProperties{SourcePath: p("/var/x")}},
				{Name: p("efs"), EfsVolumeConfiguration: &types.EFSVolumeConfiguration{FileSystemId: p("fs-1"), RootDirectory: p("/a/")}},
				{Name: p("ap"), EfsVolumeConfiguration: &types.EFSVolumeConfiguration{FileSystemId: p("fs-1"), RootDirectory: p("/"), AuthorizationConfig: &types.EFSAuthorizationConfig{AccessPointId: p("fsap-1")}}},
			}
			at := func(v, path string) types.MountPoint {
				return types.MountPoint{SourceVolume: &v, ContainerPath: &path}
			}
			c.MountPoints = []types.MountPoint{at("scratch", "/s"), at("host", "/h"), at("efs", "/e"), {SourceVolume: p("ap"), ContainerPath: p("/p"), ReadOnly: p(true)}}
			t.ContainerDefinitions = []container{{Name: p("side"), Image: p("x"), VolumesFrom: []types.VolumeFrom{{SourceContainer: p("app"), ReadOnly: p(true)}}}}
		}, map[string]string{
			"mount./s": "scratch, also at side:/s", "mount./h": "host /var/x, also at side:/h",
			"mount./e": "efs fs-1 in /a, also at side:/e", "mount./p": "efs fs-1 at fsap-1, read-only, also at side:/p",
		}},
		{"linux", func(_ *task, c *container) {
			c.LinuxParameters = &types.LinuxParameters{
				SharedMemorySize: p(int32(256)), InitProcessEnabled: p(true),
				Capabilities: &types.KernelCapabilities{Add: []string{"NET_ADMIN"}, Drop: []string{"CAP_MKNOD"}},
				Tmpfs:        []types.Tmpfs{{ContainerPath: p("/t"), Size: 32, MountOptions: []string{"noexec", "ro", "defaults"}}},
			}
			c.Ulimits = []types.Ulimit{{Name: types.UlimitNameNofile, SoftLimit: 1024, HardLimit: 4096}}
			c.DockerSecurityOptions = []string{"no-new-privileges"}
		}, map[string]string{
			"sharedMemory": "256", "reaped": "yes", "capability.NET_ADMIN": "added", "capability.MKNOD": "dropped",
			"mount./t": "memory of 32 MiB, read-only, noexec", "ulimit.nofile": "1024:4096", "noNewPrivileges": "yes",
		}},
		{"health", func(_ *task, c *container) {
			c.HealthCheck = &types.HealthCheck{Command: []string{"CMD-SHELL", "curl -f localhost || exit 1"}, StartPeriod: p(int32(60)), Retries: p(int32(5))}
		}, map[string]string{
			"health.command": `["/bin/sh","-c","curl -f localhost || exit 1"]`, "health.interval": "30", "health.timeout": "5", "health.retries": "5", "health.givenUp": "210",
		}},
		{"its own health check is none", func(_ *task, c *container) { c.HealthCheck = &types.HealthCheck{Command: []string{"NONE"}} },
			map[string]string{"health.interval": ""}},
		{"kernel parameters of the network are the task's", func(t *task, _ *container) {
			t.ContainerDefinitions = []container{{Name: p("side"), Image: p("x"), SystemControls: []types.SystemControl{
				{Namespace: p("net.ipv4.tcp_keepalive_time"), Value: p("60")}, {Namespace: p("kernel.shmmax"), Value: p("1")},
			}}}
		}, map[string]string{"sysctl.net.ipv4.tcp_keepalive_time": "60", "sysctl.kernel.shmmax": ""}},
		{"who ends first", func(t *task, c *container) {
			c.DependsOn = []types.ContainerDependency{{ContainerName: p("migrate"), Condition: types.ContainerConditionSuccess}}
			t.ContainerDefinitions = []container{{Name: p("migrate"), Image: p("x")}}
		}, map[string]string{"after.migrate": "SUCCESS", "stage": "along"}},
		{"logs by way of FireLens", func(_ *task, c *container) {
			c.LogConfiguration = &types.LogConfiguration{LogDriver: types.LogDriverAwsfirelens}
		}, map[string]string{"given.FLUENT_PORT": "24224"}},
		{"a role", func(t *task, _ *container) { t.TaskRoleArn = p("arn:aws:iam::1:role/x") },
			map[string]string{"given.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/t1"}},
	} {
		_, c := one(t, World{}, tt.edit)
		got := map[string]string{}
		for k := range tt.want {
			got[k] = c.Aspects()[k]
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// A task without a size is as large as its containers.
func TestWithoutASize(t *testing.T) {
	r, _ := one(t, World{}, func(t *types.TaskDefinition, c *types.ContainerDefinition) {
		c.Cpu, c.Memory, c.MemoryReservation = 512, p(int32(512)), p(int32(128))
		t.ContainerDefinitions = []types.ContainerDefinition{{Name: p("side"), Image: p("x"), Cpu: 256, Memory: p(int32(256))}}
	})
	want := sees.Whole{CPU: sees.Amount{Least: 750}, Memory: sees.Amount{Least: 384, Most: 768}}
	if diff := cmp.Diff([]sees.Amount{want.CPU, want.Memory}, []sees.Amount{r.Whole.CPU, r.Whole.Memory}); diff != "" {
		t.Error(diff)
	}
}

func TestWhatTheTaskSees(t *testing.T) {
	r, c := one(t, World{Fargate: true}, func(t *types.TaskDefinition, _ *types.ContainerDefinition) {
		t.RuntimePlatform = &types.RuntimePlatform{CpuArchitecture: types.CPUArchitectureArm64}
		t.PidMode = types.PidModeTask
	})
	want := map[string]string{"architecture": "arm64", "os": "linux", "processes": "alone", "ipc": "alone", "network": "own", "resolver": "vpc"}
	if diff := cmp.Diff(want, map[string]string(r.Whole.Aspects())); diff != "" {
		t.Error(diff)
	}
	if c.Given["AWS_REGION"] != "eu-west-1" || c.Given["AWS_EXECUTION_ENV"] != "AWS_ECS_FARGATE" || !c.Reaped {
		t.Errorf("%+v", c)
	}
}

// What the definition states wins over files, and an earlier file over a later one.
func TestEnvironment(t *testing.T) {
	w := World{
		Secret: func(from string) (string, error) { return "value of " + from, nil },
		File: func(arn string) ([]byte, error) {
			return []byte(map[string]string{
				"first":  "# a comment\nA=file\nB=\"quoted\"\nC= with = and spaces \r\n\nnonsense\n",
				"second": "B=later\nD=4",
			}[arn]), nil
		},
	}
	_, c := one(t, w, func(_ *types.TaskDefinition, c *types.ContainerDefinition) {
		c.Environment = []types.KeyValuePair{kv("A", "stated")}
		c.EnvironmentFiles = []types.EnvironmentFile{{Value: p("first")}, {Value: p("second")}}
		c.Secrets = []types.Secret{{Name: p("S"), ValueFrom: p("arn:x")}}
	})
	want := map[string]string{"A": "stated", "B": `"quoted"`, "C": " with = and spaces ", "D": "4", "S": "value of arn:x"}
	if diff := cmp.Diff(want, c.Environment); diff != "" {
		t.Error(diff)
	}
}

func TestWhatCannotStart(t *testing.T) {
	gone := errors.New("gone")
	for say, c := range map[string]types.ContainerDefinition{
		"secret S: gone":              {Secrets: []types.Secret{{Name: p("S"), ValueFrom: p("x")}}},
		"environment file f: gone":    {EnvironmentFiles: []types.EnvironmentFile{{Value: p("f")}}},
		"there is no volume v":        {MountPoints: []types.MountPoint{{SourceVolume: p("v"), ContainerPath: p("/v")}}},
		"there is no container c":     {VolumesFrom: []types.VolumeFrom{{SourceContainer: p("c")}}},
		"leads back":                  {VolumesFrom: []types.VolumeFrom{{SourceContainer: p("app")}}},
		`containerPortRange "9" is`:   {PortMappings: []types.PortMapping{{ContainerPortRange: p("9")}}},
		`containerPortRange "1-70000`: {PortMappings: []types.PortMapping{{ContainerPortRange: p("1-70000")}}},
	} {
		c.Name, c.Image = p("app"), p("x")
		w := World{
			Task:   types.TaskDefinition{ContainerDefinitions: []types.ContainerDefinition{c}},
			Secret: func(string) (string, error) { return "", gone }, File: func(string) ([]byte, error) { return nil, gone },
		}
		if _, err := w.Report(); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%v, want %q", err, say)
		}
	}
}
