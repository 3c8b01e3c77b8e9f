package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/api/v1alpha1"
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

// recordTTL is what the demo's migrations ask for.
const recordTTL = 5

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
	fmt.Fprintf(d.Out, "  %s\n", d.lab.profiles())
	fmt.Fprintf(d.Out, "control run: %.0f requests/s for %s, no crossing\n", d.Rate, d.Control)
	control, err := d.lab.Control(ctx, d.Rate, d.Control)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(d.Out, "moving %d services of %d tasks to %d pods each, under load\n", o.Services, o.Tasks, o.Pods)
	// Whoever still holds an old answer gets the time to fail on it.
	r, merr := d.lab.Observe(ctx, Trial{Rate: d.Rate, Linger: JVMCache / 3}, d.move)
	if r == nil {
		return nil, merr
	}
	r.Procedure, r.ControlRun = d.Procedure, control
	d.migrations(ctx, r)
	if d.lab.controller != nil {
		r.ControllerKills = d.lab.controller.Kills()
	}
	r.Print(d.Out)
	if d.Report != "" {
		if err := r.Write(d.Report); err != nil {
			return r, fmt.Errorf("write the report: %w", err)
		}
	}
	return r, merr
}

// move does the procedure and shows it as it goes on.
func (d *demo) move(ctx context.Context, seen func() load.Result) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		if d.Procedure == "poc" {
			done <- d.poc(ctx)
			return
		}
		done <- d.lab.Migrate(ctx, d.path, d.ControllerLog)
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
			d.show(ctx, began, seen())
			return err
		case <-surge:
			if came, err := d.surge(ctx); err != nil {
				return err
			} else if came {
				surge = nil
			}
		case <-kill:
			if err := d.lab.controller.Kill(); err != nil {
				return err
			}
		case <-show.C:
			d.show(ctx, began, seen())
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
func (d *demo) show(ctx context.Context, began time.Time, s load.Result) {
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
