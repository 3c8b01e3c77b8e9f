package sees

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Aspects are what can differ, by name, in words: environment.NAME, mount./data,
// memory.most and so on. What nobody said is not in it.
type Aspects map[string]string

func (a Aspects) text(name, value string) {
	if value != "" {
		a[name] = value
	}
}

func (a Aspects) number(name string, n int64) {
	if n != 0 {
		a[name] = strconv.FormatInt(n, 10)
	}
}

func (a Aspects) is(name string, yes bool) {
	if yes {
		a[name] = "yes"
	}
}

func (a Aspects) list(name string, l []string) {
	if len(l) > 0 {
		b, _ := json.Marshal(l) // strings can't fail
		a[name] = string(b)
	}
}

func (a Aspects) all(prefix string, m map[string]string) {
	for k, v := range m {
		if v == "" {
			v = `""` // which is something else than nothing
		}
		a[prefix+"."+k] = v
	}
}

// Aspects of what all containers have together.
func (w Whole) Aspects() Aspects {
	a := Aspects{}
	a.number("cpu.least", w.CPU.Least)
	a.number("cpu.most", w.CPU.Most)
	a.number("memory.least", w.Memory.Least)
	a.number("memory.most", w.Memory.Most)
	a.number("storage", w.Storage)
	a.number("gpus", w.GPUs)
	a.text("architecture", w.Architecture)
	a.text("os", w.OS)
	a.text("processes", w.Processes)
	a.text("ipc", w.IPC)
	a.text("network", w.Network)
	a.text("identity", w.Identity)
	a.text("hostname", w.Hostname)
	a.text("resolver", w.Resolver)
	return a
}

// Aspects of one container.
func (c Container) Aspects() Aspects {
	a := Aspects{}
	a.text("image", c.Image)
	a.text("stage", string(c.Stage))
	for k, v := range c.After {
		a["after."+k] = string(v)
	}
	a.all("environment", c.Environment)
	a.all("given", c.Given)
	a.list("entryPoint", c.EntryPoint)
	a.list("arguments", c.Arguments)
	a.text("workingDir", c.WorkingDir)
	a.text("user", c.User)
	a.text("group", c.Group)
	for _, p := range c.Ports {
		a["port."+p] = "open"
	}
	for _, m := range c.Mounts {
		a["mount."+m.Path] = m.words()
	}
	a.number("cpu.least", c.CPU.Least)
	a.number("cpu.most", c.CPU.Most)
	a.number("memory.least", c.Memory.Least)
	a.number("memory.most", c.Memory.Most)
	a.number("sharedMemory", c.SharedMemory)
	a.number("gpus", c.GPUs)
	a.all("ulimit", c.Ulimits)
	a.all("capability", c.Capabilities)
	a.all("sysctl", c.Sysctls)
	a.all("host", c.Hosts)
	a.list("dns.servers", c.Servers)
	a.list("dns.searches", c.Searches)
	a.is("readOnlyRoot", c.ReadOnlyRoot)
	a.is("privileged", c.Privileged)
	a.is("noNewPrivileges", c.NoNewPrivileges)
	a.is("terminal", c.Terminal)
	a.is("input", c.Input)
	a.is("reaped", c.Reaped)
	a.number("stop", c.StopSeconds)
	if h := c.Health; h != nil {
		a.list("health.command", h.Command)
		a.number("health.interval", h.Interval)
		a.number("health.timeout", h.Timeout)
		a.number("health.retries", h.Retries)
		a.number("health.givenUp", h.GivenUp)
	}
	return a
}

// words is a mount as a line.
func (m Mount) words() string {
	var b strings.Builder
	b.WriteString(m.Kind)
	if m.Source != "" {
		b.WriteString(" " + m.Source)
	}
	if m.SizeMiB > 0 {
		fmt.Fprintf(&b, " of %d MiB", m.SizeMiB)
	}
	if m.ReadOnly {
		b.WriteString(", read-only")
	}
	if len(m.Options) > 0 {
		b.WriteString(", " + strings.Join(m.Options, ","))
	}
	if len(m.SharedWith) > 0 {
		b.WriteString(", also at " + strings.Join(m.SharedWith, " "))
	}
	return b.String()
}
