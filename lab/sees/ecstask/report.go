package ecstask

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/tranship/tranship/lab/sees"
)

// World is a task definition, and what ECS looks up when it starts a task of it.
type World struct {
	Task    types.TaskDefinition
	Fargate bool // what runs it
	Region  string
	TaskID  string
	// Secret is the value that a valueFrom leads to, in Secrets Manager or Parameter
	// Store; File is an environment file in S3, by its ARN.
	Secret func(valueFrom string) (string, error)
	File   func(arn string) ([]byte, error)
}

// Report is what the containers of a task see. Errors: what can't be looked up, in
// which case ECS does not start the task either.
func (w World) Report() (sees.Report, error) {
	t := w.Task
	r := sees.Report{Platform: "ecs", Whole: w.whole()}
	for _, c := range t.ContainerDefinitions {
		one, err := w.container(c)
		if err != nil {
			return sees.Report{}, fmt.Errorf("container %s: %w", val(c.Name), err)
		}
		r.Containers = append(r.Containers, one)
		r.Whole.GPUs += one.GPUs
	}
	w.together(&r)
	r.Settle()
	return r, nil
}

func (w World) whole() sees.Whole {
	t := w.Task
	out := sees.Whole{
		Architecture: "any", OS: "linux", Processes: "own", IPC: "own", Network: "own", Resolver: "vpc",
		Identity: val(t.TaskRoleArn),
	}
	if w.Fargate {
		out.Architecture = "amd64" // unless the definition says another
	}
	if p := t.RuntimePlatform; p != nil {
		switch p.CpuArchitecture {
		case types.CPUArchitectureArm64:
			out.Architecture = "arm64"
		case types.CPUArchitectureX8664:
			out.Architecture = "amd64"
		}
		if strings.HasPrefix(string(p.OperatingSystemFamily), "WINDOWS") {
			out.OS = "windows"
		}
	}
	// A task's size is kept for it, and the most that it gets.
	// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#task_size
	cpu, memory := thousandths(size(val(t.Cpu))), size(val(t.Memory))
	out.CPU, out.Memory = sees.Amount{Least: cpu, Most: cpu}, sees.Amount{Least: memory, Most: memory}
	if e := t.EphemeralStorage; e != nil {
		out.Storage = int64(e.SizeInGiB) << 10
	}
	if len(t.ContainerDefinitions) == 1 {
		out.IPC, out.Processes = alone, alone
	}
	switch t.PidMode {
	case types.PidModeTask:
		if out.Processes != alone {
			out.Processes = "together"
		}
	case types.PidModeHost:
		out.Processes = "host's"
	}
	switch t.IpcMode {
	case types.IpcModeTask:
		if out.IPC != alone {
			out.IPC = "together"
		}
	case types.IpcModeHost:
		out.IPC = "host's"
	case types.IpcModeNone:
		out.IPC = "none"
	}
	if t.NetworkMode == types.NetworkModeHost {
		out.Network = "host's"
	}
	return out
}

// alone is one that has nobody to share with.
const alone = "alone"

// size reads the cpu or memory of a task: units or MiB, or "1 vCPU", ".5 vCPU", "2 GB".
func size(s string) int64 {
	number, unit, _ := strings.Cut(strings.TrimSpace(s), " ")
	n, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0
	}
	if unit != "" {
		n *= 1024
	}
	return int64(n)
}

// thousandths turns CPU units, 1,024 to a CPU, into thousandths of one.
func thousandths(units int64) int64 { return units * 1000 / 1024 }

func val[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
