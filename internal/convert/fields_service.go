package convert

import (
	"slices"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// serviceFields are those of a service, but for how it is deployed and Service Connect.
var serviceFields = slices.Concat([]fields{
	{"", "serviceName serviceArn", ledger.Mapped, "metadata.name, and the source of its ServiceMigration"},
	{"", "clusterArn cluster", ledger.Mapped, "metadata.namespace, unless another is asked for"},
	{"", "status createdAt createdBy runningCount pendingCount", ledger.Dropped, wordAnswered},
	{"", "currentServiceDeployment currentServiceRevisions[].arn currentServiceRevisions[].pendingTaskCount currentServiceRevisions[].requestedTaskCount currentServiceRevisions[].runningTaskCount", ledger.Dropped, wordAnswered},
	{"events[].", "id createdAt message", ledger.Dropped, wordAnswered},
	{"", "clientToken", ledger.Dropped, "it makes one call of AWS' API happen once"},
	{"", "taskDefinition", ledger.Mapped, "spec.template"},
	{"", "desiredCount", ledger.Mapped, "spec.replicas; left to the autoscaler where there is one"},
	{"", "schedulingStrategy", ledger.Mapped, "Deployment or DaemonSet"},
	{"", "launchType", ledger.Mapped, "the cluster's nodes, or its Fargate profile"},
	{"", "platformFamily", ledger.Mapped, "nodeSelector kubernetes.io/os"},
	{"", "platformVersion", ledger.Dropped, "the version of ECS' Fargate; EKS has its own"},
	{"", "resourceManagementType", ledger.Dropped, wordAnswered},
	{"capacityProviderStrategy[].", "capacityProvider base weight", ledger.Approximated, "node affinity to Spot or on-demand; shares are for the node pools to keep"},
	{"", "availabilityZoneRebalancing", ledger.Approximated, "topologySpreadConstraints count when a pod starts, not afterwards"},
	{"placementConstraints[].", "type expression", ledger.Mapped, "pod anti-affinity by node; node affinity; asked where nodes have no label that says the same"},
	{"placementStrategy[].", "type field", ledger.Approximated, "topologySpreadConstraints; binpack is for the scheduler or Karpenter"},
	{"networkConfiguration.awsvpcConfiguration.", "subnets", ledger.Approximated, "the nodes' subnets, or an ENIConfig's; the zones are kept"},
	{"networkConfiguration.awsvpcConfiguration.", "securityGroups", ledger.Mapped, "SecurityGroupPolicy"},
	{"networkConfiguration.awsvpcConfiguration.", "assignPublicIp", ledger.Mapped, "a pod has no public address; where a task has one, NAT takes its place"},
	{"loadBalancers[].", "targetGroupArn containerName containerPort", ledger.Mapped, "TargetGroupBinding to the same target group"},
	{"loadBalancers[].", "loadBalancerName", ledger.Unsupported, "a Classic Load Balancer knows instances only; make a target group first"},
	{"loadBalancers[].advancedConfiguration.", "alternateTargetGroupArn", ledger.Mapped, "TargetGroupBinding to that one, too"},
	{"loadBalancers[].advancedConfiguration.", "productionListenerRule testListenerRule roleArn", ledger.Dropped, "the rules stay as they are: pods are in both target groups"},
	{"", "healthCheckGracePeriodSeconds", ledger.Dropped, "a load balancer's check restarts no pod; of containers' own checks: startupProbe"},
	{"serviceRegistries[].", "registryArn containerName containerPort port", ledger.Mapped, "Service annotations and ports, ServiceMigration"},
	{"", "role roleArn", ledger.Dropped, "ECS' own role towards the load balancer; the load balancer controller has one"},
	{"", "enableExecuteCommand", ledger.Mapped, "kubectl exec; rights by RBAC, audit by the API server"},
	{"", "enableECSManagedTags", ledger.Dropped, "ECS' tags on ECS' tasks; EKS splits cost by pod"},
	{"", "propagateTags", ledger.Mapped, "annotations of the pod, as of its workload"},
	{"tags[].", "key value", ledger.Mapped, "annotations"},
	{"monitoring.metricConfigurations[].", "metricNames resolutionSeconds", ledger.Approximated, "Container Insights of EKS has resolutions of its own"},
	{"gatewayConnectors[].", "portName filters.accessTypes", ledger.Unsupported, "a gateway of ECS; Ingress or Gateway API take its place"},
	{"gatewayConnectors[].healthCheck.", "healthCheckIntervalSeconds healthCheckPath healthCheckPort healthCheckProtocol healthCheckTimeoutSeconds healthyThresholdCount unhealthyThresholdCount matcher.grpcCode matcher.httpCode", ledger.Unsupported, "a gateway of ECS; Ingress or Gateway API take its place"},
}, ebsFields, latticeFields)

// ebsFields are those of volumes that are configured at launch.
var ebsFields = fieldsBelow("volumeConfigurations[].", []fields{
	{"", "name", ledger.Mapped, "volumes[].name of an ephemeral volume"},
	{"managedEBSVolume.", "sizeInGiB", ledger.Mapped, "volumeClaimTemplate, requests.storage"},
	{"managedEBSVolume.", "volumeType encrypted kmsKeyId iops throughput filesystemType", ledger.Mapped, "StorageClass of the EBS CSI driver"},
	{"managedEBSVolume.", "volumeInitializationRate", ledger.Approximated, "blocks of a snapshot are loaded when they are read first"},
	{"managedEBSVolume.", "snapshotId", ledger.NeedsDecision, "dataSource: a VolumeSnapshot has to stand for the snapshot first"},
	{"managedEBSVolume.", "roleArn", ledger.Dropped, "the EBS CSI driver has a role of its own"},
	{"managedEBSVolume.tagSpecifications[].", "resourceType tags[].key tags[].value", ledger.Mapped, "StorageClass, tagSpecification"},
	{"managedEBSVolume.tagSpecifications[].", "propagateTags", ledger.Approximated, "StorageClass, tagSpecification: as the tags are now"},
})

// latticeFields are those of VPC Lattice.
var latticeFields = fieldsBelow("vpcLatticeConfigurations[].", []fields{
	{"", "targetGroupArn portName roleArn advancedConfiguration.alternateTargetGroupArn advancedConfiguration.productionListenerRule advancedConfiguration.testListenerRule", ledger.Unsupported, "the AWS Gateway API controller makes target groups of its own"},
})
