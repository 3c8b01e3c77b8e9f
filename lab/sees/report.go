package sees

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
)

// Report is what the containers of one task or pod see.
type Report struct {
	Platform   string      `json:"platform"` // ecs or eks
	Whole      Whole       `json:"whole"`
	Containers []Container `json:"containers"` // by name
}

// Whole is what they have together.
type Whole struct {
	CPU          Amount `json:"cpu"`                // thousandths of a CPU
	Memory       Amount `json:"memory"`             // MiB
	Storage      int64  `json:"storage,omitempty"`  // MiB of scratch space that somebody asked for; 0: nobody did
	Architecture string `json:"architecture"`       // amd64 or arm64, or both where nobody says
	OS           string `json:"os"`                 // linux or windows
	Processes    string `json:"processes"`          // who sees whose: own, together, alone or host's
	IPC          string `json:"ipc"`                // the same of System V IPC
	Network      string `json:"network"`            // own or host's
	Identity     string `json:"identity,omitempty"` // the role that it takes, or what leads to one
	Hostname     string `json:"hostname,omitempty"` // "": the platform's choice
	Resolver     string `json:"resolver"`           // vpc, cluster or own
	GPUs         int64  `json:"gpus,omitempty"`     // of all containers
}

// Amount is what is kept for somebody at the least and what he may have at most; 0
// is nothing said: then nothing is kept, or all of the machine may be had.
type Amount struct {
	Least int64 `json:"least,omitempty"`
	Most  int64 `json:"most,omitempty"`
}

// Stage is when a container runs.
type Stage string

// The stages.
const (
	Along Stage = "along" // from the start to the end
	First Stage = "first" // to its end, before those that run along
)

// Container is what one container sees.
type Container struct {
	Name  string `json:"name"`
	Image string `json:"image"`
	Stage Stage  `json:"stage"`
	// After are the containers that it finds started, ended or healthy as it begins.
	After map[string]Condition `json:"after,omitempty"`

	// Environment is what somebody asked for; Given what the platform adds unasked.
	Environment map[string]string `json:"environment,omitempty"`
	Given       map[string]string `json:"given,omitempty"`

	EntryPoint []string `json:"entryPoint,omitempty"` // none: the image's
	Arguments  []string `json:"arguments,omitempty"`  // none: the image's, if it has its entry point, too
	WorkingDir string   `json:"workingDir,omitempty"` // "": the image's
	User       string   `json:"user,omitempty"`       // "": the image's
	Group      string   `json:"group,omitempty"`      // "": the user's
	Ports      []string `json:"ports,omitempty"`      // 8080/tcp
	Mounts     []Mount  `json:"mounts,omitempty"`     // by path

	CPU          Amount `json:"cpu"`
	Memory       Amount `json:"memory"`
	SharedMemory int64  `json:"sharedMemory"` // MiB of /dev/shm
	GPUs         int64  `json:"gpus,omitempty"`

	Ulimits      map[string]string `json:"ulimits,omitempty"`      // name → soft:hard
	Capabilities map[string]string `json:"capabilities,omitempty"` // name without CAP_ → added or dropped
	Sysctls      map[string]string `json:"sysctls,omitempty"`
	Hosts        map[string]string `json:"hosts,omitempty"`    // name → address, of /etc/hosts
	Servers      []string          `json:"servers,omitempty"`  // DNS, where somebody chose them
	Searches     []string          `json:"searches,omitempty"` // likewise

	ReadOnlyRoot    bool `json:"readOnlyRoot,omitempty"`
	Privileged      bool `json:"privileged,omitempty"`
	NoNewPrivileges bool `json:"noNewPrivileges,omitempty"`
	Terminal        bool `json:"terminal,omitempty"`
	Input           bool `json:"input,omitempty"` // standard input stays open
	Reaped          bool `json:"reaped,omitempty"`

	StopSeconds int64   `json:"stopSeconds"` // from SIGTERM to SIGKILL
	Health      *Health `json:"health,omitempty"`
}

// Condition is how far a container has come as another one begins.
type Condition string

// The conditions. HEALTHY has in it that it started, SUCCESS that it ended.
const (
	Started   Condition = "START"
	Healthy   Condition = "HEALTHY"
	Completed Condition = "COMPLETE"
	Succeeded Condition = "SUCCESS"
)

// Mount is a folder or file that is not the image's.
type Mount struct {
	Path     string `json:"path"`
	ReadOnly bool   `json:"readOnly,omitempty"`
	// Kind is scratch (empty, lives as long as the task), memory, host, efs, ebs,
	// or configuration.
	Kind    string   `json:"kind"`
	Source  string   `json:"source,omitempty"` // host: the path; efs: file system, path and access point
	SizeMiB int64    `json:"sizeMiB,omitempty"`
	Options []string `json:"options,omitempty"`
	// SharedWith are the other places at which the same thing is mounted: container:path.
	SharedWith []string `json:"sharedWith,omitempty"`

	// Volume tells mounts of the same thing while a report is made. It is not printed:
	// how a volume is called, no container sees.
	Volume string `json:"-"`
}

// Health is the check by which a container counts as alive.
type Health struct {
	Command  []string `json:"command"`
	Interval int64    `json:"interval"` // seconds, like all that follow
	Timeout  int64    `json:"timeout"`
	Retries  int64    `json:"retries"` // a number
	// GivenUp is when a container that never gets healthy is given up.
	GivenUp int64 `json:"givenUp"`
}

// Settle puts everything in its order, and says of each mount who shares it.
func (r *Report) Settle() {
	slices.SortFunc(r.Containers, func(a, b Container) int { return cmp.Compare(a.Name, b.Name) })
	shared := map[string][]string{}
	for i := range r.Containers {
		c := &r.Containers[i]
		slices.Sort(c.Ports)
		c.Ports = slices.Compact(c.Ports)
		slices.SortFunc(c.Mounts, func(a, b Mount) int { return cmp.Compare(a.Path, b.Path) })
		for _, m := range c.Mounts {
			if m.Volume != "" {
				shared[m.Volume] = append(shared[m.Volume], c.Name+":"+m.Path)
			}
		}
	}
	for i := range r.Containers {
		c := &r.Containers[i]
		for k := range c.Mounts {
			m := &c.Mounts[k]
			m.SharedWith = nil
			for _, at := range shared[m.Volume] {
				if at != c.Name+":"+m.Path {
					m.SharedWith = append(m.SharedWith, at)
				}
			}
		}
	}
}

// JSON is the report, the same bytes for the same report.
func (r Report) JSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
