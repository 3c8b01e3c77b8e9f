package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/lab/load"
)

// DemoOptions say what to show.
type DemoOptions struct {
	Options
	Procedure string        // tranship or poc
	Rate      float64       // requests per second over all habits; default 600
	Control   time.Duration // length of the control run; default 15 s
	KillEvery time.Duration // kill -9 of the controller that often; 0: never
	Surge     bool          // an autoscaler starts one more task of the first service as it is drained
	Report    string        // file for the JSON report
	Out       io.Writer
}

// What the demo's migrations ask for, and the longest client cache that is declared.
const (
	JVMCache  = 30 * time.Second
	recordTTL = 5
)

// Demo moves a fleet under load and reports what its clients saw.
func Demo(ctx context.Context, o DemoOptions) (*Report, error) {
	if o.Rate == 0 {
		o.Rate = 600
	}
	if o.Control == 0 {
		o.Control = 15 * time.Second
	}
	if o.Procedure == "" {
		o.Procedure = "tranship"
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	o.EKS = "ready"
	path := o.Tranship
	if o.Procedure == "poc" {
		o.Tranship = ""
	}
	fmt.Fprintf(o.Out, "lab\n")
	l, err := Up(ctx, o.Options)
	if err != nil {
		return nil, err
	}
	d := &demo{DemoOptions: o, lab: l, path: path}
	r, err := d.run(ctx)
	return r, errors.Join(err, l.Down(ctx))
}

// demo is one run.
type demo struct {
	DemoOptions
	lab    *Lab
	path   string // of tranship
	client client.Client
}

func (d *demo) run(ctx context.Context) (*Report, error) {
	o := d.lab.Options
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		return nil, err
	}
	var err error
	if d.client, err = client.New(d.lab.cluster.RESTConfig, client.Options{Scheme: scheme}); err != nil {
		return nil, err
	}
	r := &Report{
		APIVersion: ReportVersion, Procedure: d.Procedure, Services: o.Services, Timing: d.lab.timing.Name,
		Temper: o.Temper, TTLSeconds: o.TTL.Seconds(), PerService: map[string]ServiceReport{},
	}
	fmt.Fprintf(d.Out, "control run: %.0f requests/s for %s, no crossing\n", d.Rate, d.Control)
	control, err := d.control(ctx)
	if err != nil {
		return nil, err
	}
	r.ControlRun = ControlRun{Requests: control.Requests, Failed: control.Failed}
	if control.FellBehind {
		return nil, fmt.Errorf("void: the load fell behind (%.0f of %.0f requests/s) before anything was moved", control.AchievedRate, control.Rate)
	}

	runner, err := load.New(d.load())
	if err != nil {
		return nil, err
	}
	before := d.lab.record.callCounts()
	began := time.Now()
	if err := runner.Start(ctx); err != nil {
		return nil, err
	}
	fmt.Fprintf(d.Out, "moving %d services of %d tasks to %d pods each, under load\n", o.Services, o.Tasks, o.Pods)
	moving := time.Now()
	merr := d.move(ctx, runner)
	r.WallSeconds = time.Since(moving).Seconds()
	if merr == nil {
		// Whoever still holds an old answer gets the time to fail on it.
		merr = pause(ctx, JVMCache/3)
	}
	res := runner.Stop()
	if err := d.lab.Err(); err != nil {
		return nil, fmt.Errorf("void: the lab itself failed: %w", err)
	}
	if res.FellBehind {
		merr = errors.Join(merr, fmt.Errorf("void: the load fell behind: %.0f of %.0f requests/s", res.AchievedRate, res.Rate))
	}
	d.migrations(ctx, r)
	r.judge(d.lab, began, time.Now(), load.Caches{}.Bounds())
	r.clients(res)
	r.floor(d.lab, steps, readyFor)
	r.AWSCalls = map[string]int{}
	for k, n := range d.lab.record.callCounts() {
		if n -= before[k]; n > 0 {
			r.AWSCalls[k] = n
		}
	}
	r.Throttled = d.lab.record.throttle
	if d.lab.controller != nil {
		r.ControllerKills = d.lab.controller.kills
	}
	r.Print(d.Out)
	if d.Report != "" {
		if err := r.Write(d.Report); err != nil {
			return r, fmt.Errorf("write the report: %w", err)
		}
	}
	return r, merr
}

// steps and readyFor of the demo's migrations.
var steps = []cutover.Step{{Share: 50, Soak: 2 * time.Second}}

const readyFor = 3 * time.Second

// load is who asks, and how.
func (d *demo) load() load.Config {
	c := load.Config{
		Network: network{d.lab}, Rate: d.Rate, Seed: d.lab.Options.Seed, Stopped: d.lab.record.Stopped,
		Subnets: d.subnets(),
	}
	for n := range d.lab.Options.Services {
		s := ServiceName(n + 1)
		c.Targets = append(c.Targets, load.Target{Service: s, Host: s + "." + d.lab.Options.Namespace, Port: Port})
	}
	return c
}

// subnets are those of tasks and pods: clients live beside both.
func (d *demo) subnets() []netip.Prefix {
	out := []netip.Prefix{
		netip.MustParsePrefix("10.0.1.0/24"), netip.MustParsePrefix("10.0.2.0/24"), netip.MustParsePrefix("10.0.3.0/24"),
	}
	for _, z := range d.lab.zones() {
		out = append(out, d.lab.pool.Subnet(z))
	}
	return out
}

func (d *demo) control(ctx context.Context) (load.Result, error) {
	runner, err := load.New(d.load())
	if err != nil {
		return load.Result{}, err
	}
	if err := runner.Start(ctx); err != nil {
		return load.Result{}, err
	}
	err = pause(ctx, d.Control)
	return runner.Stop(), err
}

