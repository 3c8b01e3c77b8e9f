package convert

import (
	"strconv"
	"strings"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// scheduleTriggers turns scheduled actions into cron triggers of KEDA: from the time of each until
// that of the next there are at least as many pods as it says. That takes two actions that
// alternate; others are a person's to decide.
// https://keda.sh/docs/latest/scalers/cron/
func (s *scaler) schedule() {
	actions := s.c.scheduled
	if s.c.daemon {
		for _, a := range actions {
			a.Rest().Dropped("each node has one")
		}
		return
	}
	if s.c.target.At("SuspendedState.ScheduledScalingSuspended").Bool() {
		for _, a := range actions {
			a.Rest().Dropped("scheduled scaling is suspended")
		}
		return
	}
	if len(actions) != 2 || !s.alternate(actions[0], actions[1]) {
		for _, a := range actions {
			s.action(a)
		}
		return
	}
	const to = "ScaledObject spec.triggers"
	for i, a := range actions {
		start, _ := cronOf(a.Field("Schedule").Text())
		end, _ := cronOf(actions[1-i].Field("Schedule").Text())
		zone := a.Field("Timezone").Text()
		if zone == "" {
			zone = "UTC"
		}
		n, _ := a.At("ScalableTargetAction.MinCapacity").Int()
		s.triggers = append(s.triggers, map[string]any{"type": "cron", "metadata": map[string]any{
			"timezone": zone, "start": start, "end": end, "desiredReplicas": strconv.FormatInt(max(n, 0), 10),
		}})
		s.floors = append(s.floors, n)
		a.Field("ScheduledActionName").Mapped(to)
		a.Field("Schedule").Approximated(to, "a lower bound from this time to that of the other action")
		a.Field("Timezone").Approximated(to, "a lower bound from this time to that of the other action")
		a.At("ScalableTargetAction.MinCapacity").Approximated(to, "KEDA looks every half minute")
		if most := a.At("ScalableTargetAction.MaxCapacity"); most.Set() {
			m, _ := most.Int()
			s.ceiling = max(s.ceiling, m)
			most.Approximated("ScaledObject spec.maxReplicaCount", "the highest of all: KEDA changes no upper bound by the clock")
		}
		for _, f := range []string{"StartTime", "EndTime"} {
			a.Field(f).Unsupported("a cron trigger holds for ever: add and remove it by hand")
		}
	}
}

// alternate says that two actions follow each other by one clock.
func (s *scaler) alternate(a, b ledger.Node) bool {
	for _, n := range []ledger.Node{a, b} {
		if _, ok := cronOf(n.Field("Schedule").Text()); !ok || !n.At("ScalableTargetAction.MinCapacity").Set() {
			return false
		}
	}
	return a.Field("Timezone").Text() == b.Field("Timezone").Text() && a.Field("Schedule").Text() != b.Field("Schedule").Text()
}

// cronOf is AWS' cron expression as others write it: without a year, with 0 for Sunday.
// False for what they can't say.
// https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html
func cronOf(text string) (string, bool) {
	inner, ok := strings.CutPrefix(text, "cron(")
	inner, closed := strings.CutSuffix(inner, ")")
	f := strings.Fields(inner)
	if !ok || !closed || len(f) != 6 || f[5] != "*" || strings.ContainsAny(strings.Join(f[2:5], " "), "#") {
		return "", false
	}
	for _, r := range f[2] {
		if r == 'L' || r == 'W' {
			return "", false
		}
	}
	if strings.HasSuffix(f[4], "L") {
		return "", false
	}
	days := []byte(f[4])
	for i, d := range days {
		if d >= '1' && d <= '7' && (i == 0 || days[i-1] != '/') {
			days[i] = d - 1
		}
	}
	f[4] = string(days)
	for i := range f {
		f[i] = strings.ReplaceAll(f[i], "?", "*")
	}
	return strings.Join(f[:5], " "), true
}
