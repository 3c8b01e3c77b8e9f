package node

import (
	"context"
	"errors"
	"path"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tranship/tranship/lab/node/standin"
)

const (
	// defaultGrace is what the API server puts into a pod that says nothing.
	defaultGrace = 30 * time.Second
	// leastGrace is what a kubelet leaves to SIGTERM when preStop has used up the grace period.
	// https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination-flow
	leastGrace = 2 * time.Second
)

// terminate is the end of the pod: preStop, SIGTERM, SIGKILL, address back, object gone. When the agent ends (ctx), only the
// container and the address end; the pod stays for the next agent.
func (w *worker) terminate(ctx context.Context) {
	if in := w.instance(); in != nil {
		w.stop(ctx, in)
		w.setInstance(nil)
		tidy(w.listen)
	}
	w.unreachable(ctx)
	if w.addr.IsValid() {
		w.a.cfg.Pool.Release(w.now(), w.addr)
	}
	w.remove(ctx)
}

// stop takes the container down within the grace period, which begins now and includes preStop. A second deletion may shorten
// the period, and a forced one (the pod leaves the API) cuts it to the least.
func (w *worker) stop(ctx context.Context, in standin.Instance) {
	if ctx.Err() != nil {
		in.Kill()
		return
	}
	begin := w.now()
	clock := w.a.cfg.Clock
	pod, forced := w.latest()
	deadline := begin.Add(grace(pod))
	hookEnds := begin.Add(preStop(pod))
	for !forced && ctx.Err() == nil {
		left := min(hookEnds.Sub(w.now()), deadline.Sub(w.now()))
		if left <= 0 {
			break
		}
		fires, stopTimer := clock.Timer(left)
		select {
		case <-fires:
		case <-in.Done():
			stopTimer()
			return
		case <-w.kick:
			pod, forced = w.latest()
			deadline = sooner(deadline, begin.Add(grace(pod)))
		case <-ctx.Done():
		}
		stopTimer()
	}
	signalled := w.now()
	least := signalled.Add(leastGrace)
	if forced || deadline.Before(least) {
		deadline = least
	}

	rest := deadline.Sub(signalled)
	ended := make(chan error, 1)
	go func() { ended <- in.Stop(ctx, rest) }()
	for {
		fires, stopTimer := clock.Timer(deadline.Sub(w.now()))
		select {
		case err := <-ended:
			stopTimer()
			if err != nil && !errors.Is(err, standin.ErrKilled) && ctx.Err() == nil {
				w.a.cfg.Log.Warn("stopping pod", "pod", w.name(), "error", err)
			}
			in.Kill() // a no-op for what is gone, and certainty for what is not
			return
		case <-fires:
			in.Kill()
		case <-w.kick:
			pod, gone := w.latest()
			deadline = sooner(deadline, begin.Add(grace(pod)))
			if gone {
				deadline = sooner(deadline, w.now().Add(leastGrace))
			}
		}
		stopTimer()
	}
}

func sooner(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// remove deletes the pod object: its last act, as a kubelet's. The UID keeps a namesake that came later safe.
func (w *worker) remove(ctx context.Context) {
	again := backoff{retryFirst, retryMost}
	for ctx.Err() == nil {
		pod, deleted := w.latest()
		if deleted {
			return
		}
		now := int64(0)
		err := w.a.cfg.Client.CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{
			GracePeriodSeconds: &now,
			Preconditions:      &metav1.Preconditions{UID: &pod.UID},
		})
		if err == nil || apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
			return // a conflict: another pod has the name now, so ours is gone
		}
		if ctx.Err() == nil {
			w.a.cfg.Log.Warn("deleting pod: will try again", "pod", w.name(), "error", err)
		}
		sleep(ctx, w.a.cfg.Clock, again.step())
	}
}

// grace is the pod's grace period: the deletion's own, or the spec's.
func grace(pod *corev1.Pod) time.Duration {
	if s := pod.DeletionGracePeriodSeconds; s != nil {
		return time.Duration(*s) * time.Second
	}
	if s := pod.Spec.TerminationGracePeriodSeconds; s != nil {
		return time.Duration(*s) * time.Second
	}
	return defaultGrace
}

// preStop is how long the preStop hooks take. Those of several containers run side by side. Understood are sleep, and exec of
// `sleep N`, directly or at the start of a shell's -c; anything else takes no time.
func preStop(pod *corev1.Pod) time.Duration {
	var longest time.Duration
	for _, c := range pod.Spec.Containers {
		if c.Lifecycle == nil || c.Lifecycle.PreStop == nil {
			continue
		}
		switch h := c.Lifecycle.PreStop; {
		case h.Sleep != nil:
			longest = max(longest, time.Duration(h.Sleep.Seconds)*time.Second)
		case h.Exec != nil:
			longest = max(longest, execSleep(h.Exec.Command))
		}
	}
	return longest
}

func execSleep(command []string) time.Duration {
	if len(command) == 3 && command[1] == "-c" {
		switch path.Base(command[0]) {
		case "sh", "bash", "ash", "dash":
			command = strings.Fields(command[2])
			if len(command) > 1 {
				command = []string{command[0], strings.TrimRight(command[1], ";&")}
			}
		}
	}
	if len(command) != 2 || path.Base(command[0]) != "sleep" {
		return 0
	}
	number, unit := command[1], time.Second
	switch number[max(len(number)-1, 0):] {
	case "s":
		number = strings.TrimSuffix(number, "s")
	case "m":
		number, unit = strings.TrimSuffix(number, "m"), time.Minute
	case "h":
		number, unit = strings.TrimSuffix(number, "h"), time.Hour
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || n < 0 || !(n <= 24*3600) {
		return 0
	}
	return time.Duration(n * float64(unit))
}
