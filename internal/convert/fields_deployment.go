package convert

import (
	"slices"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// wordAgain is why a deployment's or a task set's copy of a setting is not missed.
const wordAgain = "the service says the same"

// deploymentFields are how a service is deployed, and its deployments.
var deploymentFields = slices.Concat(fieldsBelow("deploymentConfiguration.", []fields{
	{"", "maximumPercent minimumHealthyPercent", ledger.Mapped, "maxSurge and maxUnavailable in pods, rounded as ECS does; PodDisruptionBudget"},
	{"", "strategy", ledger.Mapped, "RollingUpdate; the others need Argo Rollouts or Flagger"},
	{"", "bakeTimeInMinutes", ledger.Unsupported, "Argo Rollouts and Flagger wait so between steps, a Deployment does not"},
	{"canaryConfiguration.", "canaryBakeTimeInMinutes canaryPercent", ledger.Unsupported, "Argo Rollouts or Flagger, steps"},
	{"linearConfiguration.", "stepBakeTimeInMinutes stepPercent", ledger.Unsupported, "Argo Rollouts or Flagger, steps"},
	{"lifecycleHooks[].", "hookTargetArn lifecycleStages roleArn targetType hookDetails* timeoutConfiguration.action timeoutConfiguration.timeoutInMinutes", ledger.Unsupported, "Argo Rollouts' analysis or Flagger's webhooks"},
	{"deploymentCircuitBreaker.", "enable rollback resetOnHealthyTask thresholdConfiguration.type thresholdConfiguration.value", ledger.Approximated, "progressDeadlineSeconds says that it failed; who deploys goes back"},
	{"alarms.", "alarmNames enable rollback", ledger.Unsupported, "a Deployment looks at no alarm; Argo Rollouts and Flagger do"},
	{"earlySuccessCriteria.", "enable healthyPercent sourceServiceRevisionCleanup", ledger.Unsupported, "a Deployment is done when all its pods are"},
}), []fields{
	{"", "deploymentController.type", ledger.Mapped, "Deployment; CODE_DEPLOY and EXTERNAL need Argo Rollouts, Flagger or what deploys now"},
}, fieldsBelow("deployments[].", slices.Concat([]fields{
	{"", "id status createdAt updatedAt desiredCount runningCount pendingCount failedTasks rolloutState rolloutStateReason", ledger.Dropped, wordAnswered},
	{"", "serviceConnectResources[].discoveryArn serviceConnectResources[].discoveryName", ledger.Dropped, wordAnswered},
	{"", "taskDefinition launchType platformFamily platformVersion", ledger.Dropped, wordAgain},
	{"", "fargateEphemeralStorage.kmsKeyId", ledger.Unsupported, "EKS' Fargate encrypts with AWS' own key; nodes with their volumes' key"},
	{"capacityProviderStrategy[].", "capacityProvider base weight", ledger.Dropped, wordAgain},
	{"networkConfiguration.awsvpcConfiguration.", "subnets securityGroups assignPublicIp", ledger.Dropped, wordAgain},
}, ebsFields, latticeFields)))

// taskSetFields are those of deployments that somebody else than ECS carries out.
var taskSetFields = fieldsBelow("taskSets[].", []fields{
	{"", "id taskSetArn serviceArn clusterArn status createdAt updatedAt startedBy externalId computedDesiredCount runningCount pendingCount stabilityStatus stabilityStatusAt", ledger.Dropped, wordAnswered},
	{"", "taskDefinition launchType platformFamily platformVersion", ledger.Dropped, wordAgain},
	{"scale.", "unit value", ledger.Dropped, "how far a deployment is; Kubernetes begins with all of it"},
	{"capacityProviderStrategy[].", "capacityProvider base weight", ledger.Dropped, wordAgain},
	{"networkConfiguration.awsvpcConfiguration.", "subnets securityGroups assignPublicIp", ledger.Dropped, wordAgain},
	{"loadBalancers[].", "targetGroupArn containerName containerPort loadBalancerName", ledger.Dropped, wordAgain},
	{"loadBalancers[].advancedConfiguration.", "alternateTargetGroupArn productionListenerRule testListenerRule roleArn", ledger.Dropped, wordAgain},
	{"serviceRegistries[].", "registryArn containerName containerPort port", ledger.Dropped, wordAgain},
	{"", "fargateEphemeralStorage.kmsKeyId", ledger.Unsupported, "EKS' Fargate encrypts with AWS' own key; nodes with their volumes' key"},
	{"tags[].", "key value", ledger.Dropped, wordAgain},
})
