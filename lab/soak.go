package lab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/tranship/tranship/lab/fault"
	"github.com/tranship/tranship/lab/load"
)

// SoakOptions say how long and how hard.
type SoakOptions struct {
	Options
	For   time.Duration // default 2 h
	Every time.Duration // between samples; default 1 minute
	Turn  time.Duration // how long each fault is active; default 20 s
	Rate  float64       // requests per second over all habits; default 100
	Out   io.Writer     // gets the table as it grows
}

func (o SoakOptions) withDefaults() SoakOptions {
	o.For, o.Every = cmp.Or(o.For, 2*time.Hour), cmp.Or(o.Every, time.Minute)
	o.Turn, o.Rate = cmp.Or(o.Turn, 20*time.Second), cmp.Or(o.Rate, 100)
	// A lab that runs for ever forgets; a tenth of the time shows whether it does.
	o.History = cmp.Or(o.History, min(10*time.Minute, o.For/10))
	if o.Out == nil {
		o.Out = io.Discard
	}
	return o
}

// rotation is what goes wrong, one after the other, each for one turn.
var rotation = []string{
	"throttle,every=3",
	"kill-task,every=2s",
	"error,every=5",
	"slow-operation,every=2,delay=3s",
	"lost-answer,every=4",
	"fail-operation,every=3",
	"kill-pod,every=3s",
	"timeout-after,every=20,delay=2s",
	"unready-pod,every=2s,delay=4s",
	"unavailable,chance=0.2",
	"stale-discover,delay=5s",
	"timeout-before,every=20,delay=2s",
	"slow-answer,every=3,delay=500ms",
	"lose-zone,delay=5s",
}

// Soak keeps a lab under load, faults, dying tasks and deployments, and watches
// whether it grows. The result says by itself whether it did: Soaked.OK.
func Soak(ctx context.Context, o SoakOptions) (*Soaked, error) {
	o = o.withDefaults()
	if !o.NoKubernetes {
		o.EKS = "ready"
	}
	l, err := Up(ctx, o.Options)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(o.Out, "%d services of %d tasks, %.0f requests/s, %s, for %s; each fault for %s\n",
		l.Options.Services, l.Options.Tasks, o.Rate, l.profiles(), o.For, o.Turn)
	s, err := l.soak(ctx, o)
	return s, errors.Join(err, l.Down(ctx))
}

// soak is the run itself, on a lab that is up.
func (l *Lab) soak(ctx context.Context, o SoakOptions) (*Soaked, error) {
	s := &Soaked{Every: o.Every}
	stop, err := l.wear(ctx, o)
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(o.Out, sampleHead)
	began := time.Now()
	for err == nil && time.Since(began) < o.For {
		if err = Pause(ctx, o.Every); err == nil {
			x := takeSample(time.Since(began), l.still)
			s.Samples = append(s.Samples, x)
			fmt.Fprintln(o.Out, x)
			err = l.Err()
		}
	}
	w := stop()
	s.Requests, s.Failed, s.Deployments, s.Calls = w.Requests, w.Failed, w.deployments, w.calls
	for _, a := range l.faults.List(time.Now()) {
		s.Hits += a.Hits
	}
	return s, err
}

// worn is what wearing a lab came to.
type worn struct {
	load.Result
	deployments, calls int
}

// wear puts the lab under load, callers and faults until stop is called, which
// waits for the end of it all and leaves no fault active.
func (l *Lab) wear(ctx context.Context, o SoakOptions) (stop func() worn, err error) {
	runner, done, err := l.runner(ctx, o.Rate)
	if err != nil {
		return nil, err
	}
	if err := runner.Start(ctx); err != nil {
		done()
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	c := newCaller(l)
	var w worn
	var running sync.WaitGroup
	running.Go(func() { l.rotate(ctx, o.Turn) })
	running.Go(func() { w.deployments, w.calls = c.run(ctx) })
	return func() worn {
		cancel()
		running.Wait()
		c.close()
		l.faults.Clear(time.Now())
		w.Result = runner.Stop()
		done()
		return w
	}, nil
}

// rotate has one fault after the other.
func (l *Lab) rotate(ctx context.Context, turn time.Duration) {
	for n := 0; ; n++ {
		f, err := fault.Parse(rotation[n%len(rotation)])
		if err == nil {
			f.For = fault.Duration(turn)
			f.Period = min(f.Period, f.For/4) // often enough for a short turn, too
			_, err = l.faults.Add(time.Now(), f)
		}
		if err != nil {
			l.fail(fmt.Errorf("soak: %w", err))
			return
		}
		if Pause(ctx, turn) != nil {
			return
		}
	}
}

// draw is the chance of a soak: which service is deployed anew.
func (l *Lab) draw() *rand.Rand {
	return rand.New(rand.NewPCG(l.Options.Seed, 0x50a4)) //nolint:gosec // replay, not secrecy
}
