package kube

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/cutover"
)

// forwardPhases is the way to EKS, in order.
var forwardPhases = []cutover.Phase{
	cutover.Preflight, cutover.Stage, cutover.Prepare, cutover.Shift, cutover.Hold, cutover.Drain, cutover.Migrated,
}

// conditions are all of a migration's conditions, on every pass.
func conditions(o cutover.Outcome) []metav1.Condition {
	d := o.Decision
	phase, wait := d.State.Phase, d.Wait
	reason := string(wait.Reason)
	if reason == "" {
		reason = "NotSeenYet"
	}
	cond := func(t string, ok bool, why, msg string) metav1.Condition {
		c := metav1.Condition{Type: t, Status: metav1.ConditionFalse, Reason: why, Message: clip(msg, 1024)}
		if ok {
			c.Status = metav1.ConditionTrue
		}
		return c
	}
	// after: the crossing is beyond this phase, as seen now.
	after := func(t string, p cutover.Phase, yes string) metav1.Condition {
		c := cond(t, slices.Index(forwardPhases, phase) > slices.Index(forwardPhases, p), yes, wait.Text)
		if c.Status == metav1.ConditionFalse {
			c.Reason = reason
			if wait.Reason == cutover.WaitUnknown {
				c.Status = metav1.ConditionUnknown
			}
		} else {
			c.Message = ""
		}
		return c
	}

	if o.Holder != "" {
		return []metav1.Condition{
			cond(v1alpha1.ConditionClaimed, false, "HeldByAnother", wait.Text),
			cond(v1alpha1.ConditionReady, false, "HeldByAnother", wait.Text),
			cond(v1alpha1.ConditionReconciling, false, "HeldByAnother", ""),
			cond(v1alpha1.ConditionStalled, true, "HeldByAnother", wait.Text),
		}
	}
	stalled := stalled(d)
	ready := wait.Reason == cutover.WaitNothing
	returned := d.State.Returned != ""
	reconciling := !ready && !stalled
	readyReason := reason
	if ready {
		readyReason = string(phase)
	}
	return []metav1.Condition{
		cond(v1alpha1.ConditionClaimed, true, "Claimed", ""),
		after(v1alpha1.ConditionPreflightPassed, cutover.Preflight, "ChecksPassed"),
		after(v1alpha1.ConditionShifted, cutover.Shift, "EverythingOnEKS"),
		after(v1alpha1.ConditionQuiet, cutover.Hold, "CachesRanOut"),
		after(v1alpha1.ConditionDrained, cutover.Drain, "NoTaskRuns"),
		cond(v1alpha1.ConditionSourceReturned, returned, pick(returned, "TaskInName", "NoTaskInName"), d.State.Returned),
		cond(v1alpha1.ConditionReady, ready, readyReason, wait.Text),
		cond(v1alpha1.ConditionReconciling, reconciling, reason, wait.Text),
		cond(v1alpha1.ConditionStalled, stalled, pick(stalled, reason, "GoingOn"), pick(stalled, wait.Text, "")),
	}
}

// stalled: nothing goes on without a person.
func stalled(d cutover.Decision) bool {
	switch d.Wait.Reason {
	case cutover.WaitPerson, cutover.WaitDenied, cutover.WaitChecks, cutover.WaitPaused:
		return true
	default:
		return d.State.Halt != ""
	}
}

func pick(ok bool, yes, no string) string {
	if ok {
		return yes
	}
	return no
}
