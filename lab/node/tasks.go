package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/tranship/tranship/lab/node/standin"
)

// Order is what the AWS model wants done to a task's container: Start, Signal or Kill.
type Order interface{ task() string }

// Start starts a task's container behind its address.
type Start struct {
	TaskID  string
	Service string // the ECS service's name
	Addr    netip.AddrPort
	Zone    string
	Sees    []byte // what the stand-in prints at /sees; none: nothing
}

// Signal is SIGTERM, with SIGKILL when Grace (ECS's stopTimeout) is over.
type Signal struct {
	TaskID string
	Grace  time.Duration
}

// Kill is SIGKILL.
type Kill struct{ TaskID string }

func (o Start) task() string  { return o.TaskID }
func (o Signal) task() string { return o.TaskID }
func (o Kill) task() string   { return o.TaskID }

// Errors of TaskHost.Do.
var (
	ErrTaskExists = errors.New("task runs already")
	ErrNoTask     = errors.New("no such task runs here")
	ErrHostEnded  = errors.New("task host has ended")
)

// TaskConfig is what a TaskHost needs. Fabric and Exited must be given.
type TaskConfig struct {
	Fabric Fabric
	// Exited is told once for each started task when its container is gone and its address detached, from a goroutine of its
	// own and with no lock held. A container that could not start has exited too. Not told when the host itself ends.
	Exited func(taskID string)

	Platform   string         // "": "ecs"
	Temper     standin.Temper // "": graceful
	Launch     standin.Launch // nil: standin.InProcess
	SocketDir  string         // as in Config
	StartDelay time.Duration  // how long each application takes until it listens
	Drain      time.Duration  // as in standin.Options
	Clock      Clock          // nil: WallClock
	OnEvent    func(Event)    // must return quickly and must not call the host
	Log        *slog.Logger   // nil: silent
}

// TaskHost runs the containers of ECS tasks, as Fargate does.
type TaskHost struct {
	ctx     context.Context
	cfg     TaskConfig
	sockets sockets

	work  sync.WaitGroup
	mu    sync.Mutex
	ended bool // no more orders: Wait has begun
	tasks map[string]*task
}

// task is one container; the channels carry orders to its goroutine.
type task struct {
	live   context.Context // ends with the first Signal or Kill
	end    context.CancelFunc
	signal chan time.Duration // the first Signal
	kill   chan struct{}      // the first Kill
}

// NewTaskHost makes a host whose containers live no longer than ctx.
func NewTaskHost(ctx context.Context, cfg TaskConfig) (*TaskHost, error) {
	if cfg.Fabric == nil || cfg.Exited == nil {
		return nil, errors.New("task host: Fabric and Exited must be given")
	}
	if cfg.Platform == "" {
		cfg.Platform = "ecs"
	}
	temper, err := standin.ParseTemper(string(cfg.Temper))
	if err != nil {
		return nil, fmt.Errorf("task host: %w", err)
	}
	cfg.Temper = temper
	if cfg.Launch == nil {
		cfg.Launch = standin.InProcess
	}
	if cfg.Clock == nil {
		cfg.Clock = WallClock{}
	}
	if cfg.OnEvent == nil {
		cfg.OnEvent = func(Event) {}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &TaskHost{ctx: ctx, cfg: cfg, sockets: sockets{dir: cfg.SocketDir, mark: "t"}, tasks: map[string]*task{}}, nil
}

// Do takes an order and returns at once; what follows is told through Exited and OnEvent. Orders of one task must be given in
// their order. Errors: ErrTaskExists and ErrAddress for Start, ErrNoTask for Signal and Kill (it has exited already, or never
// started), ErrHostEnded.
func (h *TaskHost) Do(o Order) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended || h.ctx.Err() != nil {
		return fmt.Errorf("task %s: %w", o.task(), ErrHostEnded)
	}
	t := h.tasks[o.task()]
	if s, ok := o.(Start); ok {
		if t != nil {
			return fmt.Errorf("starting task %s: %w", s.TaskID, ErrTaskExists)
		}
		if err := checkAddress(s.Addr.Addr()); err != nil {
			return fmt.Errorf("starting task %s: %w", s.TaskID, err)
		}
		t = &task{signal: make(chan time.Duration, 1), kill: make(chan struct{}, 1)}
		t.live, t.end = context.WithCancel(h.ctx)
		h.tasks[s.TaskID] = t
		h.work.Go(func() { h.run(s, t) })
		return nil
	}
	if t == nil {
		return fmt.Errorf("stopping task %s: %w", o.task(), ErrNoTask)
	}
	switch o := o.(type) {
	case Signal:
		select {
		case t.signal <- o.Grace:
		default: // the first counts
		}
	case Kill:
		select {
		case t.kill <- struct{}{}:
		default:
		}
	}
	t.end()
	return nil
}

// Wait waits for the end of NewTaskHost's ctx, and then until every container is gone.
func (h *TaskHost) Wait() {
	<-h.ctx.Done()
	h.mu.Lock()
	h.ended = true // an order that was being taken has its goroutine by now
	h.mu.Unlock()
	h.work.Wait()
}

// run is a container's life.
func (h *TaskHost) run(s Start, t *task) {
	defer t.end()
	listen := h.sockets.next()
	b := &berth{fabric: h.cfg.Fabric, now: h.cfg.Clock.Now, event: h.cfg.OnEvent, zone: s.Zone, addrs: []netip.AddrPort{s.Addr},
		who: standin.Identity{Platform: h.cfg.Platform, Service: s.Service, Instance: s.TaskID}}
	in, err := b.dock(t.live, h.cfg.Launch, standin.Options{
		Temper: h.cfg.Temper, Listen: listen, StartDelay: h.cfg.StartDelay, Drain: h.cfg.Drain, Sees: s.Sees,
	})
	switch {
	case err == nil:
		h.live(in, t)
	case t.live.Err() == nil:
		h.cfg.Log.Error("task does not start", "task", s.TaskID, "error", err)
	}
	tidy(listen)
	h.mu.Lock()
	delete(h.tasks, s.TaskID)
	h.mu.Unlock()
	if h.ctx.Err() == nil {
		h.cfg.Exited(s.TaskID)
	}
}

// live returns when the container is gone.
func (h *TaskHost) live(in standin.Instance, t *task) {
	stopped := make(chan struct{}) // closed when a Stop that was begun has returned
	close(stopped)
	signal := t.signal
	for {
		select {
		case grace := <-signal:
			signal = nil
			stopped = make(chan struct{})
			go func() {
				defer close(stopped)
				_ = in.Stop(h.ctx, grace) // how it went is seen from outside
			}()
			continue
		case <-t.kill:
		case <-h.ctx.Done():
		case <-in.Done():
		}
		in.Kill() // a no-op for what is gone
		<-stopped
		return
	}
}
