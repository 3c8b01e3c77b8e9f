package kube

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/check"
	"github.com/tranship/tranship/internal/cutover"
)

// MaxStatus bounds the status in bytes, as stored.
const MaxStatus = 64 << 10

// statusOf is the status after a step. It starts from the one before, so that
// conditions keep their transition times and what cannot be read now keeps its
// last value.
func statusOf(before v1alpha1.ServiceMigrationStatus, generation int64, goal v1alpha1.Goal, o cutover.Outcome, now time.Time) (v1alpha1.ServiceMigrationStatus, error) {
	d := o.Decision
	st := *before.DeepCopy()
	st.ObservedGeneration = generation
	st.Phase = string(d.State.Phase)
	st.Waiting = v1alpha1.Waiting{Reason: string(d.Wait.Reason), Object: clip(d.Wait.Object, 256), Text: clip(d.Wait.Text, 1024)}
	if !d.Wait.Until.IsZero() {
		t := metav1.NewTime(d.Wait.Until.UTC().Add(time.Second - 1).Truncate(time.Second)) // never too early
		st.Waiting.Until = &t
	}
	if o.View.OK() {
		st.DNSName = o.View.V.Settings.DNSName()
		st.EKS.InName, st.ECS.InName = clamp(o.In), clamp(o.Left)
		st.EKS.Share = int32(cutover.Split{EKS: o.In, ECS: o.Left}.Share())
		st.ECS.Share = 0
		if o.In+o.Left > 0 {
			st.ECS.Share = 100 - st.EKS.Share
		}
		st.ForeignInstances = clamp(o.Foreign)
	}
	if o.Source.OK() {
		st.ECS.Running, st.ECS.Desired = clamp(o.Source.V.Running), clamp(o.Source.V.Desired)
	}
	if o.Target.OK() {
		st.EKS.Running = clamp(o.Target.V.Serving())
	}
	st.Step = 0
	if d.State.Phase == cutover.Shift {
		st.Step = clamp(d.State.Step + 1)
	}
	if len(o.Rollback) > 0 {
		st.RollbackBoundSeconds = int64(math.Ceil(cutover.Sum(o.Rollback).Seconds()))
	}
	st.Checks = nil
	for _, c := range d.Checks {
		if c.Outcome != check.Pass && len(st.Checks) < 20 {
			st.Checks = append(st.Checks, v1alpha1.Check{ID: c.ID, Outcome: c.Outcome.String(),
				Value: clip(c.Value, 256), Limit: clip(c.Limit, 256), Remedy: clip(c.Remedy, 512)})
		}
	}
	st.History = nil
	for _, h := range d.State.History {
		st.History = append(st.History, v1alpha1.PhaseMark{Phase: string(h.Phase), At: metav1.NewMicroTime(h.At.UTC().Truncate(time.Microsecond)), Note: clip(h.Note, 128)})
	}
	if n := len(st.History) - 30; n > 0 {
		st.History = st.History[n:]
	}
	crossing, err := encodeState(before.Crossing, d.State)
	if err != nil {
		return st, err
	}
	st.Crossing = crossing
	for _, c := range conditions(goal, o) {
		c.ObservedGeneration = generation
		c.LastTransitionTime = metav1.NewTime(now.UTC().Truncate(time.Second))
		meta.SetStatusCondition(&st.Conditions, c)
	}
	slices.SortFunc(st.Conditions, func(a, b metav1.Condition) int { return cmp.Compare(a.Type, b.Type) })
	b, err := json.Marshal(st)
	if err != nil {
		return st, fmt.Errorf("encode the status: %w", err)
	}
	if len(b) > MaxStatus {
		return st, fmt.Errorf("the status has %d bytes, at most %d: move fewer tasks at once", len(b), MaxStatus)
	}
	return st, nil
}

func clamp(n int) int32 { return int32(min(max(n, 0), math.MaxInt32)) }

// clip makes a text one line of at most n bytes, in whole runes.
func clip(s string, n int) string {
	s = strings.ToValidUTF8(strings.Join(strings.Fields(s), " "), "")
	if len(s) <= n {
		return s
	}
	const dots = "…"
	n -= len(dots)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + dots
}
