package lab

import "github.com/aws/aws-sdk-go-v2/service/ecs"

// Shape is how a service of the fleet is other than the plain one: one container on
// Fargate behind a name.
type Shape struct {
	Title    string // what it is, for people
	Nameless bool   // it is in no Cloud Map service, and no client asks for it
	// Role gives it a task role, Group a target group. Autoscaling is as in Options.
	Role, Group bool
	Autoscaling string
	// Define and Create have the last word on its task definition and on the service,
	// where not nil.
	Define func(*ecs.RegisterTaskDefinitionInput)
	Create func(*ecs.CreateServiceInput)
}

// shape is that of service n, from 1.
func (o Options) shape(n int) Shape {
	if n > len(o.Shapes) {
		return Shape{}
	}
	return o.Shapes[n-1]
}

// Named are the services that clients know by a name.
func (o Options) Named() (out []string) {
	for n := range o.Services {
		if !o.shape(n + 1).Nameless {
			out = append(out, ServiceName(n+1))
		}
	}
	return out
}
