package peer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tranship/tranship/bench/externaldns"
	"github.com/tranship/tranship/lab"
	"github.com/tranship/tranship/lab/load"
)

// trial is one lab and what is done on it.
type trial struct {
	file      string // of its log
	situation string
	contender contender
	idle      bool
}

const (
	crossing  = "crossing"
	replaced  = ", then a pod of each is replaced"
	differing = "crossing, the Services ask for another TTL"
)

// trials are all that there are, in the order of the table.
func (s Settings) trials() []trial {
	all := []trial{
		{"externaldns-documented", crossing + ": ECS out first, as documented", asDocumented(0), false},
		{"externaldns-joining", crossing + ": pods join the live name, then ECS out", joining(0), false},
		{"tranship", crossing + ": a ServiceMigration each", tranship(0), false},
		{"externaldns-ttl-documented", differing + ": ECS out first, as documented", asDocumented(differentTTL), false},
		{"externaldns-ttl-joining", differing + ": pods join the live name, then ECS out", joining(differentTTL), false},
		{"tranship-ttl", differing + ": a ServiceMigration each", tranship(differentTTL), false},
	}
	if s.Idle > 0 {
		at := fmt.Sprintf("at rest: %d services, one pod each", s.Idle)
		all = append(all, trial{"externaldns-idle", at, asDocumented(0), true}, trial{"tranship-idle", at, tranship(0), true})
	}
	var out []trial
	for _, t := range all {
		if t.file == s.Only {
			return []trial{t}
		}
		if strings.Contains(t.file, s.Only) {
			out = append(out, t)
		}
	}
	return out
}

// Run does them one after the other. What was measured is in the table, also
// where a trial could not be done; those are in the error.
func Run(ctx context.Context, s Settings) (Table, error) {
	t := Table{
		APIVersion: Version, Timing: s.Timing, Rates: s.Rates, TTLSeconds: s.TTL.Seconds(), RequestsPerSecond: s.Rate,
		Services: s.Services, Tasks: tasks, Pods: pods, CPUs: runtime.NumCPU(), Go: runtime.Version(), ExternalDNS: externaldns.Version,
	}
	var errs []error
	for _, x := range s.trials() {
		fmt.Fprintf(s.Progress, "▶ %s: %s\n", x.contender.name, x.situation)
		rows, err := s.try(ctx, x)
		t.Rows = append(t.Rows, rows...)
		for _, r := range rows {
			fmt.Fprintf(s.Progress, "  %s\n", r)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", x.file, err))
			fmt.Fprintf(s.Progress, "  %v\n", err)
		}
		if ctx.Err() != nil {
			break
		}
	}
	return t, errors.Join(errs...)
}

// try does one trial on a lab of its own.
func (s Settings) try(ctx context.Context, x trial) (rows []Row, err error) {
	log, err := os.Create(filepath.Join(s.Logs, x.file+".log"))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	o := lab.Options{
		Services: s.Services, Tasks: tasks, Pods: pods, TTL: s.TTL, Timing: s.Timing, Rates: s.Rates, EKS: "ready", LoadBalancers: true,
		ControllerLog: log, Progress: s.Progress,
	}
	if x.idle {
		// At AWS's own pace: an interval that is scaled would make ten calls of one.
		o.Services, o.Tasks, o.Pods, o.Timing = s.Idle, 1, 1, "aws"
	}
	if x.contender.controller {
		o.Tranship = s.Tranship
	}
	l, err := lab.Up(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, l.Down(ctx)) }()
	var p *externaldns.Process
	if x.contender.begin != nil {
		if p, err = x.contender.begin(ctx, l, s, log); err != nil {
			return nil, err
		}
		defer p.Stop()
	}
	if x.idle {
		row, err := s.rest(ctx, l, x, p)
		if err != nil {
			return nil, err
		}
		return []Row{row}, nil
	}
	return s.underLoad(ctx, l, x, p, log)
}

// linger is how long the clients go on after each part: whoever still holds an
// old answer gets the time to fail on it, and to find the new one.
const linger = lab.JVMCache

