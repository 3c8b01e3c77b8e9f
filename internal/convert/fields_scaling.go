package convert

import (
	"slices"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// targetFields are those of a scalable target.
var targetFields = []fields{
	{"", "MinCapacity MaxCapacity", ledger.Mapped, "minReplicas and maxReplicas"},
	{"", "ResourceId ServiceNamespace ScalableDimension", ledger.Mapped, "scaleTargetRef"},
	{"", "ScalableTargetARN CreationTime PredictedCapacity", ledger.Dropped, wordAnswered},
	{"", "RoleARN", ledger.Dropped, "Application Auto Scaling's role towards ECS"},
	{"Tags.", "*", ledger.Dropped, "tags of the scalable target itself"},
	{"SuspendedState.", "DynamicScalingInSuspended DynamicScalingOutSuspended", ledger.Mapped, "behavior, selectPolicy Disabled"},
	{"SuspendedState.", "ScheduledScalingSuspended", ledger.Mapped, "scheduled actions are left out"},
}

// policyFields are those of a scaling policy.
var policyFields = slices.Concat([]fields{
	{"", "PolicyName PolicyType", ledger.Mapped, "HorizontalPodAutoscaler, or KEDA's ScaledObject"},
	{"", "ResourceId ServiceNamespace ScalableDimension", ledger.Mapped, "scaleTargetRef"},
	{"", "PolicyARN CreationTime Alarms[].AlarmARN Alarms[].AlarmName", ledger.Dropped, wordAnswered},
}, fieldsBelow("TargetTrackingScalingPolicyConfiguration.", slices.Concat([]fields{
	{"", "TargetValue", ledger.Mapped, "HorizontalPodAutoscaler, averageUtilization; KEDA, targetMetricValue"},
	{"", "ScaleInCooldown ScaleOutCooldown", ledger.Approximated, "behavior, stabilizationWindowSeconds"},
	{"", "DisableScaleIn", ledger.Mapped, "behavior.scaleDown.selectPolicy Disabled"},
	{"PredefinedMetricSpecification.", "PredefinedMetricType", ledger.Mapped, "cpu or memory by utilisation; requests per target through KEDA"},
	{"PredefinedMetricSpecification.", "ResourceLabel", ledger.Mapped, "KEDA's aws-cloudwatch trigger"},
	{"CustomizedMetricSpecification.", "MetricName", ledger.Approximated, "KEDA's aws-cloudwatch trigger, which is minutes late"},
	{"CustomizedMetricSpecification.", "Namespace Statistic Unit Dimensions[].Name Dimensions[].Value", ledger.Mapped, "KEDA's aws-cloudwatch trigger"},
}, fieldsBelow("CustomizedMetricSpecification.Metrics[].", fieldsAll(ledger.NeedsDecision, "KEDA's aws-cloudwatch trigger works nothing out of several metrics", queryFields)))), []fields{
	{"StepScalingPolicyConfiguration.", "AdjustmentType Cooldown MetricAggregationType MinAdjustmentMagnitude", ledger.NeedsDecision, wordSteps},
	{"StepScalingPolicyConfiguration.StepAdjustments[].", "ScalingAdjustment MetricIntervalLowerBound MetricIntervalUpperBound", ledger.NeedsDecision, wordSteps},
}, fieldsBelow("PredictiveScalingPolicyConfiguration.", predictiveFields))

const wordSteps = "steps become a target: which, only a person can say, with the alarm at hand"

// predictiveFields are those of predictive scaling.
var predictiveFields = fieldsAll(ledger.Unsupported, "nothing in Kubernetes foresees load; KEDA can scale by the clock", slices.Concat([]fields{
	{"", "Mode MaxCapacityBreachBehavior MaxCapacityBuffer SchedulingBufferTime", "", ""},
	{"MetricSpecifications[].", "TargetValue", "", ""},
	{"MetricSpecifications[].PredefinedLoadMetricSpecification.", "PredefinedMetricType ResourceLabel", "", ""},
	{"MetricSpecifications[].PredefinedMetricPairSpecification.", "PredefinedMetricType ResourceLabel", "", ""},
	{"MetricSpecifications[].PredefinedScalingMetricSpecification.", "PredefinedMetricType ResourceLabel", "", ""},
},
	fieldsBelow("MetricSpecifications[].CustomizedCapacityMetricSpecification.MetricDataQueries[].", queryFields),
	fieldsBelow("MetricSpecifications[].CustomizedLoadMetricSpecification.MetricDataQueries[].", queryFields),
	fieldsBelow("MetricSpecifications[].CustomizedScalingMetricSpecification.MetricDataQueries[].", queryFields),
))

// queryFields are the fields of a metric that is worked out of others.
var queryFields = []fields{
	{"", "Id Expression Label ReturnData", "", ""},
	{"MetricStat.", "Stat Unit Metric.Namespace Metric.MetricName Metric.Dimensions[].Name Metric.Dimensions[].Value", "", ""},
}

// scheduledFields are those of a scheduled action.
var scheduledFields = []fields{
	{"", "ScheduledActionName", ledger.Mapped, "a cron trigger of KEDA's ScaledObject"},
	{"", "ResourceId ServiceNamespace ScalableDimension", ledger.Mapped, "scaleTargetRef"},
	{"", "ScheduledActionARN CreationTime", ledger.Dropped, wordAnswered},
	{"", "Schedule Timezone ScalableTargetAction.MinCapacity ScalableTargetAction.MaxCapacity", ledger.Approximated, "KEDA's cron trigger: a lower bound from one time to another"},
	{"", "StartTime EndTime", ledger.Unsupported, "KEDA's cron trigger knows no first and last day"},
}
