package ecs

import (
	"context"
	"maps"
	"slices"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// defaultStopTimeout is the time between SIGTERM and SIGKILL of a container that
// names none.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
const defaultStopTimeout = 30 * time.Second

// definition is what a crossing wants to know of a task definition. A revision
// never changes.
type definition struct {
	containers map[string][]int32 // container ports by container name
	checked    bool               // an essential container has a health check
	stop       time.Duration      // of the container that takes longest
}

// definition reads a task definition, through memory.
func (c *Client) definition(ctx context.Context, arn string) (definition, error) {
	c.mu.Lock()
	d, ok := c.definitions[arn]
	c.mu.Unlock()
	if ok {
		return d, nil
	}
	out, err := invoke(ctx, "DescribeTaskDefinition", "task definition "+last(arn), c.api.DescribeTaskDefinition,
		&ecs.DescribeTaskDefinitionInput{TaskDefinition: sdk.String(arn)})
	if err != nil {
		return definition{}, err
	}
	d = fromDefinition(out.TaskDefinition)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.definitions[arn] = d
	return d, nil
}

func fromDefinition(td *types.TaskDefinition) definition {
	d := definition{containers: map[string][]int32{}}
	for _, c := range td.ContainerDefinitions {
		ports := []int32{}
		for _, p := range c.PortMappings {
			if p.ContainerPort != nil {
				ports = append(ports, *p.ContainerPort)
			}
		}
		d.containers[sdk.ToString(c.Name)] = ports
		// ECS judges a task by its essential containers; a container is essential
		// unless it says otherwise.
		if c.HealthCheck != nil && (c.Essential == nil || *c.Essential) {
			d.checked = true
		}
		stop := defaultStopTimeout
		if c.StopTimeout != nil {
			stop = time.Duration(*c.StopTimeout) * time.Second
		}
		d.stop = max(d.stop, stop)
	}
	return d
}

// ports are those of all containers, sorted, each once.
func (d definition) ports() []int32 {
	var all []int32
	for _, name := range slices.Sorted(maps.Keys(d.containers)) {
		all = append(all, d.containers[name]...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// registryPort is the port that the registry names, or the only one of the
// container it names, or the only one there is; else 0.
func (d definition) registryPort(registries []types.ServiceRegistry) int32 {
	for _, r := range registries {
		switch {
		case r.ContainerPort != nil:
			return *r.ContainerPort
		case r.Port != nil:
			return *r.Port
		case r.ContainerName != nil:
			if p := d.containers[*r.ContainerName]; len(p) == 1 {
				return p[0]
			}
		}
	}
	if all := d.ports(); len(all) == 1 {
		return all[0]
	}
	return 0
}