// underLoad moves the fleet, and then replaces a pod of each service, each time
// with the clients at it.
func (s Settings) underLoad(ctx context.Context, l *lab.Lab, x trial, p *externaldns.Process, log io.Writer) ([]Row, error) {
	control, err := l.Control(ctx, s.Rate, s.Control)
	if err != nil {
		return nil, err
	}
	var rows []Row
	for _, part := range []struct {
		situation string
		do        func(context.Context) error
	}{
		{x.situation, func(ctx context.Context) error { return x.contender.move(ctx, l, s, log) }},
		{x.situation + replaced, func(ctx context.Context) error { return replacePods(ctx, l) }},
	} {
		ends := endings(p)
		r, err := l.Observe(ctx, lab.Trial{Rate: s.Rate, Linger: linger}, func(ctx context.Context, _ func() load.Result) error {
			return part.do(ctx)
		})
		if r == nil {
			return rows, err
		}
		row := Row{
			Contender: x.contender.name, Situation: part.situation, Services: l.Options.Services,
			ControlFailed: control.Failed, Requests: r.Requests, Failed: r.FailedRequests, FailuresByKind: r.FailuresByKind,
			OutageSeconds: r.LongestOutageSeconds, EmptySeconds: r.EmptyAnswerSeconds, WallSeconds: r.WallSeconds,
			Ends: endings(p)[len(ends):], Throttled: r.Throttled,
		}
		for n := range l.Options.Services {
			name := lab.ServiceName(n + 1)
			row.Stale += len(l.Stale(name))
			if inNames(l, name) == nil {
				row.Moved++
			}
		}
		row.calls(r.AWSCalls, time.Duration((r.WallSeconds+linger.Seconds())*float64(time.Second)))
		if err != nil {
			row.Note = err.Error()
		}
		rows = append(rows, row)
		if ctx.Err() != nil || row.Moved < row.Services {
			return rows, ctx.Err() // there is nothing to replace a pod of
		}
		// The next part is not to be charged with what resolvers remember of this one.
		if err := sleep(ctx, l.ExternalDNSInterval()); err != nil {
			return rows, err
		}
	}
	return rows, nil
}

// replacePods deletes one pod of each service, waits until another one serves in
// its place and the first is gone, and then for three intervals of ExternalDNS.
func replacePods(ctx context.Context, l *lab.Lab) error {
	old := map[string]bool{}
	pods := l.Kubernetes().CoreV1().Pods(lab.KubeNamespace)
	for n := range l.Options.Services {
		list, err := pods.List(ctx, metav1.ListOptions{LabelSelector: "app=" + lab.ServiceName(n+1)})
		if err != nil {
			return fmt.Errorf("pods of %s: %w", lab.ServiceName(n+1), err)
		}
		if len(list.Items) == 0 {
			return fmt.Errorf("%s has no pod", lab.ServiceName(n+1))
		}
		name := list.Items[0].Name
		if err := pods.Delete(ctx, name, metav1.DeleteOptions{}); err != nil {
			return fmt.Errorf("delete pod %s: %w", name, err)
		}
		old[name] = true
	}
	if err := await(ctx, l, func(l *lab.Lab, service string) error {
		list, err := pods.List(ctx, metav1.ListOptions{LabelSelector: "app=" + service})
		if err != nil {
			return err
		}
		for _, p := range list.Items {
			if old[p.Name] {
				return fmt.Errorf("pod %s is still there", p.Name)
			}
		}
		if n := l.Serving(service, "eks"); n != l.Options.Pods {
			return fmt.Errorf("%d pods of %s serve", n, service)
		}
		return nil
	}); err != nil {
		return err
	}
	return sleep(ctx, 3*l.ExternalDNSInterval())
}

// rest counts the calls of a fleet at which nothing happens.
func (s Settings) rest(ctx context.Context, l *lab.Lab, x trial, p *externaldns.Process) (Row, error) {
	if err := x.contender.settle(ctx, l); err != nil {
		return Row{}, err
	}
	// What the settling left to be done is done by then.
	if err := sleep(ctx, 2*l.ExternalDNSInterval()); err != nil {
		return Row{}, err
	}
	if x.contender.controller {
		if err := quiet(ctx, l); err != nil {
			return Row{}, err
		}
	}
	ends, before := endings(p), l.Calls()
	if err := sleep(ctx, s.Rest); err != nil {
		return Row{}, err
	}
	calls := l.Calls()
	for k, n := range before {
		if calls[k] -= n; calls[k] == 0 {
			delete(calls, k)
		}
	}
	row := Row{
		Contender: x.contender.name, Situation: x.situation, Services: l.Options.Services, Moved: l.Options.Services,
		WallSeconds: s.Rest.Seconds(), Ends: endings(p)[len(ends):], AtRest: true,
	}
	for n := range l.Options.Services {
		row.Stale += len(l.Stale(lab.ServiceName(n + 1)))
	}
	row.calls(calls, s.Rest)
	return row, l.Err()
}

// unseen is longer than tranship waits, after its last write to a name, before it
// reads that name once more.
const unseen = 15 * time.Second

// quiet waits until tranship has written nothing, and read no name in full, for a
// while. (ExternalDNS has no such moment: it does the same at each sync.)
func quiet(ctx context.Context, l *lab.Lab) error {
	busy := func() (n int) {
		calls := l.Calls()
		for _, op := range []string{"RegisterInstance", "DeregisterInstance", "GetOperation", "ListInstances"} {
			n += calls["servicediscovery:"+op]
		}
		return n
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	for before := -1; ; {
		now := busy()
		if now == before {
			return nil
		}
		before = now
		if err := sleep(ctx, unseen); err != nil {
			return fmt.Errorf("the fleet does not come to rest, %d calls about single names so far: %w", now, err)
		}
	}
}

func endings(p *externaldns.Process) []string {
	if p == nil {
		return nil
	}
	return p.Ends()
}
