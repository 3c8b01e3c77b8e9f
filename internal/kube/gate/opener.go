package gate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/internal/kube/pods"
)

// Opener writes the condition that the gate waits for.
type Opener struct {
	Client  client.Client // reads may come from a cache: each write says which pod it means
	Now     func() time.Time
	Metrics *Metrics // may be nil
}

// Open opens the gates of those pods that carry one and are still waiting. Pods
// that are gone, leave, carry no gate or are open already cost no write, so a
// caller may name all pods of a name each time. One that fails does not stop the
// others.
func (o Opener) Open(ctx context.Context, which []Pod, r Reason, why string) error {
	return o.each(ctx, which, corev1.PodCondition{Status: corev1.ConditionTrue, Reason: string(r), Message: why})
}

// Hold says in closed gates why they are closed. A gate that is open stays open:
// a pod in service is judged by its containers.
func (o Opener) Hold(ctx context.Context, which []Pod, r Reason, why string) error {
	return o.each(ctx, which, corev1.PodCondition{Status: corev1.ConditionFalse, Reason: string(r), Message: why})
}

func (o Opener) each(ctx context.Context, which []Pod, want corev1.PodCondition) error {
	want.Type, want.Message = pods.GateRegistered, clip(want.Message)
	var errs []error
	for _, p := range which {
		if err := o.set(ctx, p, want); err != nil {
			errs = append(errs, fmt.Errorf("readiness gate %s of pod %s: %w", pods.GateRegistered, p, err))
		}
	}
	return errors.Join(errs...)
}

func (o Opener) set(ctx context.Context, id Pod, want corev1.PodCondition) error {
	pod := &corev1.Pod{}
	if err := o.Client.Get(ctx, client.ObjectKey{Namespace: id.Namespace, Name: id.Name}, pod); err != nil {
		return client.IgnoreNotFound(err)
	}
	if pod.UID != id.UID || !Waits(pod) {
		return nil
	}
	have := condition(pod, want.Type)
	if have != nil && have.Status == want.Status && have.Reason == want.Reason && have.Message == want.Message {
		return nil
	}
	want.LastTransitionTime = metav1.NewTime(o.Now())
	if have != nil && have.Status == want.Status {
		want.LastTransitionTime = have.LastTransitionTime
	}
	meta := map[string]any{"uid": id.UID}
	if want.Status != corev1.ConditionTrue {
		// The cache may not know yet that the gate was opened: then this must fail.
		meta["resourceVersion"] = pod.ResourceVersion
	}
	// Strategic: conditions are merged by their type, so those of the kubelet stay.
	patch, err := json.Marshal(map[string]any{"metadata": meta, "status": map[string]any{"conditions": []corev1.PodCondition{want}}})
	if err != nil {
		return err
	}
	err = o.Client.Status().Patch(ctx, pod, client.RawPatch(types.StrategicMergePatchType, patch))
	switch {
	case apierrors.IsNotFound(err), apierrors.IsConflict(err), replaced(err):
		return nil // gone, or another pod of this name, or changed since: whoever looks next sees it as it is
	case err != nil:
		return err
	}
	if want.Status == corev1.ConditionTrue {
		o.Metrics.countOpened(Reason(want.Reason))
	}
	return nil
}

// replaced: a UID does not change, so a patch that names another one is refused
// as invalid, and not as a conflict.
func replaced(err error) bool {
	var status apierrors.APIStatus
	if !apierrors.IsInvalid(err) || !errors.As(err, &status) || status.Status().Details == nil {
		return false
	}
	return slices.ContainsFunc(status.Status().Details.Causes, func(c metav1.StatusCause) bool { return c.Field == "metadata.uid" })
}

// clip keeps a message within what a condition should hold.
func clip(s string) string {
	const most = 1024
	if len(s) <= most {
		return s
	}
	cut := most - len("…")
	for cut > 0 && s[cut]&0xC0 == 0x80 { // not within a character
		cut--
	}
	return s[:cut] + "…"
}
