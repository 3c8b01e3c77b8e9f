package lab

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/tranship/tranship/lab/clusterdns"
	"github.com/tranship/tranship/lab/load"
)

// Trial says how the fleet's clients are watched while something is done to it.
type Trial struct {
	Rate   float64       // requests per second over all habits and services
	Linger time.Duration // how long they go on once it is done
}

// Control runs the load alone: what it counts is the lab's own failure. Its
// error says that the machine is too slow for the rate.
func (l *Lab) Control(ctx context.Context, rate float64, length time.Duration) (ControlRun, error) {
	runner, done, err := l.runner(ctx, rate)
	if err != nil {
		return ControlRun{}, err
	}
	defer done()
	if err := runner.Start(ctx); err != nil {
		return ControlRun{}, err
	}
	err = Pause(ctx, length)
	res := runner.Stop()
	if err == nil && res.FellBehind {
		err = fmt.Errorf("void: the load fell behind (%.0f of %.0f requests/s) before anything was moved", res.AchievedRate, res.Rate)
	}
	return ControlRun{Requests: res.Requests, Failed: res.Failed}, err
}

// Observe runs the load while do is done, and reports what clients, oracle,
// fabric and AWS's endpoint saw. do may ask what the clients have seen so far.
// The report is nil if the lab itself failed. Otherwise the error is that of do,
// or says that the load was not the one asked for.
func (l *Lab) Observe(ctx context.Context, t Trial, do func(ctx context.Context, seen func() load.Result) error) (*Report, error) {
	o := l.Options
	r := &Report{
		APIVersion: ReportVersion, Services: o.Services, Timing: l.timing.Name, Rates: l.rates.Name,
		Temper: o.Temper, TTLSeconds: o.TTL.Seconds(), PerService: map[string]ServiceReport{},
	}
	if l.clusterDNS != nil {
		r.ClusterDNS, _ = clusterdns.Version() // it runs, so its source was there
		r.ClusterDNS = strings.TrimSpace("CoreDNS " + r.ClusterDNS)
	}
	runner, done, err := l.runner(ctx, t.Rate)
	if err != nil {
		return nil, err
	}
	defer done()
	before, throttled := l.record.callCounts(), l.record.throttled()
	began := time.Now()
	if err := runner.Start(ctx); err != nil {
		return nil, err
	}
	if err := l.startFaults(); err != nil {
		_ = runner.Stop()
		return nil, err
	}
	doing := time.Now()
	err = do(ctx, runner.Snapshot)
	r.WallSeconds = time.Since(doing).Seconds()
	if err == nil {
		err = Pause(ctx, t.Linger)
	}
	res := runner.Stop()
	if err := l.Err(); err != nil {
		return nil, fmt.Errorf("void: the lab itself failed: %w", err)
	}
	if res.FellBehind {
		err = errors.Join(err, fmt.Errorf("void: the load fell behind: %.0f of %.0f requests/s", res.AchievedRate, res.Rate))
	}
	caches := load.Caches{ClusterDNS: clusterdns.Holds(l.Options.TTL)}
	found := r.judge(l, began, time.Now(), caches)
	r.clients(res)
	r.habits(res, caches)
	r.explain(res, found, caches)
	r.floor(l, steps, readyFor)
	r.AWSCalls = map[string]int{}
	for k, n := range l.record.callCounts() {
		if n -= before[k]; n > 0 {
			r.AWSCalls[k] = n
		}
	}
	r.Throttled = l.record.throttled() - throttled
	r.addFaults(l)
	return r, err
}

// runner is the load, ready to start; done gives back what it needs.
func (l *Lab) runner(ctx context.Context, rate float64) (_ *load.Runner, done func(), _ error) {
	c := l.load(rate)
	d, err := l.newDiscoverer(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("AWS for the clients: %w", err)
	}
	c.Discover = d.lookup
	if l.clusterDNS != nil {
		c.ClusterDNS = l.lookupInCluster
	}
	r, err := load.New(c)
	if err != nil {
		d.close()
		return nil, nil, err
	}
	l.record.setApart(r.Clients(load.Pinned))
	return r, d.close, nil
}

// load is who asks, and how.
func (l *Lab) load(rate float64) load.Config {
	c := load.Config{
		Network: network{l}, Rate: rate, Seed: l.Options.Seed, Stopped: l.record.Stopped, Subnets: l.subnets(),
		SlowFor: l.Options.Slow,
	}
	for _, s := range l.Options.Named() {
		c.Targets = append(c.Targets, load.Target{Service: s, Host: s + "." + l.Options.Namespace, Port: Port})
	}
	return c
}

// subnets are those of tasks and pods: clients live beside both.
func (l *Lab) subnets() []netip.Prefix {
	out := slices.Clone(taskSubnets)
	for _, z := range l.zones() {
		out = append(out, l.pool.Subnet(z))
	}
	return out
}

// Pause waits for d, or for the end of ctx.
func Pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
