package inventory

// Service is an ECS service, and all that says how it runs and who leads to it.
type Service struct {
	Place
	Cluster      string `json:"cluster"` // its name
	Name         string `json:"name"`
	ARN          string `json:"arn"`
	DesiredCount int    `json:"desiredCount"`
	RunningCount int    `json:"runningCount"`
	// LaunchType is EC2, FARGATE, EXTERNAL or MANAGED_INSTANCES; "" where a strategy of
	// capacity providers chooses.
	LaunchType     string `json:"launchType,omitempty"`
	TaskDefinition string `json:"taskDefinition"` // ARN, with the revision
	// Registries are the names that its tasks are registered in.
	Registries   []Registry `json:"registries"`
	TargetGroups []string   `json:"targetGroups"` // ARNs
	// Subnets and SecurityGroups are ids, of tasks with an interface of their own.
	Subnets        []string `json:"subnets"`
	SecurityGroups []string `json:"securityGroups"`
	Scaling        *Scaling `json:"scaling,omitempty"`
	// Document is the service of DescribeServices with its tags, without its events,
	// and of its deployments only the PRIMARY one.
	Document Document `json:"document"`
}

// Registry is one of an ECS service's service registries.
type Registry struct {
	ARN string `json:"arn"` // of the Cloud Map service
	// What is known of the name; empty if it could not be read (see Unknown).
	Namespace     string   `json:"namespace,omitempty"`
	Service       string   `json:"service,omitempty"`
	RecordTypes   []string `json:"recordTypes"`
	TTL           int64    `json:"ttl"`                     // seconds, the longest of its records
	RoutingPolicy string   `json:"routingPolicy,omitempty"` // MULTIVALUE or WEIGHTED; "" for an HTTP namespace

	ContainerName string `json:"containerName,omitempty"`
	ContainerPort int    `json:"containerPort,omitempty"`
	Port          int    `json:"port,omitempty"`
}

// Describe tells the registry what is known of its name.
func (r *Registry) Describe(n Name) {
	r.Namespace, r.Service, r.RoutingPolicy = n.Settings.Namespace, n.Settings.Name, n.Settings.Routing
	r.TTL, r.RecordTypes = n.Settings.MaxTTL(), nil
	for _, rec := range n.Settings.Records {
		r.RecordTypes = append(r.RecordTypes, rec.Type)
	}
}

// Scaling is what Application Auto Scaling does with the service's desired count.
type Scaling struct {
	Target   Document   `json:"target"`   // of DescribeScalableTargets
	Policies []Document `json:"policies"` // of DescribeScalingPolicies, by name
	// Scheduled are the actions of DescribeScheduledActions, by name.
	Scheduled []Document `json:"scheduled"`
}
