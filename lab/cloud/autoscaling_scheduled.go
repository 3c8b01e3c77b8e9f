package cloud

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	aas "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
)

// scheduled is a scheduled action of a target.
type scheduled struct {
	name, arn  string
	created    time.Time
	schedule   string
	zone       *string
	start, end *time.Time
	action     types.ScalableTargetAction
	next       func(after time.Time) (time.Time, bool)
}

func (t *scalable) scheduled(name string) (int, bool) {
	return slices.BinarySearchFunc(t.schedules, name, func(s *scheduled, n string) int { return cmp.Compare(s.name, n) })
}

// PutScheduledAction has the signature of the client's method. What is left out
// of an update keeps its value, but for start and end.
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScheduledAction.html
func (a *AutoScaling) PutScheduledAction(ctx context.Context, in *aas.PutScheduledActionInput, _ ...func(*aas.Options)) (*aas.PutScheduledActionOutput, error) {
	if err := a.enter(ctx, "PutScheduledAction"); err != nil {
		return nil, err
	}
	c, name := a.c, val(in.ScheduledActionName)
	t, err := a.target(in.ServiceNamespace, in.ScalableDimension, in.ResourceId)
	if err != nil {
		return nil, err
	}
	if name == "" || len(name) > 256 {
		return nil, refused("A scheduled action's name has 1 to 256 characters.")
	}
	s := &scheduled{name: name, created: c.now, start: in.StartTime, end: in.EndTime}
	at, found := t.scheduled(name)
	if found {
		old := t.schedules[at]
		s.arn, s.created, s.schedule, s.zone, s.action = old.arn, old.created, old.schedule, old.zone, old.action
	}
	if in.Schedule != nil {
		s.schedule = *in.Schedule
	}
	if in.Timezone != nil {
		s.zone = in.Timezone
	}
	if in.ScalableTargetAction != nil {
		s.action = *in.ScalableTargetAction
	}
	if err := c.checkScheduled(t, s); err != nil {
		return nil, err
	}
	if s.arn == "" {
		s.arn = c.arn("autoscaling", "scheduledAction:"+c.scaling.uuid()+":resource/ecs/"+t.id+":scheduledActionName/"+name)
	}
	if found {
		t.schedules[at] = s
	} else {
		if len(t.schedules) >= maxScheduled {
			return nil, &types.LimitExceededException{Message: ptr("A scalable target can have at most 200 scheduled actions.")}
		}
		t.schedules = slices.Insert(t.schedules, at, s)
	}
	c.await(t, s)
	return &aas.PutScheduledActionOutput{}, nil
}

func (c *Cloud) checkScheduled(t *scalable, s *scheduled) error {
	if s.schedule == "" {
		return refused("Schedule must be given for a new scheduled action.")
	}
	if s.action.MinCapacity == nil && s.action.MaxCapacity == nil {
		return refused("At least one of MinCapacity and MaxCapacity must be given.")
	}
	lo, hi := t.min, t.max
	if s.action.MinCapacity != nil {
		lo = int(*s.action.MinCapacity)
	}
	if s.action.MaxCapacity != nil {
		hi = int(*s.action.MaxCapacity)
	}
	if s.action.MinCapacity != nil && s.action.MaxCapacity != nil && lo > hi || lo < 0 || hi < 0 {
		return refused("Maximum capacity cannot be less than minimum capacity")
	}
	if s.start != nil && s.end != nil && !s.end.After(*s.start) {
		return refused("The end time must be after the start time.")
	}
	zone := time.UTC
	if s.zone != nil {
		var err error
		if zone, err = time.LoadLocation(*s.zone); err != nil {
			return refused("The time zone isn't valid: " + *s.zone)
		}
	}
	var err error
	if s.next, err = schedule(s.schedule, zone, c.now); err != nil {
		return err
	}
	return nil
}

// schedule reads at(…), rate(…) and cron(…).
// https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html
func schedule(text string, zone *time.Location, now time.Time) (func(time.Time) (time.Time, bool), error) {
	kind, rest, ok := strings.Cut(text, "(")
	inside, closed := strings.CutSuffix(rest, ")")
	if !ok || !closed {
		return nil, refused("The schedule isn't valid: " + text)
	}
	switch kind {
	case "at":
		t, err := time.ParseInLocation("2006-01-02T15:04:05", inside, zone)
		if err != nil {
			return nil, refused("The schedule isn't valid: " + text)
		}
		if t.Before(now) {
			return nil, refused("The schedule lies in the past: " + text)
		}
		return func(after time.Time) (time.Time, bool) { return t, t.After(after) }, nil
	case "rate":
		every, err := rateOf(inside)
		if err != nil {
			return nil, refused("The schedule isn't valid: " + text)
		}
		return func(after time.Time) (time.Time, bool) {
			n := int64(after.Sub(now)/every) + 1
			return now.Add(time.Duration(n) * every), true
		}, nil
	case "cron":
		c, err := parseCron(inside)
		if err != nil {
			return nil, refused("The schedule isn't valid: " + text + ": " + err.Error())
		}
		return func(after time.Time) (time.Time, bool) { return c.next(after.In(zone)) }, nil
	}
	return nil, refused("The schedule isn't valid: " + text)
}

