package node

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tranship/tranship/lab/node/standin"
)

// Waits between attempts. Crashes are restarted as a kubelet does: at once, then 10 s doubling to 5 min, forgiven after 10 min.
// https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
const (
	retryFirst, retryMost     = time.Second, 30 * time.Second
	restartFirst, restartMost = 10 * time.Second, 5 * time.Minute
	forgiven                  = 10 * time.Minute
)

// worker is one pod's life. Its goroutine owns every field but those under mu.
type worker struct {
	a    *Agent
	host *host

	live    context.Context // ends when the pod has to go, or the agent
	endLive context.CancelFunc
	kick    chan struct{} // one token: news

	mu      sync.Mutex
	pod     *corev1.Pod // the newest that was seen
	deleted bool        // it has left the API
	in      standin.Instance

	addr     netip.Addr
	listen   string
	started  metav1.Time // the pod's start
	state    corev1.ContainerState
	last     corev1.ContainerState
	restarts int32
	phase    corev1.PodPhase
	moved    map[corev1.PodConditionType]condition
	reported string // the last status patch that the API took
	ready    bool   // as the API has it
}

func newWorker(ctx context.Context, a *Agent, h *host, pod *corev1.Pod) *worker {
	w := &worker{a: a, host: h, pod: pod, kick: make(chan struct{}, 1), phase: corev1.PodPending}
	w.live, w.endLive = context.WithCancel(ctx)
	w.remember(pod)
	if pod.DeletionTimestamp != nil {
		w.endLive()
	}
	return w
}

// news takes in what the API says of the pod.
func (w *worker) news(pod *corev1.Pod, deleted bool) {
	w.mu.Lock()
	w.pod, w.deleted = pod, deleted
	w.mu.Unlock()
	if deleted || pod.DeletionTimestamp != nil {
		w.endLive()
	}
	select {
	case w.kick <- struct{}{}:
	default:
	}
}

func (w *worker) latest() (pod *corev1.Pod, deleted bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.pod, w.deleted
}

func (w *worker) instance() standin.Instance {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.in
}

func (w *worker) setInstance(in standin.Instance) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.in = in
}

func (w *worker) now() time.Time { return w.a.cfg.Clock.Now() }

// run takes the pod from its start to its end.
func (w *worker) run(ctx context.Context) {
	defer w.endLive()
	pod, _ := w.latest()
	if pod.Status.Phase != corev1.PodSucceeded && pod.Status.Phase != corev1.PodFailed && w.house() {
		w.serve()
	}
	<-w.live.Done() // a pod whose container has ended for good stays until somebody deletes it
	w.terminate(ctx)
}

// house gives the pod its address, trying until there is one; false: the pod has to go.
func (w *worker) house() bool {
	again := backoff{retryFirst, retryMost}
	for w.live.Err() == nil {
		addr, err := w.a.allocate(w.host.Zone)
		if err == nil {
			w.addr = addr
			w.started = metav1.NewTime(w.now())
			return w.live.Err() == nil
		}
		w.a.cfg.Log.Warn("no address for pod: will try again", "pod", w.name(), "error", err)
		w.waiting("AddressRefused", err.Error())
		w.rest(again.step())
	}
	return false
}

// serve starts the container, and again whenever it ends, until the pod has to go or its restart policy is content.
func (w *worker) serve() {
	crash := backoff{restartFirst, restartMost}
	again := backoff{retryFirst, retryMost}
	crashes := 0
	for w.live.Err() == nil {
		if w.dark(); w.live.Err() != nil {
			return
		}
		in, err := w.start()
		if w.live.Err() != nil {
			return // terminate sees to the instance, if there is one
		}
		if err != nil {
			w.a.cfg.Log.Warn("pod does not start: will try again", "pod", w.name(), "error", err)
			w.waiting(startReason(err), err.Error())
			w.rest(again.step())
			continue
		}
		began := w.now()
		w.running(began)
		if w.a.outage(w.host) != nil {
			in.Kill() // its node went while it started
		}
		if !w.watch(in) {
			return
		}
		w.setInstance(nil)
		tidy(w.listen)
		if w.dark() {
			crashes = -1 // it did not crash: its node was gone
		}
		if w.now().Sub(began) >= forgiven {
			crash, crashes = backoff{restartFirst, restartMost}, 0
		}
		if !w.ended(began) {
			return
		}
		if crashes++; crashes > 1 {
			w.waiting("CrashLoopBackOff", "the container ended again and again; waiting before the next start")
			w.rest(crash.step())
		}
		w.restarts++
	}
}

