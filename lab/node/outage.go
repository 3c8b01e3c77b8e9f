package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Errors of LoseZone and RestoreZone.
var (
	ErrNoZone     = errors.New("no node is in such a zone")
	ErrAgentEnded = errors.New("node agent does not run")
)

// outage is a time in which a node is gone.
type outage struct {
	noticed <-chan struct{} // closed when the control plane takes it for gone
	over    chan struct{}   // closed when it is back
}

// LoseZone takes the nodes of a zone off: their containers are gone at once, and
// nothing is started or reported any more. After Config.NodeGrace the control
// plane notices: the nodes are NotReady and tainted, and their pods are not ready.
// That is the node lifecycle controller's work, which the lab does without, so the
// agent stands in for it. Pods are not evicted. A zone that is lost already stays
// so. Errors: ErrNoZone, ErrAgentEnded.
// https://kubernetes.io/docs/concepts/architecture/nodes/#node-controller
func (a *Agent) LoseZone(zone string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.running == nil || a.running.Err() != nil {
		return fmt.Errorf("losing zone %s: %w", zone, ErrAgentEnded)
	}
	found := false
	for _, n := range a.cfg.Nodes {
		h := a.hosts[n.Name]
		if h.Zone != zone {
			continue
		}
		found = true
		if h.out != nil {
			continue
		}
		noticed := make(chan struct{})
		o := &outage{noticed: noticed, over: make(chan struct{})}
		h.out = o
		ctx := a.running
		a.work.Go(func() { a.suffer(ctx, h, o, noticed) })
	}
	if !found {
		return fmt.Errorf("losing zone %s: %w", zone, ErrNoZone)
	}
	for _, w := range a.pods {
		if in := w.instance(); in != nil && w.host.Zone == zone {
			// Kill waits for the end of the stand-in, which tells its events.
			a.work.Go(in.Kill)
		}
	}
	return nil
}

// RestoreZone brings the nodes of a zone back; their containers start again. Errors: ErrNoZone.
func (a *Agent) RestoreZone(zone string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	found := false
	for _, h := range a.hosts {
		if h.Zone != zone {
			continue
		}
		found = true
		if h.out != nil {
			close(h.out.over)
			h.out = nil
		}
	}
	if !found {
		return fmt.Errorf("restoring zone %s: %w", zone, ErrNoZone)
	}
	return nil
}

// outage is the one that a host is in, or nil.
func (a *Agent) outage(h *host) *outage {
	a.mu.Lock()
	defer a.mu.Unlock()
	return h.out
}

// suffer has the control plane notice that a node is gone, and that it is back.
func (a *Agent) suffer(ctx context.Context, h *host, o *outage, noticed chan<- struct{}) {
	fires, stop := a.cfg.Clock.Timer(a.cfg.NodeGrace)
	defer stop()
	select {
	case <-fires:
	case <-o.over:
		close(noticed)
		return
	case <-ctx.Done():
		return
	}
	a.mark(ctx, h, o, false)
	close(noticed)
	select {
	case <-o.over:
		a.mark(ctx, h, nil, true)
	case <-ctx.Done():
	}
}

// mark writes the Node's condition and taint. It tries again until that is done,
// or until the outage o that it speaks of is over.
func (a *Agent) mark(ctx context.Context, h *host, o *outage, ready bool) {
	status, reason, message := corev1.ConditionTrue, "NodeAgentReady", "the lab's node agent runs stand-ins here"
	taints := []corev1.Taint{}
	now := metav1.NewTime(a.cfg.Clock.Now())
	if !ready {
		status, reason, message = corev1.ConditionUnknown, "NodeStatusUnknown", "Kubelet stopped posting node status."
		taints = append(taints, corev1.Taint{Key: corev1.TaintNodeUnreachable, Effect: corev1.TaintEffectNoSchedule, TimeAdded: &now})
	}
	conditions, err := json.Marshal(map[string]any{"status": map[string]any{"conditions": []corev1.NodeCondition{{
		Type: corev1.NodeReady, Status: status, Reason: reason, Message: message, LastHeartbeatTime: now, LastTransitionTime: now,
	}}}})
	if err != nil {
		a.cfg.Log.Error("encoding a node's condition", "node", h.Name, "error", err)
		return
	}
	// A merge patch replaces the whole list: the lab's nodes have no other taints.
	spec, err := json.Marshal(map[string]any{"spec": map[string]any{"taints": taints}})
	if err != nil {
		a.cfg.Log.Error("encoding a node's taints", "node", h.Name, "error", err)
		return
	}
	nodes := a.cfg.Client.CoreV1().Nodes()
	for again := (backoff{retryFirst, retryMost}); ctx.Err() == nil; {
		_, err := nodes.Patch(ctx, h.Name, types.StrategicMergePatchType, conditions, metav1.PatchOptions{}, "status")
		if err == nil {
			_, err = nodes.Patch(ctx, h.Name, types.MergePatchType, spec, metav1.PatchOptions{})
		}
		if err == nil {
			return
		}
		a.cfg.Log.Warn("marking a node: will try again", "node", h.Name, "error", err)
		if !sleep(ctx, a.cfg.Clock, again.step()) {
			return
		}
		if o != nil && a.outage(h) != o {
			return
		}
	}
}

// dark waits until the worker's node is there; true: it was gone. In the meantime
// the pod becomes unready once the control plane notices.
func (w *worker) dark() bool {
	o := w.a.outage(w.host)
	if o == nil {
		return false
	}
	select {
	case <-o.noticed:
		for again := (backoff{retryFirst, retryMost}); !w.report(false) && w.live.Err() == nil; {
			w.rest(again.step())
		}
	case <-o.over:
	case <-w.live.Done():
		return true
	}
	select {
	case <-o.over:
	case <-w.live.Done():
	}
	return true
}

// unreachable waits, at the end of a pod, until its node is there to say so, or
// until somebody has forced the pod out of the API.
func (w *worker) unreachable(ctx context.Context) {
	for {
		o := w.a.outage(w.host)
		if _, deleted := w.latest(); o == nil || deleted {
			return
		}
		select {
		case <-o.over:
		case <-w.kick:
		case <-ctx.Done():
			return
		}
	}
}

// grace of the node controller where Config names none.
const defaultNodeGrace = 50 * time.Second