// pause waits for d, or for the end of ctx.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// move does the procedure and shows it as it goes on.
func (d *demo) move(ctx context.Context, runner *load.Runner) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		if d.Procedure == "poc" {
			done <- d.poc(ctx)
			return
		}
		done <- d.migrate(ctx)
	}()
	began := time.Now()
	show := time.NewTicker(5 * time.Second)
	defer show.Stop()
	kill := make(<-chan time.Time)
	if d.KillEvery > 0 && d.lab.controller != nil {
		t := time.NewTicker(d.KillEvery)
		defer t.Stop()
		kill = t.C
	}
	surge := make(<-chan time.Time)
	if d.Surge && d.Procedure != "poc" {
		t := time.NewTicker(200 * time.Millisecond)
		defer t.Stop()
		surge = t.C
	}
	for {
		select {
		case err := <-done:
			d.show(ctx, began, runner)
			return err
		case <-surge:
			if came, err := d.surge(ctx); err != nil {
				return err
			} else if came {
				surge = nil
			}
		case <-kill:
			if err := d.lab.controller.kill(); err != nil {
				return err
			}
		case <-show.C:
			d.show(ctx, began, runner)
		}
	}
}

// surge is what autoscaling does, which does not know of any crossing: as the
// first service is drained, it gets one task more, and that one enters the name
// behind the crossing's back. Whoever trusts that Shift and Hold are over stops
// it while clients hold its address.
func (d *demo) surge(ctx context.Context) (done bool, err error) {
	name := ServiceName(1)
	m := &v1alpha1.ServiceMigration{}
	if err := d.client.Get(ctx, client.ObjectKey{Namespace: KubeNamespace, Name: name}, m); err != nil {
		return false, client.IgnoreNotFound(err)
	}
	if m.Status.Phase != "Drain" {
		return false, nil
	}
	if err := d.lab.scaleOut(ctx, name); err != nil {
		return false, err
	}
	fmt.Fprintf(d.Out, "          autoscaling starts one more ECS task of %s\n", name)
	return true, nil
}

// show prints one line of progress.
func (d *demo) show(ctx context.Context, began time.Time, runner *load.Runner) {
	s := runner.Snapshot()
	fmt.Fprintf(d.Out, "  %4.0f s  %-44s %8d requests, %d failed\n", time.Since(began).Seconds(), d.phases(ctx), s.Requests, s.Failed)
}

// phases counts the migrations by phase, in the order of the way.
func (d *demo) phases(ctx context.Context) string {
	if d.Procedure == "poc" {
		return "the procedure of the proof of concept"
	}
	var list v1alpha1.ServiceMigrationList
	if err := d.client.List(ctx, &list, client.InNamespace(KubeNamespace)); err != nil {
		return err.Error()
	}
	n := map[string]int{}
	for _, m := range list.Items {
		n[m.Status.Phase]++
	}
	order := []string{"", "Preflight", "Stage", "Prepare", "Shift", "Hold", "Drain", "Migrated", "Recall", "Readmit", "Withdraw", "Settle", "RolledBack"}
	var parts []string
	for _, p := range order {
		if n[p] > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", strings.TrimSpace(p), n[p]))
		}
	}
	return strings.Join(parts, ", ")
}

// patience is how long a crossing may take before the demo calls it stuck:
// three times the least that it can take, and a minute.
func (d *demo) patience() time.Duration {
	var r Report
	r.floor(d.lab, steps, readyFor)
	return time.Duration(3*r.FloorSeconds)*time.Second + time.Minute
}

// migrate runs the product as a user would.
func (d *demo) migrate(ctx context.Context) error {
	args := []string{
		"migrate", "--ecs-cluster", ECSCluster, "-n", KubeNamespace, "--yes", "--wait", "--timeout", d.patience().String(),
		"--record-ttl", fmt.Sprintf("%ds", recordTTL), "--ready-for", readyFor.String(), "--kind", "request",
	}
	for _, s := range steps {
		args = append(args, "--step", fmt.Sprintf("%d:%s", s.Share, s.Soak))
	}
	for n := range d.lab.Options.Services {
		args = append(args, ServiceName(n+1))
	}
	cmd := exec.CommandContext(ctx, d.path, args...)
	cmd.Env = append(os.Environ(), d.lab.Ready.Env()...)
	cmd.SysProcAttr = dieWithParent()
	var errs strings.Builder
	cmd.Stderr = io.MultiWriter(&errs, d.ControllerLog)
	cmd.Stdout = d.ControllerLog
	if err := cmd.Run(); err != nil {
		tail := strings.Split(strings.TrimSpace(errs.String()), "\n")
		return fmt.Errorf("tranship migrate: %w: %s", err, strings.Join(tail[max(0, len(tail)-3):], " | "))
	}
	return nil
}

// migrations takes phases and bounds from the ServiceMigrations.
func (d *demo) migrations(ctx context.Context, r *Report) {
	if d.Procedure == "poc" {
		r.Migrated = d.lab.pocMigrated()
		return
	}
	var list v1alpha1.ServiceMigrationList
	if err := d.client.List(context.WithoutCancel(ctx), &list, client.InNamespace(KubeNamespace)); err != nil {
		r.Witnesses = append(r.Witnesses, "the migrations could not be read: "+err.Error())
		return
	}
	for _, m := range list.Items {
		s := r.PerService[m.Name]
		for _, h := range m.Status.History {
			s.Phases = append(s.Phases, PhaseTime{Phase: h.Phase, At: h.At.Time})
		}
		s.RollbackBoundSeconds = m.Status.RollbackBoundSeconds
		r.PerService[m.Name] = s
		r.ForeignInstancesUntouched += int(m.Status.ForeignInstances)
		if m.Status.Phase == "Migrated" {
			r.Migrated++
		}
	}
}
