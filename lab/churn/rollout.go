package churn

import (
	"context"
	"errors"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/tranship/tranship/lab"
)

// rollout restarts every Deployment as `kubectl rollout restart` does, so many at
// the same time, and waits as long as that until all have ended. It tells underway, if that is not
// nil, as soon as the first are on their way.
func (t *trial) rollout(ctx context.Context, patience time.Duration, underway func()) error {
	c := t.lab.Kubernetes().AppsV1().Deployments(lab.KubeNamespace)
	left, going := t.names(), map[string]bool{}
	patch := fmt.Appendf(nil, `{"spec":{"template":{"metadata":{"annotations":{%q:%q}}}}}`, restarted, time.Now().Format(time.RFC3339))
	return t.await(ctx, patience, func() error {
		for len(left) > 0 && len(going) < t.o.AtOnce {
			if _, err := c.Patch(ctx, left[0], types.StrategicMergePatchType, patch, metav1.PatchOptions{}); err != nil {
				return fmt.Errorf("restart Deployment %s: %w", left[0], err)
			}
			going[left[0]], left = true, left[1:]
		}
		if underway != nil {
			underway()
			underway = nil
		}
		list, err := c.List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		var missing error
		for _, d := range list.Items {
			if !going[d.Name] {
				continue
			}
			if err := rolledOut(&d); err != nil {
				missing = err
			} else {
				delete(going, d.Name)
			}
		}
		switch {
		case missing != nil:
		case len(left) > 0:
			missing = errors.New("not every Deployment was restarted")
		default:
			return nil
		}
		if err := lab.Pause(ctx, t.often()); err != nil {
			return err
		}
		return missing
	})
}

// rolledOut is what `kubectl rollout status` waits for.
func rolledOut(d *appsv1.Deployment) error {
	want, s := *d.Spec.Replicas, d.Status
	if s.ObservedGeneration < d.Generation || s.UpdatedReplicas < want || s.Replicas > s.UpdatedReplicas || s.AvailableReplicas < s.UpdatedReplicas {
		return fmt.Errorf("the rollout of %s is not complete: of %d pods, %d are updated, %d available, %d there", d.Name, want, s.UpdatedReplicas, s.AvailableReplicas, s.Replicas)
	}
	return nil
}

// rolloutPatience is how long a restart of everything may take: each pod one after
// the other within a Deployment, the Deployments by as many as are restarted at
// once, the queue of the budget; and as much again.
func (t *trial) rolloutPatience() time.Duration {
	rounds := (t.o.Services + t.o.AtOnce - 1) / t.o.AtOnce
	each := t.timing.OperationMax + t.timing.PropagationMax + 3*time.Second
	return 2*(time.Duration(rounds*t.o.Pods)*each+budget(registerInstance).Floor(t.o.Services*t.o.Pods)) + time.Minute
}
