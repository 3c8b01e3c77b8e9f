package churn

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/tranship/tranship/lab"
	"github.com/tranship/tranship/lab/aws"
	"github.com/tranship/tranship/lab/fault"
)

// registeredCondition is the condition of a Service that says whether its name is true.
const registeredCondition = "tranship.dev/Registered"

// OutageReport is Cloud Map failing entirely while pods come and go.
type OutageReport struct {
	Seconds float64 `json:"seconds"`
	// Scaled Deployments got a pod more, Deleted pods were deleted, as a drained node's are.
	Scaled  int `json:"scaled"`
	Deleted int `json:"deleted"`
	// Wrong are the live pods that were taken out of their names, in the outage or after.
	Wrong []string `json:"wrongDeregistrations,omitempty"`
	// SaidSeconds is from the begin until the condition of each Service concerned said
	// so; null: not all ever did. Unsaid are some of those that did not.
	SaidSeconds *float64 `json:"saidSeconds"`
	Unsaid      []string `json:"unsaid,omitempty"`
	// NewPods came in the outage; of them, ReadyPods were Ready before its end, by the
	// gate's time-out or because there is no gate.
	NewPods   int `json:"newPods"`
	ReadyPods int `json:"readyPods"`
	// TrueSeconds is from the end until every name led to the right pods, and
	// TakenBackSeconds until no condition said otherwise.
	TrueSeconds      float64        `json:"trueSeconds"`
	TakenBackSeconds *float64       `json:"takenBackSeconds"`
	Refused          map[string]int `json:"refusedCalls"` // in the outage, by operation
}

// total is everything that can go wrong with a call, so that each comes about: of
// three calls, one times out, one is throttled and one gets a 5xx.
func total(d time.Duration) []fault.Fault {
	end := fault.Duration(d)
	return []fault.Fault{
		{Kind: fault.TimeoutBefore, Service: cloudMap, Every: 3, Delay: fault.Duration(5 * time.Second), For: end},
		{Kind: fault.Throttle, Service: cloudMap, Every: 2, For: end},
		{Kind: fault.Unavailable, Service: cloudMap, For: end},
	}
}

// outage lets Cloud Map fail while Deployments are scaled out and pods are deleted.
func (t *trial) outage(ctx context.Context) error {
	t.say("Cloud Map fails for %s", t.o.Outage)
	r := &OutageReport{}
	t.report.Outage = r
	began := time.Now()
	for _, f := range total(t.o.Outage) {
		if _, err := t.lab.AddFault(f); err != nil {
			return err
		}
	}
	before := t.pods.all()
	concerned, err := t.disturb(ctx, r)
	if err != nil {
		return err
	}
	end := began.Add(t.o.Outage)
	for time.Now().Before(end) {
		silent, err := t.silent(ctx, concerned)
		if err != nil {
			return err
		}
		if r.Unsaid = silent; len(silent) == 0 && r.SaidSeconds == nil {
			s := time.Since(began).Seconds()
			r.SaidSeconds = &s
		}
		if err := lab.Pause(ctx, min(time.Second, time.Until(end))); err != nil {
			return err
		}
	}
	r.Seconds = time.Since(began).Seconds()
	for uid, p := range t.pods.all() {
		if _, old := before[uid]; !old {
			r.NewPods++
			if p.admitted {
				r.ReadyPods++
			}
		}
	}
	if r.SaidSeconds != nil {
		r.Unsaid = nil
	}
	r.Refused = byOperation(t.book.between(began, time.Now()))
	t.say("  it is over; %d new pods, %d of them Ready", r.NewPods, r.ReadyPods)
	return t.recover(ctx, r, began, concerned)
}

// disturb scales every third Deployment out, and deletes a pod of every third.
func (t *trial) disturb(ctx context.Context, r *OutageReport) (concerned []string, err error) {
	c, live := t.lab.Kubernetes(), t.pods.live()
	for n, name := range t.names() {
		switch n % 3 {
		case 0:
			t.want[name]++
			patch := fmt.Appendf(nil, `{"spec":{"replicas":%d}}`, t.want[name])
			if _, err := c.AppsV1().Deployments(lab.KubeNamespace).Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
				return nil, fmt.Errorf("scale Deployment %s out: %w", name, err)
			}
			r.Scaled++
		case 1:
			pod := live[name][0].name
			if err := c.CoreV1().Pods(lab.KubeNamespace).Delete(ctx, pod, metav1.DeleteOptions{}); err != nil {
				return nil, fmt.Errorf("delete pod %s: %w", pod, err)
			}
			r.Deleted++
		default:
			continue
		}
		concerned = append(concerned, name)
	}
	return concerned, nil
}

// recover waits until everything is true again, and looks who was taken out.
func (t *trial) recover(ctx context.Context, r *OutageReport, began time.Time, concerned []string) error {
	over := time.Now()
	err := t.await(ctx, 5*recovery+t.leave(), t.settled)
	r.TrueSeconds = time.Since(over).Seconds()
	r.Wrong = wrong(t.pods.all(), t.book.between(began, time.Now()))
	if err != nil {
		return err
	}
	t.say("  true again after %.1f s", r.TrueSeconds)
	if r.SaidSeconds == nil {
		return nil
	}
	err = t.await(ctx, 2*recovery, func() error {
		silent, err := t.silent(ctx, concerned)
		if err == nil && len(silent) < len(concerned) {
			err = errors.New("a condition still says that a name is not true")
		}
		return errors.Join(err, lab.Pause(ctx, t.often()))
	})
	if err == nil {
		s := time.Since(over).Seconds()
		r.TakenBackSeconds = &s
	} else if errors.Is(err, errWaited) {
		return nil // the report says so
	}
	return err
}

// silent are those of the Services whose condition does not say that anything is
// wrong with their names.
func (t *trial) silent(ctx context.Context, concerned []string) (out []string, err error) {
	list, err := t.lab.Kubernetes().CoreV1().Services(lab.KubeNamespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("conditions of the Services: %w", err)
	}
	byName := map[string]*corev1.Service{}
	for n := range list.Items {
		byName[list.Items[n].Name] = &list.Items[n]
	}
	for _, name := range concerned {
		if s := byName[name]; s == nil || !complains(s) {
			out = append(out, name)
		}
	}
	return out, nil
}

// complains says that a Service's condition says that its name is not, or may not
// be, true.
func complains(s *corev1.Service) bool {
	for _, c := range s.Status.Conditions {
		if c.Type == registeredCondition && c.Status != metav1.ConditionTrue {
			return true
		}
	}
	return false
}

// wrong are the pods that were alive when they were taken out of their names.
func wrong(all map[string]pod, calls []aws.Call) (out []string) {
	for _, c := range calls {
		if c.Operation != "DeregisterInstance" || !accepted(c) {
			continue
		}
		for uid, p := range all {
			if (len(c.Instance) >= uidLength && c.Instance[len(c.Instance)-uidLength:] == uid || c.Instance == p.address) && p.lived(c.At) {
				out = append(out, p.name)
			}
		}
	}
	return out
}
