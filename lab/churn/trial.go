package churn

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tranship/tranship/lab"
	"github.com/tranship/tranship/lab/cloud"
)

// trial is one run.
type trial struct {
	o      Options
	lab    *lab.Lab
	timing cloud.Timing
	book   *book
	pods   *pods
	report *Report
	// want is how many pods each service is to have.
	want        map[string]int
	controllers []*controller
	front       *front          // before their webhooks; nil before they run
	known       map[string]bool // flags of the controller

	mu     sync.Mutex
	failed error // of a controller
}

// Run holds the trial. The report is nil where nothing could be measured; an error
// beside one says what could not be done.
func Run(ctx context.Context, o Options) (_ *Report, err error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	t := &trial{o: o, book: &book{}, report: newReport(o), want: map[string]int{}}
	if t.timing, err = cloud.TimingNamed(o.Timing); err != nil {
		return nil, err
	}
	lo := o.labOptions()
	lo.OnCall, lo.OnPod, lo.OnQuery = t.book.call, t.book.pod, t.book.query
	if err := t.ask(ctx); err != nil {
		return nil, err
	}
	t.report.PreStopSeconds = o.preStop(t.timing).Seconds()
	t.say("lab")
	if t.lab, err = lab.Up(ctx, lo); err != nil {
		return nil, err
	}
	err = t.run(ctx)
	if err != nil && t.report.Fill == nil {
		t.report = nil
	}
	err = errors.Join(err, t.end(ctx), t.lab.Down(ctx))
	if t.report != nil {
		t.report.judge()
	}
	return t.report, err
}

func (t *trial) run(ctx context.Context) error {
	var stop func()
	var err error
	if t.pods, stop, err = follow(ctx, t.lab.Kubernetes()); err != nil {
		return err
	}
	defer stop()
	if err := t.apply(ctx); err != nil {
		return err
	}
	for _, p := range []struct {
		phase  Phase
		always bool
		do     func(context.Context) error
	}{
		{Fill, true, t.fill},
		{Rest, false, t.rest},
		{Restart, false, t.restart},
		{Vanish, false, t.vanish},
		{Outage, false, t.outage},
		{Hardship, false, t.hardship},
		{Leader, false, t.leader},
	} {
		if !p.always && !t.o.does(p.phase) {
			continue
		}
		if err := p.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", p.phase, err)
		}
		t.weigh()
	}
	return t.err()
}

// names are the services.
func (t *trial) names() (out []string) {
	for n := range t.o.Services {
		out = append(out, lab.ServiceName(n+1))
	}
	return out
}

// apply brings the fleet up, without anybody who would put it into its names.
func (t *trial) apply(ctx context.Context) error {
	t.say("%d services of %d pods, their names in Cloud Map and empty", t.o.Services, t.o.Pods)
	c := t.lab.Kubernetes()
	for _, name := range t.names() {
		t.want[name] = t.o.Pods
		if _, err := c.AppsV1().Deployments(lab.KubeNamespace).Create(ctx, t.deployment(name), metav1.CreateOptions{}); err != nil {
			return fmt.Errorf("Deployment %s: %w", name, err)
		}
		if _, err := c.CoreV1().Services(lab.KubeNamespace).Create(ctx, t.service(name), metav1.CreateOptions{}); err != nil {
			return fmt.Errorf("Service %s: %w", name, err)
		}
	}
	return t.await(ctx, time.Minute+time.Duration(t.o.Services*t.o.Pods)*50*time.Millisecond, t.running)
}

// running says that every service has its pods, their containers ready.
func (t *trial) running() error {
	live := t.pods.live()
	for _, name := range t.names() {
		if n := len(live[name]); n != t.want[name] {
			return fmt.Errorf("%s has %d of %d pods ready", name, n, t.want[name])
		}
	}
	return nil
}

// settled says that every name leads to the pods that there are, and to no other.
func (t *trial) settled() error {
	if err := t.running(); err != nil {
		return err
	}
	live := t.pods.live()
	for _, name := range t.names() {
		var is, want []string
		for _, i := range t.lab.Instances(name) {
			is = append(is, i.Attributes["AWS_INSTANCE_IPV4"])
		}
		for _, p := range live[name] {
			want = append(want, p.address)
		}
		slices.Sort(is)
		slices.Sort(want)
		if !slices.Equal(is, want) {
			return fmt.Errorf("%s leads to %v, and its pods are %v", name, is, want)
		}
	}
	return nil
}

// departed says that nobody is about to leave: every pod that was to go has gone,
// and with it whatever clients might have failed on.
func (t *trial) departed() error {
	for _, p := range t.pods.all() {
		if !p.leaving.IsZero() && !p.gone {
			return fmt.Errorf("pod %s is still to leave", p.name)
		}
	}
	return nil
}

// farewell is how long that may take.
func (t *trial) farewell() time.Duration { return t.o.preStop(t.timing) + finish*time.Second }

// answered says that every name server says so.
func (t *trial) answered() error {
	for _, name := range t.names() {
		if !t.lab.Converged(name) {
			return fmt.Errorf("the name servers do not agree about %s yet", name)
		}
	}
	return nil
}

// fail keeps the first thing that went wrong with a controller.
func (t *trial) fail(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.failed == nil {
		t.failed = err
	}
}

// err is what went wrong beside the measuring.
func (t *trial) err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return errors.Join(t.failed, t.lab.Err())
}

// errWaited says that something did not come about in time.
var errWaited = errors.New("waited in vain")

// look is how often it is looked whether something has come about.
const look = 50 * time.Millisecond

// often is how often the API server is asked for a whole list: less, the longer it is.
func (t *trial) often() time.Duration {
	return max(4*look, time.Duration(t.o.Services)*5*time.Millisecond)
}

// await looks until ok returns nil, for so long at most; then its last error says
// what was missing.
func (t *trial) await(ctx context.Context, most time.Duration, ok func() error) error {
	deadline := time.Now().Add(most)
	for {
		missing := ok()
		if missing == nil {
			return t.err()
		}
		if err := t.err(); err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%w for %s: %w", errWaited, most.Round(time.Second), missing)
		}
		if err := lab.Pause(ctx, look); err != nil {
			return fmt.Errorf("%w: %w", missing, err)
		}
	}
}

// say tells whoever watches.
func (t *trial) say(format string, a ...any) { fmt.Fprintf(t.o.Out, format+"\n", a...) }
