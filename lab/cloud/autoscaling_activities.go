package cloud

import (
	"context"
	"fmt"
	"slices"
	"time"

	aas "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
)

// activity is one thing that Application Auto Scaling did, or did not do.
type activity struct {
	id, target, cause, description, message string
	status                                  types.ScalingActivityStatusCode
	began, ended                            time.Time
	want                                    int
	reasons                                 []types.NotScaledReason
}

// keepActivities is how long they can be described: six weeks.
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalingActivities.html
const keepActivities = 6 * 7 * 24 * time.Hour

// began notes an activity that waits for ECS. One before it that still does is overridden.
func (c *Cloud) began(t *scalable, why, what string, want int) {
	c.endActivity(t.id, types.ScalingActivityStatusCodeOverridden, func(a *activity) string {
		return "Overridden by another scaling activity before desired count " + fmt.Sprint(a.want) + " was reached."
	})
	c.keepActivity(t, &activity{
		cause: why, description: what, want: want, status: types.ScalingActivityStatusCodeInProgress,
		message: fmt.Sprintf("Successfully set desired count to %d. Waiting for change to be fulfilled by ecs.", want),
	})
}

func (c *Cloud) keepActivity(t *scalable, a *activity) {
	a.id, a.target, a.began = c.scaling.uuid(), t.id, c.now
	if len(c.scaling.activities) >= handful {
		keep := keepActivities
		if c.cfg.History > 0 {
			keep = min(keep, c.cfg.History)
		}
		c.scaling.activities = slices.DeleteFunc(c.scaling.activities, func(o *activity) bool { return c.now.Sub(o.began) > keep })
	}
	c.scaling.activities = append(c.scaling.activities, a)
	if c.cfg.Log {
		c.note("SCALING", t.id, a.description+" "+a.cause)
	}
}

// done notes an activity that is over as soon as it began.
func (c *Cloud) done(t *scalable, why, what, message string) {
	c.keepActivity(t, &activity{cause: why, description: what, message: message, status: types.ScalingActivityStatusCodeSuccessful, ended: c.now})
}

// notScaled notes why an alarm led to nothing.
func (c *Cloud) notScaled(t *scalable, svc *ecsService, why, code string) {
	reason := types.NotScaledReason{Code: ptr(code), CurrentCapacity: ptr(int32(svc.desired))}
	if code == "AlreadyAtMaxCapacity" {
		reason.MaxCapacity = ptr(int32(t.max))
	} else {
		reason.MinCapacity = ptr(int32(t.min))
	}
	c.keepActivity(t, &activity{
		cause: why, description: "Attempting to scale due to alarm triggered", status: types.ScalingActivityStatusCodeSuccessful,
		ended: c.now, reasons: []types.NotScaledReason{reason},
	})
}

// fulfilled is called when a service has as many healthy tasks as desired.
func (c *Cloud) fulfilled(svc *ecsService) {
	if len(c.scaling.activities) == 0 {
		return
	}
	c.endActivity("service/"+svc.cluster.name+"/"+svc.name, types.ScalingActivityStatusCodeSuccessful, func(a *activity) string {
		return fmt.Sprintf("Successfully set desired count to %d. Change successfully fulfilled by ecs.", a.want)
	})
}

func (c *Cloud) endActivity(target string, status types.ScalingActivityStatusCode, message func(*activity) string) {
	for _, a := range c.scaling.activities {
		if a.target == target && a.status == types.ScalingActivityStatusCodeInProgress {
			a.status, a.ended, a.message = status, c.now, message(a)
		}
	}
}

// DescribeScalingActivities has the signature of the client's method: the
// latest first, for six weeks.
func (a *AutoScaling) DescribeScalingActivities(ctx context.Context, in *aas.DescribeScalingActivitiesInput, _ ...func(*aas.Options)) (*aas.DescribeScalingActivitiesOutput, error) {
	if err := a.enter(ctx, "DescribeScalingActivities"); err != nil {
		return nil, err
	}
	if in.ScalableDimension != "" && in.ResourceId == nil {
		return nil, refused("A scalable dimension needs a resource ID.")
	}
	type row struct {
		key string
		*activity
	}
	var rows []row
	all := a.c.scaling.activities
	for n := len(all) - 1; n >= 0; n-- {
		one := all[n]
		if in.ServiceNamespace != types.ServiceNamespaceEcs || in.ResourceId != nil && *in.ResourceId != one.target ||
			len(one.reasons) > 0 && !val(in.IncludeNotScaledActivities) || a.c.now.Sub(one.began) > keepActivities {
			continue
		}
		rows = append(rows, row{fmt.Sprintf("%012d", 1<<39-n), one})
	}
	rows, token, err := scalingPage(rows, func(r row) string { return r.key }, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &aas.DescribeScalingActivitiesOutput{ScalingActivities: []types.ScalingActivity{}, NextToken: token}
	for _, r := range rows {
		one := types.ScalingActivity{
			ActivityId: ptr(r.id), ServiceNamespace: types.ServiceNamespaceEcs, ScalableDimension: desiredCount, ResourceId: ptr(r.target),
			Cause: ptr(r.cause), Description: ptr(r.description), StatusCode: r.status, StartTime: ptr(r.began), NotScaledReasons: r.reasons,
		}
		if r.message != "" {
			one.StatusMessage = ptr(r.message)
		}
		if !r.ended.IsZero() {
			one.EndTime = ptr(r.ended)
		}
		out.ScalingActivities = append(out.ScalingActivities, one)
	}
	return out, nil
}
