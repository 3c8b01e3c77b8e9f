package likeness

import (
	"context"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tranship/tranship/lab"
)

// patience is how long all of it may take to be ready.
const patience = 3 * time.Minute

// ready waits until the workload of each service that was applied is complete, or time
// is over; then it says what was missing.
func (t *trial) ready(ctx context.Context) error {
	deadline := time.Now().Add(patience)
	for {
		left, err := t.missing(ctx)
		if err != nil {
			return err
		}
		if left == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return t.why(ctx)
		}
		if err := lab.Pause(ctx, 500*time.Millisecond); err != nil {
			return err
		}
	}
}

// missing counts the services whose workload is not complete.
func (t *trial) missing(ctx context.Context) (left int, err error) {
	apps := t.lab.Kubernetes().AppsV1()
	deployments, err := apps.Deployments(lab.KubeNamespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return 0, err
	}
	daemons, err := apps.DaemonSets(lab.KubeNamespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return 0, err
	}
	done := map[string]bool{}
	for _, d := range deployments.Items {
		s := d.Status
		done[d.Name] = s.ObservedGeneration >= d.Generation && d.Spec.Replicas != nil && *d.Spec.Replicas > 0 &&
			s.UpdatedReplicas == *d.Spec.Replicas && s.AvailableReplicas == s.UpdatedReplicas
	}
	for _, d := range daemons.Items {
		s := d.Status
		done[d.Name] = s.ObservedGeneration >= d.Generation && s.DesiredNumberScheduled > 0 && s.NumberAvailable == s.DesiredNumberScheduled
	}
	for i := range t.report.Services {
		s := &t.report.Services[i]
		if s.Ready = s.Applied && done[s.Name]; s.Applied && !s.Ready {
			left++
		}
	}
	return left, nil
}

// why notes what keeps pods from being ready. It is no error of the trial: services
// that are not ready are counted.
func (t *trial) why(ctx context.Context) error {
	pods, err := t.lab.Kubernetes().CoreV1().Pods(lab.KubeNamespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	for i := range t.report.Services {
		s := &t.report.Services[i]
		if s.Ready || !s.Applied {
			continue
		}
		s.Why = "it has no pod"
		for _, p := range pods.Items {
			if strings.HasPrefix(p.Name, s.Name+"-") {
				s.Why = trouble(&p)
			}
		}
	}
	return nil
}

// trouble is what a pod that is not ready says of itself.
func trouble(p *corev1.Pod) string {
	for _, c := range append(p.Status.InitContainerStatuses, p.Status.ContainerStatuses...) {
		if w := c.State.Waiting; w != nil {
			return fmt.Sprintf("%s: %s", w.Reason, w.Message)
		}
	}
	for _, c := range p.Status.Conditions {
		if c.Status != corev1.ConditionTrue && c.Message != "" {
			return fmt.Sprintf("%s: %s", c.Reason, c.Message)
		}
	}
	return "its phase is " + string(p.Status.Phase)
}