func rateOf(text string) (time.Duration, error) {
	number, unit, _ := strings.Cut(text, " ")
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 {
		return 0, strconv.ErrSyntax
	}
	one, ok := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[strings.TrimSuffix(unit, "s")]
	if !ok || (n == 1) == strings.HasSuffix(unit, "s") {
		return 0, strconv.ErrSyntax
	}
	return time.Duration(n) * one, nil
}

// await lets the action happen at its next time. One that was replaced or
// deleted meanwhile does not.
func (c *Cloud) await(t *scalable, s *scheduled) {
	from := c.now
	if s.start != nil && s.start.After(from) {
		from = s.start.Add(-time.Nanosecond)
	}
	at, ok := s.next(from)
	if !ok || s.end != nil && at.After(*s.end) {
		return
	}
	c.after(at.Sub(c.now), func() {
		i, found := t.scheduled(s.name)
		if !found || t.schedules[i] != s || c.scaling.targets[t.id] != t {
			return
		}
		c.carryOut(t, s)
		if strings.HasPrefix(s.schedule, "at(") {
			t.schedules = slices.Delete(t.schedules, i, i+1)
			return
		}
		c.await(t, s)
	})
}

// carryOut sets the capacities and brings the desired count between them.
// https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-scheduled-scaling.html
func (c *Cloud) carryOut(t *scalable, s *scheduled) {
	if val(t.suspended.ScheduledScalingSuspended) {
		return
	}
	var set []string
	if s.action.MinCapacity != nil {
		t.min = int(*s.action.MinCapacity)
		t.max = max(t.max, t.min)
		set = append(set, "min capacity to "+strconv.Itoa(t.min))
	}
	if s.action.MaxCapacity != nil {
		t.max = int(*s.action.MaxCapacity)
		t.min = min(t.min, t.max)
		set = append(set, "max capacity to "+strconv.Itoa(t.max))
	}
	what := "Setting " + strings.Join(set, " and ")
	c.done(t, "scheduled action name "+s.name+" was triggered", what, "Successfully set "+strings.Join(set, " and "))
	svc := c.serviceOfTarget(t.id)
	switch {
	case svc == nil:
	case svc.desired < t.min:
		c.setCapacity(t, svc, t.min, "minimum capacity was set to "+strconv.Itoa(t.min))
	case svc.desired > t.max:
		c.setCapacity(t, svc, t.max, "maximum capacity was set to "+strconv.Itoa(t.max))
	}
}

// DescribeScheduledActions has the signature of the client's method, by target and name.
func (a *AutoScaling) DescribeScheduledActions(ctx context.Context, in *aas.DescribeScheduledActionsInput, _ ...func(*aas.Options)) (*aas.DescribeScheduledActionsOutput, error) {
	if err := a.enter(ctx, "DescribeScheduledActions"); err != nil {
		return nil, err
	}
	type row struct {
		t *scalable
		*scheduled
	}
	var rows []row
	err := a.each(in.ServiceNamespace, in.ScalableDimension, in.ResourceId, func(t *scalable) {
		for _, s := range t.schedules {
			if len(in.ScheduledActionNames) == 0 || slices.Contains(in.ScheduledActionNames, s.name) {
				rows = append(rows, row{t, s})
			}
		}
	})
	if err != nil {
		return nil, err
	}
	rows, token, err := scalingPage(rows, func(r row) string { return r.t.id + " " + r.name }, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &aas.DescribeScheduledActionsOutput{ScheduledActions: []types.ScheduledAction{}, NextToken: token}
	for _, r := range rows {
		action := r.action
		out.ScheduledActions = append(out.ScheduledActions, types.ScheduledAction{
			ServiceNamespace: types.ServiceNamespaceEcs, ScalableDimension: desiredCount, ResourceId: ptr(r.t.id),
			ScheduledActionName: ptr(r.name), ScheduledActionARN: ptr(r.arn), CreationTime: ptr(r.created), Schedule: ptr(r.schedule),
			Timezone: r.zone, StartTime: r.start, EndTime: r.end, ScalableTargetAction: &action,
		})
	}
	return out, nil
}

// DeleteScheduledAction has the signature of the client's method.
func (a *AutoScaling) DeleteScheduledAction(ctx context.Context, in *aas.DeleteScheduledActionInput, _ ...func(*aas.Options)) (*aas.DeleteScheduledActionOutput, error) {
	if err := a.enter(ctx, "DeleteScheduledAction"); err != nil {
		return nil, err
	}
	t, err := a.target(in.ServiceNamespace, in.ScalableDimension, in.ResourceId)
	if err != nil {
		return nil, err
	}
	at, found := t.scheduled(val(in.ScheduledActionName))
	if !found {
		return nil, notRegistered("scheduled action", t.id)
	}
	t.schedules = slices.Delete(t.schedules, at, at+1)
	return &aas.DeleteScheduledActionOutput{}, nil
}
