package cases

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	aas "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"

	"github.com/tranship/tranship/lab/cloud"
)

const ecsDimension = types.ScalableDimensionECSServiceDesiredCount

// scalableID is the resource id of the case's service.
func (r *runner) scalableID() *string {
	return ptr("service/" + usualCluster + "/" + *r.ecsName())
}

func registerTarget(r *runner, ctx context.Context) (string, error) {
	in := &aas.RegisterScalableTargetInput{
		ServiceNamespace: types.ServiceNamespace(r.arg("namespace", "ecs")), ScalableDimension: ecsDimension, ResourceId: r.scalableID(),
	}
	if r.d.HasArg("min") {
		in.MinCapacity = ptr(int32(r.number("min", 0)))
	}
	if r.d.HasArg("max") {
		in.MaxCapacity = ptr(int32(r.number("max", 0)))
	}
	if t := r.arg("tag", ""); t != "" {
		in.Tags = map[string]string{"team": t}
	}
	for key, value := range map[string]bool{"suspend": true, "resume": false} {
		for _, a := range r.d.CmdArgs {
			if a.Key != key {
				continue
			}
			if in.SuspendedState == nil {
				in.SuspendedState = &types.SuspendedState{}
			}
			for _, what := range a.Vals {
				switch what {
				case "in":
					in.SuspendedState.DynamicScalingInSuspended = ptr(value)
				case "out":
					in.SuspendedState.DynamicScalingOutSuspended = ptr(value)
				case "scheduled":
					in.SuspendedState.ScheduledScalingSuspended = ptr(value)
				default:
					r.d.Fatalf(r.t, "%s: in, out or scheduled, not %s", key, what)
				}
			}
		}
	}
	_, err := r.target.AutoScaling.RegisterScalableTarget(ctx, in)
	return "", err
}

func deregisterTarget(r *runner, ctx context.Context) (string, error) {
	_, err := r.target.AutoScaling.DeregisterScalableTarget(ctx, &aas.DeregisterScalableTargetInput{
		ServiceNamespace: types.ServiceNamespaceEcs, ScalableDimension: ecsDimension, ResourceId: r.scalableID(),
	})
	return "", err
}

func targets(r *runner, ctx context.Context) (string, error) {
	in := &aas.DescribeScalableTargetsInput{ServiceNamespace: types.ServiceNamespace(r.arg("namespace", "ecs"))}
	if id := r.arg("id", ""); id != "" {
		in.ResourceIds = []string{id}
	}
	if r.d.HasArg("dimension") {
		in.ScalableDimension = ecsDimension
	}
	if n := r.number("max", 0); n != 0 {
		in.MaxResults = ptr(int32(n))
	}
	if t := r.arg("token", ""); t != "" {
		in.NextToken = &t
	}
	out, err := r.target.AutoScaling.DescribeScalableTargets(ctx, in)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, t := range out.ScalableTargets {
		fmt.Fprintf(&b, "%s %d..%d", *t.ResourceId, *t.MinCapacity, *t.MaxCapacity)
		s := t.SuspendedState
		mark(&b, "in", s.DynamicScalingInSuspended)
		mark(&b, "out", s.DynamicScalingOutSuspended)
		mark(&b, "scheduled", s.ScheduledScalingSuspended)
		b.WriteByte('\n')
	}
	if out.NextToken != nil {
		b.WriteString("more\n")
	}
	return orNone(b.String()), nil
}

// mark says what is suspended.
func mark(b *strings.Builder, what string, on *bool) {
	if on != nil && *on {
		b.WriteString(" suspended:" + what)
	}
}

func orNone(s string) string {
	if s == "" {
		return "none\n"
	}
	return s
}

func targetTags(r *runner, ctx context.Context) (string, error) {
	all, err := r.target.AutoScaling.DescribeScalableTargets(ctx, &aas.DescribeScalableTargetsInput{
		ServiceNamespace: types.ServiceNamespaceEcs, ResourceIds: []string{*r.scalableID()},
	})
	if err != nil {
		return "", err
	}
	arn := ptr(r.arg("arn", ""))
	if len(all.ScalableTargets) > 0 && *arn == "" {
		arn = all.ScalableTargets[0].ScalableTargetARN
	}
	if k := r.arg("add", ""); k != "" {
		if _, err := r.target.AutoScaling.TagResource(ctx, &aas.TagResourceInput{ResourceARN: arn, Tags: map[string]string{k: "yes"}}); err != nil {
			return "", err
		}
	}
	if k := r.arg("remove", ""); k != "" {
		if _, err := r.target.AutoScaling.UntagResource(ctx, &aas.UntagResourceInput{ResourceARN: arn, TagKeys: []string{k}}); err != nil {
			return "", err
		}
	}
	out, err := r.target.AutoScaling.ListTagsForResource(ctx, &aas.ListTagsForResourceInput{ResourceARN: arn})
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(out.Tags)) {
		fmt.Fprintf(&b, "%s=%s\n", k, out.Tags[k])
	}
	return orNone(b.String()), nil
}

