package node

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/netip"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// condition is a pod condition of ours, and since when it is so.
type condition struct {
	status  corev1.ConditionStatus
	reason  string
	message string
	since   metav1.Time
}

// ours are the conditions that a kubelet writes, in its order.
var ours = []corev1.PodConditionType{corev1.PodScheduled, corev1.PodInitialized, corev1.ContainersReady, corev1.PodReady}

// remember takes over what the API knows already: times of conditions, and the restarts that an earlier agent counted.
func (w *worker) remember(pod *corev1.Pod) {
	w.moved = map[corev1.PodConditionType]condition{}
	for _, t := range ours {
		for _, c := range pod.Status.Conditions {
			if c.Type == t {
				w.moved[t] = condition{c.Status, c.Reason, c.Message, c.LastTransitionTime}
			}
		}
	}
	for _, c := range pod.Status.ContainerStatuses {
		if c.State.Running != nil { // it ran under an agent that is gone: that is a restart
			w.restarts = max(w.restarts, c.RestartCount+1)
			continue
		}
		w.restarts = max(w.restarts, c.RestartCount)
	}
}

// report writes the pod's status if it differs from what was written last; false if that failed and is worth another try.
func (w *worker) report(containersReady bool) bool {
	pod, deleted := w.latest()
	if deleted || pod.DeletionTimestamp != nil || w.live.Err() != nil {
		return true // the end has its own reports
	}
	b, err := json.Marshal(map[string]any{
		"metadata": map[string]any{"uid": pod.UID}, // a namesake that came later refuses it
		"status":   w.status(pod, containersReady),
	})
	if err != nil {
		w.a.cfg.Log.Error("encoding a pod's status", "pod", w.name(), "error", err)
		return true
	}
	if string(b) == w.reported {
		return true
	}
	sent := w.now()
	_, err = w.a.cfg.Client.CoreV1().Pods(pod.Namespace).Patch(w.live, pod.Name, types.StrategicMergePatchType, b, metav1.PatchOptions{}, "status")
	if err == nil {
		w.reported = string(b)
		w.tellReady(pod, containersReady, sent)
		return true
	}
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
		return true // it is gone; the watch will say so
	}
	if w.live.Err() == nil {
		w.a.cfg.Log.Warn("reporting a pod's status: will try again", "pod", w.name(), "error", err)
	}
	return false
}

// tellReady says so when the API server has learned that the containers are ready.
func (w *worker) tellReady(pod *corev1.Pod, containersReady bool, sent time.Time) {
	before := w.ready
	if w.ready = containersReady; before || !containersReady {
		return
	}
	w.a.cfg.OnEvent(Event{
		Kind: Ready, At: sent, Took: w.now().Sub(sent), Addr: netip.AddrPortFrom(w.addr, ports(pod, w.a.cfg.Port)[0]),
		Platform: w.a.cfg.Platform, Service: serviceOf(pod), Instance: pod.Name, Zone: w.host.Zone, UID: string(pod.UID),
	})
}

// status is the part of a pod's status that a kubelet writes, as a strategic merge patch.
func (w *worker) status(pod *corev1.Pod, containersReady bool) map[string]any {
	s := map[string]any{
		"phase":   w.phase,
		"hostIP":  w.host.addr.String(),
		"hostIPs": onlyIP(w.host.addr.String()),
	}
	if w.addr.IsValid() {
		s["podIP"], s["podIPs"] = w.addr.String(), onlyIP(w.addr.String())
		s["startTime"] = w.started
	}
	var containers, inits []corev1.ContainerStatus
	for _, c := range pod.Spec.Containers {
		containers = append(containers, w.container(pod, c, w.state, containersReady))
	}
	for _, c := range pod.Spec.InitContainers {
		state := w.state // a sidecar lives as the others do
		if c.RestartPolicy == nil || *c.RestartPolicy != corev1.ContainerRestartPolicyAlways {
			state = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "Completed", StartedAt: w.started, FinishedAt: w.started}}
		}
		inits = append(inits, w.container(pod, c, state, containersReady || state.Terminated != nil))
	}
	s["containerStatuses"] = containers
	if inits != nil {
		s["initContainerStatuses"] = inits
	}

	yes := condition{status: corev1.ConditionTrue}
	next := map[corev1.PodConditionType]condition{corev1.PodScheduled: yes, corev1.PodInitialized: yes, corev1.ContainersReady: yes, corev1.PodReady: yes}
	if !containersReady {
		no := condition{status: corev1.ConditionFalse, reason: "ContainersNotReady", message: cmp.Or(unanswered(pod, w.a.cfg.Port), "the stand-in is not ready")}
		next[corev1.ContainersReady], next[corev1.PodReady] = no, no
	} else if gate := closedGate(pod); gate != "" {
		next[corev1.PodReady] = condition{status: corev1.ConditionFalse, reason: "ReadinessGatesNotReady",
			message: fmt.Sprintf("the readiness gate %q is not True", gate)}
	}
	var conditions []map[string]any
	for _, t := range ours {
		c := next[t]
		if before, ok := w.moved[t]; ok && before.status == c.status && !before.since.IsZero() {
			c.since = before.since
		} else {
			c.since = metav1.NewTime(w.now())
		}
		w.moved[t] = c
		conditions = append(conditions, map[string]any{
			"type": t, "status": c.status, "lastTransitionTime": c.since,
			"reason": orNull(c.reason), "message": orNull(c.message), // null: a merge would keep an old reason
		})
	}
	s["conditions"] = conditions
	return s
}

func (w *worker) container(pod *corev1.Pod, c corev1.Container, state corev1.ContainerState, ready bool) corev1.ContainerStatus {
	started := state.Running != nil
	return corev1.ContainerStatus{
		Name: c.Name, Image: c.Image, ImageID: c.Image,
		ContainerID: fmt.Sprintf("stand-in://%s/%s/%d", pod.UID, c.Name, w.restarts),
		State:       state, LastTerminationState: w.last,
		Ready: ready, Started: &started, RestartCount: w.restarts,
	}
}

// closedGate is the first readiness gate that nobody has opened, or "".
func closedGate(pod *corev1.Pod) corev1.PodConditionType {
	open := map[corev1.PodConditionType]bool{}
	for _, c := range pod.Status.Conditions {
		open[c.Type] = c.Status == corev1.ConditionTrue
	}
	for _, g := range pod.Spec.ReadinessGates {
		if !open[g.ConditionType] {
			return g.ConditionType
		}
	}
	return ""
}

// onlyIP replaces the whole list; merging would keep the address that the pod had under an earlier agent.
func onlyIP(ip string) []map[string]string {
	return []map[string]string{{"$patch": "replace"}, {"ip": ip}}
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
