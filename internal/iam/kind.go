package iam

// Kind is a resource type of the Service Authorization Reference.
type Kind string

// The resource types, by the names that statements give them.
const (
	namespace       Kind = "CloudMapNamespaces"
	cloudMapService Kind = "CloudMapServices"
	hostedZone      Kind = "HostedZones"
	healthCheck     Kind = "HealthChecks"
	ecsCluster      Kind = "ECSClusters"
	ecsService      Kind = "ECSServices"
	ecsTask         Kind = "ECSTasks"
	eksCluster      Kind = "EKSClusters"
	role            Kind = "Roles"
	assumedRole     Kind = "AssumedRoles"
	managedPolicy   Kind = "ManagedPolicies"
	repository      Kind = "Repositories"
	logGroup        Kind = "LogGroups"
	secret          Kind = "Secrets"
	parameter       Kind = "Parameters"
	kmsKey          Kind = "KMSKeys"

	// Those that carry the mark of who made them; their ids are not known before.
	ownNamespace       Kind = "OwnCloudMapNamespaces"
	ownCloudMapService Kind = "OwnCloudMapServices"
	newCloudMapService Kind = "NewCloudMapServices"
)

// kinds are what the reference says of each type, and why one may have to stay wide.
var kinds = map[Kind]struct {
	// arn is of all in an account and region; {p}, {r} and {a} are the partition, the
	// region and the account.
	arn string
	// wide says what to do, or why nothing can be done, where none is named.
	wide string
}{
	namespace:          {"arn:{p}:servicediscovery:{r}:{a}:namespace/*", "no Cloud Map namespace is named: --cloud-map-namespace narrows it"},
	cloudMapService:    {"arn:{p}:servicediscovery:{r}:{a}:service/*", "no Cloud Map service is named: --cloud-map-service narrows it (its ARN does not say the namespace)"},
	ownNamespace:       {"arn:{p}:servicediscovery:{r}:{a}:namespace/*", "ids of what will be made are not known before"},
	ownCloudMapService: {"arn:{p}:servicediscovery:{r}:{a}:service/*", "ids of what will be made are not known before"},
	newCloudMapService: {"arn:{p}:servicediscovery:{r}:{a}:service/*", "the id of what is made is not known before"},
	hostedZone:         {"arn:{p}:route53:::hostedzone/*", "no hosted zone is named: --hosted-zone narrows it"},
	healthCheck:        {"arn:{p}:route53:::healthcheck/*", "Cloud Map makes health checks with ids of Route 53's choice; names in private namespaces have none (--health-checks=false leaves them out)"},
	ecsCluster:         {"arn:{p}:ecs:{r}:{a}:cluster/*", "no ECS cluster is named: --ecs-service narrows it"},
	ecsService:         {"arn:{p}:ecs:{r}:{a}:service/*", "no ECS service is named: --ecs-service narrows it"},
	ecsTask:            {"arn:{p}:ecs:{r}:{a}:task/*", "no ECS cluster is named: --ecs-service narrows it"},
	eksCluster:         {"arn:{p}:eks:{r}:{a}:cluster/*", "no EKS cluster is named: --eks-cluster narrows it"},
	role:               {"arn:{p}:iam::{a}:role/*", "the roles that tasks have are not named: --role narrows it"},
	assumedRole:        {"arn:{p}:iam::{a}:role/*", ""},
	managedPolicy:      {"arn:{p}:iam::{a}:policy/* arn:{p}:iam::aws:policy/*", "which policies a role has is not known before it was read"},
}