// putPolicy puts a target tracking policy, or with step=ADJUSTMENT a step one
// that is above the alarm's threshold.
func putPolicy(r *runner, ctx context.Context) (string, error) {
	in := &aas.PutScalingPolicyInput{
		ServiceNamespace: types.ServiceNamespaceEcs, ScalableDimension: ecsDimension, ResourceId: r.scalableID(),
		PolicyName: ptr(r.arg("name", "cpu")), PolicyType: types.PolicyTypeTargetTrackingScaling,
	}
	if r.d.HasArg("step") {
		in.PolicyType = types.PolicyTypeStepScaling
		in.StepScalingPolicyConfiguration = &types.StepScalingPolicyConfiguration{
			AdjustmentType: types.AdjustmentType(r.arg("adjustment", "ChangeInCapacity")), Cooldown: r.seconds("cooldown"),
			StepAdjustments: []types.StepAdjustment{{ScalingAdjustment: ptr(int32(r.number("step", 0)))}},
		}
	} else {
		conf := &types.TargetTrackingScalingPolicyConfiguration{
			TargetValue: ptr(float64(r.number("target", 50))), ScaleInCooldown: r.seconds("in-cooldown"), ScaleOutCooldown: r.seconds("out-cooldown"),
			PredefinedMetricSpecification: &types.PredefinedMetricSpecification{PredefinedMetricType: types.MetricTypeECSServiceAverageCPUUtilization},
		}
		if m := r.arg("metric", ""); m != "" {
			conf.PredefinedMetricSpecification = nil
			conf.CustomizedMetricSpecification = &types.CustomizedMetricSpecification{MetricName: &m, Namespace: ptr("Shop"), Statistic: types.MetricStatisticAverage}
		}
		if r.d.HasArg("no-scale-in") {
			conf.DisableScaleIn = ptr(true)
		}
		if r.d.HasArg("no-metric") {
			conf.PredefinedMetricSpecification = nil
		}
		in.TargetTrackingScalingPolicyConfiguration = conf
	}
	out, err := r.target.AutoScaling.PutScalingPolicy(ctx, in)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s alarms=%d\n", after(*out.PolicyARN), len(out.Alarms)), nil
}

// seconds is an argument that may be missing.
func (r *runner) seconds(key string) *int32 {
	if !r.d.HasArg(key) {
		return nil
	}
	return ptr(int32(r.duration(key).Seconds()))
}

func policies(r *runner, ctx context.Context) (string, error) {
	in := &aas.DescribeScalingPoliciesInput{ServiceNamespace: types.ServiceNamespaceEcs}
	if r.d.HasArg("service") {
		in.ResourceId = r.scalableID()
	}
	if n := r.arg("name", ""); n != "" {
		in.PolicyNames = []string{n}
	}
	out, err := r.target.AutoScaling.DescribeScalingPolicies(ctx, in)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, p := range out.ScalingPolicies {
		fmt.Fprintf(&b, "%s %s %s alarms=%d\n", *p.ResourceId, *p.PolicyName, p.PolicyType, len(p.Alarms))
	}
	return orNone(b.String()), nil
}

func deletePolicy(r *runner, ctx context.Context) (string, error) {
	_, err := r.target.AutoScaling.DeleteScalingPolicy(ctx, &aas.DeleteScalingPolicyInput{
		ServiceNamespace: types.ServiceNamespaceEcs, ScalableDimension: ecsDimension, ResourceId: r.scalableID(), PolicyName: ptr(r.arg("name", "cpu")),
	})
	return "", err
}

