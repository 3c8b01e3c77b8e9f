package fleet

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/tranship/tranship/lab"
	"github.com/tranship/tranship/lab/likeness/secrets"
)

// Region is where all of it runs.
const Region = "ap-south-1"

// ARNs of what the definitions refer to.
const (
	Secret    = "arn:aws:secretsmanager:" + Region + ":" + lab.Account + ":secret:shop/database-AbCdEf"
	Pull      = "arn:aws:secretsmanager:" + Region + ":" + lab.Account + ":secret:shop/registry-GhIjKl"
	Parameter = "arn:aws:ssm:" + Region + ":" + lab.Account + ":parameter/shop/flag"
	execution = "arn:aws:iam::" + lab.Account + ":role/execution"
	files     = "arn:aws:s3:::shop-config/"
)

// Store has the secrets.
func Store() secrets.Store {
	return secrets.Store{
		Secrets: map[string]map[string][]string{
			Secret: {secrets.Current: {"user", "password"}, "AWSPREVIOUS": {"password"}, "11111111-2222-3333-4444-555555555555": {"password"}},
			Pull:   {secrets.Current: {"username", "password"}},
		},
		Parameters: []string{Parameter},
	}
}

// Files are the environment files, by ARN.
func Files() map[string]string {
	return map[string]string{
		files + "own.env":    "# of the service\nLOG_LEVEL=info\nGREETING=\"hello\"\nSHARED=own\n",
		files + "common.env": "SHARED=common\nCOMMON=yes\nAWS_REGION=eu-west-1\n",
	}
}

// File is an environment file.
func File(arn string) ([]byte, error) {
	if f, ok := Files()[arn]; ok {
		return []byte(f), nil
	}
	return nil, fmt.Errorf("there is no file %s", arn)
}

// definition is a task definition that is being written.
type definition struct {
	*ecs.RegisterTaskDefinitionInput
	round int // how often the shape was there before
}

// app is the container that serves.
func (d definition) app() *types.ContainerDefinition { return &d.ContainerDefinitions[0] }

// add adds a container beside it.
func (d definition) add(c types.ContainerDefinition) {
	d.ContainerDefinitions = append(d.ContainerDefinitions, c)
}

// onEC2 takes the task off Fargate, and sizes its containers in place of it.
func (d definition) onEC2() {
	d.RequiresCompatibilities = []types.Compatibility{types.CompatibilityEc2}
	d.Cpu, d.Memory = nil, nil
	d.app().Cpu, d.app().Memory, d.app().MemoryReservation = 256, p(int32(512)), p(int32(256))
}

// ec2 is the same of the service.
func ec2(in *ecs.CreateServiceInput) { in.LaunchType, in.PlatformVersion = types.LaunchTypeEc2, nil }

// shape is a lab.Shape before it is told how often it was there.
type shape struct {
	title       string
	nameless    bool
	role, group bool
	autoscaling string
	define      func(d definition)
	create      func(in *ecs.CreateServiceInput)
	alone       bool // one of them is enough
}

// Shapes are n of them.
func Shapes(n int) []lab.Shape {
	all := slices.Concat(webs(), pods(), machines(), others())
	var out []lab.Shape
	for round := 0; len(out) < n; round++ {
		for _, s := range all {
			if len(out) == n {
				break
			}
			if round > 0 && s.alone {
				continue
			}
			out = append(out, s.at(round))
		}
	}
	return out
}

// at is the shape with figures of a round.
func (s shape) at(round int) lab.Shape {
	title := s.title
	if round > 0 {
		title = fmt.Sprintf("%s (%d)", s.title, round+1)
	}
	return lab.Shape{
		Title: title, Nameless: s.nameless, Role: s.role, Group: s.group, Autoscaling: s.autoscaling, Create: s.create,
		Define: func(in *ecs.RegisterTaskDefinitionInput) {
			d := definition{in, round}
			sizes := [][2]string{{"256", "512"}, {"512", "1024"}, {"1024", "3072"}}
			in.Cpu, in.Memory = &sizes[round%3][0], &sizes[round%3][1]
			in.ExecutionRoleArn = p(execution)
			d.app().Environment = []types.KeyValuePair{kv("SERVICE", cmp.Or(val(in.Family), "none")), kv("ROUND", fmt.Sprint(round))}
			if s.define != nil {
				s.define(d)
			}
		},
	}
}

func p[T any](v T) *T { return &v }

func val(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func kv(name, value string) types.KeyValuePair { return types.KeyValuePair{Name: &name, Value: &value} }

func tcp(port int32) types.PortMapping {
	return types.PortMapping{ContainerPort: &port, HostPort: &port, Protocol: types.TransportProtocolTcp}
}

func secret(name, from string) types.Secret { return types.Secret{Name: &name, ValueFrom: &from} }

func mount(volume, path string, readOnly bool) types.MountPoint {
	return types.MountPoint{SourceVolume: &volume, ContainerPath: &path, ReadOnly: &readOnly}
}

func after(name string, condition types.ContainerCondition) []types.ContainerDependency {
	return []types.ContainerDependency{{ContainerName: &name, Condition: condition}}
}

// beside is a container that no one depends on.
func beside(name, image string) types.ContainerDefinition {
	return types.ContainerDefinition{Name: &name, Image: &image, Essential: p(false)}
}