// start launches the stand-in. A slow one is reported as running and not ready in the meantime, as its container is.
func (w *worker) start() (standin.Instance, error) {
	pod, _ := w.latest()
	o := standin.Options{Temper: w.a.cfg.Temper, Listen: w.a.sockets.next(), NotReady: neverReady(pod)}
	w.listen = o.Listen
	var err error
	if t, ok := pod.Annotations[TemperAnnotation]; ok {
		if o.Temper, err = standin.ParseTemper(t); err != nil {
			return nil, fmt.Errorf("annotation %s: %w", TemperAnnotation, err)
		}
	}
	if d, ok := pod.Annotations[StartDelayAnnotation]; ok {
		if o.StartDelay, err = time.ParseDuration(d); err != nil {
			return nil, fmt.Errorf("annotation %s: %w", StartDelayAnnotation, err)
		}
	}
	if o.Sees, err = w.sees(pod); err != nil {
		return nil, err
	}
	if left := grace(pod) - preStop(pod); left > 0 {
		o.Drain = min(standin.DefaultDrain, left-left/10)
	}
	if o.StartDelay > 0 {
		w.phase = corev1.PodRunning
		w.state = corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(w.now())}}
		w.report(false)
	}
	b := &berth{fabric: w.a.cfg.Fabric, now: w.now, event: w.a.cfg.OnEvent, zone: w.host.Zone,
		who: standin.Identity{Platform: w.a.cfg.Platform, Service: serviceOf(pod), Instance: pod.Name}}
	for _, port := range ports(pod, w.a.cfg.Port) {
		b.addrs = append(b.addrs, netip.AddrPortFrom(w.addr, port))
	}
	in, err := b.dock(w.live, w.a.cfg.Launch, o)
	if err != nil {
		tidy(w.listen)
		return nil, err
	}
	w.setInstance(in)
	return in, nil
}

// watch keeps status and readiness true while the container runs. It returns true when the container ended by itself, false
// when the pod has to go.
func (w *worker) watch(in standin.Instance) bool {
	again := backoff{retryFirst, retryMost}
	ready := false
	for first := true; ; first = false {
		pod, _ := w.latest()
		if want := !neverReady(pod) && unanswered(pod, w.a.cfg.Port) == ""; first || want != ready {
			ready = want
			in.SetReady(ready)
		}
		var retry <-chan time.Time
		stop := func() {}
		if w.report(ready) {
			again = backoff{retryFirst, retryMost}
		} else {
			retry, stop = w.a.cfg.Clock.Timer(again.step())
		}
		select {
		case <-w.kick:
		case <-retry:
		case <-in.Done():
			stop()
			return w.live.Err() == nil
		case <-w.live.Done():
			return false
		}
		stop()
	}
}

// running, waiting and ended put the containers into their states; the last two also report it.
func (w *worker) running(at time.Time) {
	w.phase = corev1.PodRunning
	if w.state.Running == nil {
		w.state = corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(at)}}
	}
}

func (w *worker) waiting(reason, message string) {
	w.state = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
	w.report(false)
}

// ended says whether the restart policy wants another start. A stand-in ends by itself only by being killed: exit code 137.
func (w *worker) ended(began time.Time) (restart bool) {
	w.state = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
		ExitCode: 137, Reason: "Error", StartedAt: metav1.NewTime(began), FinishedAt: metav1.NewTime(w.now()),
	}}
	pod, _ := w.latest()
	if pod.Spec.RestartPolicy == corev1.RestartPolicyNever {
		w.phase = corev1.PodFailed
		for again := (backoff{retryFirst, retryMost}); !w.report(false) && w.live.Err() == nil; {
			w.rest(again.step())
		}
		return false
	}
	w.report(false)
	w.last = w.state
	return true
}

// rest waits, but not longer than the pod lives.
func (w *worker) rest(d time.Duration) { sleep(w.live, w.a.cfg.Clock, d) }

func (w *worker) name() string {
	pod, _ := w.latest()
	return pod.Namespace + "/" + pod.Name
}