// putScheduled takes the schedule from the lines below the command.
func putScheduled(r *runner, ctx context.Context) (string, error) {
	in := &aas.PutScheduledActionInput{
		ServiceNamespace: types.ServiceNamespaceEcs, ScalableDimension: ecsDimension, ResourceId: r.scalableID(),
		ScheduledActionName: ptr(r.arg("name", "night")),
	}
	if s := strings.TrimSpace(r.d.Input); s != "" {
		in.Schedule = &s
	}
	if z := r.arg("zone", ""); z != "" {
		in.Timezone = &z
	}
	if r.d.HasArg("end") {
		in.EndTime = ptr(r.start.Add(r.duration("end")))
	}
	if r.d.HasArg("begin") {
		in.StartTime = ptr(r.start.Add(r.duration("begin")))
	}
	if r.d.HasArg("min") || r.d.HasArg("max") {
		in.ScalableTargetAction = &types.ScalableTargetAction{}
	}
	if r.d.HasArg("min") {
		in.ScalableTargetAction.MinCapacity = ptr(int32(r.number("min", 0)))
	}
	if r.d.HasArg("max") {
		in.ScalableTargetAction.MaxCapacity = ptr(int32(r.number("max", 0)))
	}
	_, err := r.target.AutoScaling.PutScheduledAction(ctx, in)
	return "", err
}

func scheduled(r *runner, ctx context.Context) (string, error) {
	out, err := r.target.AutoScaling.DescribeScheduledActions(ctx, &aas.DescribeScheduledActionsInput{
		ServiceNamespace: types.ServiceNamespaceEcs, ResourceId: r.scalableID(), ScalableDimension: ecsDimension,
	})
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, s := range out.ScheduledActions {
		fmt.Fprintf(&b, "%s %s", *s.ScheduledActionName, *s.Schedule)
		if m := s.ScalableTargetAction.MinCapacity; m != nil {
			fmt.Fprintf(&b, " min=%d", *m)
		}
		if m := s.ScalableTargetAction.MaxCapacity; m != nil {
			fmt.Fprintf(&b, " max=%d", *m)
		}
		b.WriteByte('\n')
	}
	return orNone(b.String()), nil
}

func deleteScheduled(r *runner, ctx context.Context) (string, error) {
	_, err := r.target.AutoScaling.DeleteScheduledAction(ctx, &aas.DeleteScheduledActionInput{
		ServiceNamespace: types.ServiceNamespaceEcs, ScalableDimension: ecsDimension, ResourceId: r.scalableID(),
		ScheduledActionName: ptr(r.arg("name", "night")),
	})
	return "", err
}

func utilisation(r *runner, _ context.Context) (string, error) {
	metric := r.arg("metric", string(types.MetricTypeECSServiceAverageCPUUtilization))
	return r.yes(func(c *cloud.Cloud) bool {
		return c.SetUtilisation(usualCluster, *r.ecsName(), metric, float64(r.number("value", 0)))
	})
}

// trigger is an alarm that goes off.
func trigger(r *runner, _ context.Context) (string, error) {
	return r.yes(func(c *cloud.Cloud) bool {
		return c.TriggerPolicy(usualCluster, *r.ecsName(), r.arg("name", "steps"), "queue-depth", float64(r.number("beyond", 0)))
	})
}

var alarmID = regexp.MustCompile(`(-Alarm(?:High|Low))-[0-9a-f-]{36}`)

// activities prints them, the oldest first.
func activities(r *runner, ctx context.Context) (string, error) {
	in := &aas.DescribeScalingActivitiesInput{ServiceNamespace: types.ServiceNamespaceEcs, ResourceId: r.scalableID()}
	if r.d.HasArg("not-scaled") {
		in.IncludeNotScaledActivities = ptr(true)
	}
	out, err := r.target.AutoScaling.DescribeScalingActivities(ctx, in)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for n := len(out.ScalingActivities) - 1; n >= 0; n-- {
		a := out.ScalingActivities[n]
		fmt.Fprintf(&b, "%s %s %s\n", r.at(*a.StartTime), a.StatusCode, *a.Description)
		fmt.Fprintf(&b, "  cause: %s\n", alarmID.ReplaceAllString(*a.Cause, "$1"))
		if a.StatusMessage != nil {
			fmt.Fprintf(&b, "  %s\n", *a.StatusMessage)
		}
		for _, why := range a.NotScaledReasons {
			fmt.Fprintf(&b, "  not scaled: %s at %d\n", *why.Code, *why.CurrentCapacity)
		}
	}
	return orNone(b.String()), nil
}
