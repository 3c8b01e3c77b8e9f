package ecstask

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/tranship/tranship/lab/sees"
)

// Defaults of a container.
const (
	// https://docs.docker.com/reference/cli/docker/container/run/ (--shm-size)
	usualSharedMemory = 64
	// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html (stopTimeout)
	usualStop = 30
)

func (w World) container(c types.ContainerDefinition) (sees.Container, error) {
	out := sees.Container{
		Name: val(c.Name), Image: val(c.Image), Stage: sees.Along,
		EntryPoint: c.EntryPoint, Arguments: c.Command, WorkingDir: val(c.WorkingDirectory),
		ReadOnlyRoot: val(c.ReadonlyRootFilesystem), Privileged: val(c.Privileged),
		Terminal: val(c.PseudoTerminal), Input: val(c.Interactive),
		SharedMemory: usualSharedMemory, StopSeconds: usualStop,
		Servers: c.DnsServers, Searches: c.DnsSearchDomains,
		Reaped: w.Task.PidMode == types.PidModeTask,
	}
	out.User, out.Group, _ = strings.Cut(val(c.User), ":")
	if c.StopTimeout != nil {
		out.StopSeconds = int64(*c.StopTimeout)
	}
	var err error
	if out.Ports, err = ports(c); err != nil {
		return out, err
	}
	if out.Environment, err = w.environment(c); err != nil {
		return out, err
	}
	out.Given = w.given(c)
	w.limits(c, &out)
	w.linux(c, &out)
	if out.Mounts, err = w.mounts(c, nil); err != nil {
		return out, err
	}
	out.Mounts = append(out.Mounts, tmpfs(c)...)
	for _, h := range c.ExtraHosts {
		put(&out.Hosts, val(h.Hostname), val(h.IpAddress))
	}
	for _, s := range c.DockerSecurityOptions {
		out.NoNewPrivileges = out.NoNewPrivileges || strings.HasPrefix(s, "no-new-privileges") && !strings.HasSuffix(s, "false")
	}
	for _, d := range c.DependsOn {
		if out.After == nil {
			out.After = map[string]sees.Condition{}
		}
		out.After[val(d.ContainerName)] = sees.Condition(d.Condition)
	}
	out.Health = health(c.HealthCheck)
	return out, nil
}

// ports are those that it says it listens at.
func ports(c types.ContainerDefinition) ([]string, error) {
	var out []string
	for _, p := range c.PortMappings {
		protocol := string(p.Protocol)
		if protocol == "" {
			protocol = "tcp"
		}
		from, to := int(val(p.ContainerPort)), int(val(p.ContainerPort))
		if s := val(p.ContainerPortRange); s != "" {
			a, b, _ := strings.Cut(s, "-")
			var err1, err2 error
			from, err1 = strconv.Atoi(a)
			to, err2 = strconv.Atoi(b)
			if err1 != nil || err2 != nil || from < 1 || to > 65535 {
				return nil, fmt.Errorf("containerPortRange %q is none", s)
			}
		}
		for n := from; n <= to; n++ {
			out = append(out, fmt.Sprintf("%d/%s", n, protocol))
		}
	}
	return out, nil
}

// limits: a container's cpu is its part when CPUs are short, and no cap; its memory
// is one. Both end where the task's size does.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html (cpu, memory, memoryReservation)
func (w World) limits(c types.ContainerDefinition, out *sees.Container) {
	cpu, memory := thousandths(size(val(w.Task.Cpu))), size(val(w.Task.Memory))
	out.CPU = sees.Amount{Least: thousandths(int64(c.Cpu)), Most: cpu}
	hard, soft := int64(val(c.Memory)), int64(val(c.MemoryReservation))
	out.Memory = sees.Amount{Least: soft, Most: hard}
	if memory > 0 && (hard == 0 || hard > memory) {
		out.Memory.Most = memory
	}
	switch {
	case soft > 0:
	case hard > 0:
		out.Memory.Least = hard
	}
	for _, r := range c.ResourceRequirements {
		if n, err := strconv.ParseInt(val(r.Value), 10, 64); err == nil && r.Type == types.ResourceTypeGpu {
			out.GPUs += n
		}
	}
	for _, u := range c.Ulimits {
		put(&out.Ulimits, string(u.Name), fmt.Sprintf("%d:%d", u.SoftLimit, u.HardLimit))
	}
}

// size says who has a task's size to itself: the only one that runs along, and who runs
// before it. A task without a size is as large as its containers.
func (w World) size(r *sees.Report) {
	whole := &r.Whole
	cpu, memory := whole.CPU.Least, whole.Memory.Least
	along := 0
	for _, c := range r.Containers {
		if c.Stage == sees.Along {
			along++
		}
	}
	unbounded := false
	for i := range r.Containers {
		c := &r.Containers[i]
		if c.Stage == sees.First || along == 1 {
			c.CPU.Least = cmp.Or(c.CPU.Least, cpu)
			c.Memory.Least = cmp.Or(c.Memory.Least, memory)
		}
		if c.Stage == sees.First {
			continue
		}
		if cpu == 0 {
			whole.CPU.Least += c.CPU.Least
		}
		if memory == 0 {
			whole.Memory.Least += c.Memory.Least
			whole.Memory.Most += c.Memory.Most
			unbounded = unbounded || c.Memory.Most == 0
		}
	}
	if unbounded {
		whole.Memory.Most = 0
	}
}

func (w World) linux(c types.ContainerDefinition, out *sees.Container) {
	for _, s := range c.SystemControls {
		put(&out.Sysctls, val(s.Namespace), val(s.Value))
	}
	l := c.LinuxParameters
	if l == nil {
		return
	}
	if l.SharedMemorySize != nil {
		out.SharedMemory = int64(*l.SharedMemorySize)
	}
	out.Reaped = out.Reaped || val(l.InitProcessEnabled)
	if k := l.Capabilities; k != nil {
		for _, name := range k.Add {
			put(&out.Capabilities, strings.TrimPrefix(name, "CAP_"), "added")
		}
		for _, name := range k.Drop {
			put(&out.Capabilities, strings.TrimPrefix(name, "CAP_"), "dropped")
		}
	}
}

// health is ECS' check. Its numbers have defaults.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
func health(h *types.HealthCheck) *sees.Health {
	if h == nil || len(h.Command) == 0 || h.Command[0] == "NONE" {
		return nil
	}
	or := func(p *int32, usual int64) int64 {
		if p == nil {
			return usual
		}
		return int64(*p)
	}
	out := &sees.Health{Interval: or(h.Interval, 30), Timeout: or(h.Timeout, 5), Retries: or(h.Retries, 3)}
	switch h.Command[0] {
	case "CMD-SHELL":
		out.Command = append([]string{"/bin/sh", "-c"}, h.Command[1:]...)
	case "CMD":
		out.Command = slices.Clone(h.Command[1:])
	default: // a bare string is a shell's
		out.Command = []string{"/bin/sh", "-c", strings.Join(h.Command, " ")}
	}
	// It is asked for the first time after one interval, and what it says in the start
	// period does not count.
	if out.Interval > 0 {
		out.GivenUp = ((or(h.StartPeriod, 0)+out.Interval-1)/out.Interval + out.Retries) * out.Interval
	}
	return out
}

func put(m *map[string]string, k, v string) {
	if *m == nil {
		*m = map[string]string{}
	}
	(*m)[k] = v
}
