package load

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// Runner sends requests from Start to Stop.
type Runner struct {
	cfg     Config
	targets []question
	clients [][]*client
	tally   *tally
	// transport begins HTTP/2 on connections, and keeps none.
	transport *http.Transport

	mu      sync.Mutex
	cancel  context.CancelFunc // nil before Start
	done    chan struct{}      // closed when nothing runs any more
	pace    pace
	stopped time.Time // the lab's clock when the last request had ended
}

// New makes a Runner, or says everything that is wrong with the configuration.
func New(cfg Config) (*Runner, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	r := &Runner{cfg: cfg, done: make(chan struct{}), transport: transport()}
	for _, t := range cfg.Targets {
		q, err := t.question(cfg.SlowFor, cfg.StreamFor)
		if err != nil {
			return nil, err
		}
		r.targets = append(r.targets, q)
	}
	if r.clients, err = cfg.clients(); err != nil {
		return nil, err
	}
	r.tally = newTally(r.targets, cfg.Witnesses)
	return r, nil
}

// Run sends requests until ctx is cancelled, finishes what is in flight, and
// says what happened. A cancelled ctx is the normal end and no error.
func Run(ctx context.Context, cfg Config) (Result, error) {
	r, err := New(cfg)
	if err != nil {
		return Result{}, err
	}
	if err := r.Start(ctx); err != nil {
		return Result{}, err
	}
	<-ctx.Done()
	return r.Stop(), nil
}

// Start begins to send. It ends by Stop, or with ctx. A Runner runs once.
func (r *Runner) Start(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cancel != nil {
		return errors.New("load: a Runner can be started once only")
	}
	r.tally.start(r.cfg.Now())
	// What is in flight when ctx ends is finished: it has its own time-outs.
	working := context.WithoutCancel(ctx)
	ctx, r.cancel = context.WithCancel(ctx)
	go r.run(ctx, working)
	return nil
}

// Stop sends no more, waits until what is in flight has ended (at most
// Timeouts.Request, and what is slow by design longer), closes all connections, and says what happened.
func (r *Runner) Stop() Result {
	r.mu.Lock()
	cancel := r.cancel
	r.mu.Unlock()
	if cancel != nil {
		cancel()
		<-r.done
	}
	return r.Snapshot()
}

// Clients are the addresses of the habit's clients.
func (r *Runner) Clients(h Habit) (out []netip.Addr) {
	for _, list := range r.clients {
		for _, c := range list {
			if c.habit == h {
				out = append(out, c.addr)
			}
		}
	}
	return out
}

// Snapshot says what has happened so far. It may be called at any time.
func (r *Runner) Snapshot() Result {
	r.mu.Lock()
	now, p, running := r.stopped, r.pace, r.cancel != nil
	r.mu.Unlock()
	if now.IsZero() {
		now = r.cfg.Now()
	}
	if !running {
		return Result{Rate: r.cfg.Rate}
	}
	out := r.tally.result(now)
	p.into(&out, r.cfg.Rate)
	return out
}

// run is the Runner's life: the arrivals, then the end.
func (r *Runner) run(ctx, working context.Context) {
	defer close(r.done)
	// A goroutine for each request, and none that waits for the next one: after a
	// moment in which many ran at once, those would be there for good.
	places := make(chan struct{}, r.cfg.Concurrency)
	readers := sync.Pool{New: func() any { return newReader() }}
	var running sync.WaitGroup
	r.arrivals(ctx, func(j job) bool {
		select {
		case places <- struct{}{}:
		case <-ctx.Done():
			return false
		}
		running.Go(func() {
			rd := readers.Get().(*reader)
			r.work(working, rd, j)
			readers.Put(rd)
			<-places
		})
		return true
	})
	running.Wait()
	for _, list := range r.clients {
		for _, c := range list {
			if c.pool != nil {
				c.pool.close()
			}
			if c.channels != nil {
				c.channels.close()
			}
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = r.cfg.Now()
	r.cancel() // releases the context when its parent did not end
}

// work makes one request.
func (r *Runner) work(ctx context.Context, rd *reader, j job) {
	began := r.cfg.Now()
	n := r.tally.begin(j.client, j.target, began)
	out := r.attempt(ctx, rd, j.client, j.target)
	r.tally.end(j.client, j.target, n, began, r.cfg.Now(), out)
}
