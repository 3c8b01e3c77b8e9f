package cloud

import "slices"

// ecsConstraints are those that AWS documents for the ECS operations of the
// model; the API model itself has no patterns or lengths for them.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Operations.html
var ecsConstraints = map[string][]constraint{
	// Up to 255 letters, upper and lower case, numbers, underscores and hyphens.
	"CreateCluster":    at("ClusterName", name255),
	"DescribeClusters": at("Clusters", length(0, 100)),
	"CreateService": slices.Concat(at("ServiceName", name255), at("LaunchType", one("EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES")),
		at("SchedulingStrategy", one("REPLICA", "DAEMON")), at("PropagateTags", one("TASK_DEFINITION", "SERVICE", "NONE")),
		at("ClientToken", length(0, 36)), ecsTagged("Tags")),
	"UpdateService":    at("PropagateTags", one("TASK_DEFINITION", "SERVICE", "NONE")),
	"DescribeServices": at("Services", length(1, 10)),
	"DescribeTasks":    at("Tasks", length(1, 100)),
	"ListServices": slices.Concat(at("MaxResults", maxResults), at("LaunchType", one("EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES")),
		at("SchedulingStrategy", one("REPLICA", "DAEMON"))),
	"ListClusters": at("MaxResults", maxResults),
	"ListTasks": slices.Concat(at("MaxResults", maxResults), at("DesiredStatus", one("RUNNING", "PENDING", "STOPPED")),
		at("LaunchType", one("EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"))),
	"RegisterTaskDefinition": slices.Concat(at("Family", name255), at("NetworkMode", one("bridge", "host", "awsvpc", "none")), ecsTagged("Tags")),
	"TagResource":            ecsTagged("Tags"),
	"UntagResource":          at("TagKeys[]", tagKey),
}

var name255 = rule{pattern: matching(`^[a-zA-Z0-9_-]+$`).pattern, max: 255, bounded: true}

// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Tag.html
func ecsTagged(prefix string) []constraint {
	return slices.Concat(at(prefix, length(0, 50)), at(prefix+"[].Key", tagKey), at(prefix+"[].Value", tagValue))
}
