package lab

import (
	"cmp"
	"net/netip"
	"sync"
	"time"

	"github.com/tranship/tranship/lab/cloud"
	"github.com/tranship/tranship/lab/estate"
	"github.com/tranship/tranship/lab/node"
)

// live is lab/cloud in real time: a mutex, and one timer on the model's next event.
type live struct {
	mu     sync.Mutex
	model  *cloud.Cloud
	timer  *time.Timer
	closed bool
	host   *node.TaskHost
	onFail func(error)
	// beside is what the account has beside the model; the same lock holds both.
	beside *estate.Estate
	// others are further accounts and regions, in which no task runs.
	others []*cloud.Cloud
	// onEffect sees each effect before it is carried out, with both locked.
	onEffect func(cloud.Effect)
	// sees is what a task's containers see, as JSON, with both locked; nil: nobody asks.
	sees func(*cloud.Cloud, string) []byte
}

func newLive(cfg cloud.Config, onFail func(error)) *live {
	l := &live{model: cloud.New(cfg), onFail: onFail}
	l.timer = time.AfterFunc(time.Hour, func() { l.do(func(*cloud.Cloud) {}) })
	return l
}

// do runs fn with the model locked and advanced to the present.
func (l *live) do(fn func(*cloud.Cloud)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	now := time.Now()
	l.model.Advance(now)
	for _, m := range l.others {
		m.Advance(now)
	}
	if l.beside != nil {
		l.beside.Advance(now)
	}
	fn(l.model)
	l.effects()
	if at, ok := l.model.NextEvent(); ok {
		l.timer.Reset(max(0, time.Until(at)))
	}
}

// effects hands what ECS does to containers to the task host, which never blocks.
func (l *live) effects() {
	if l.host == nil {
		return // before the fleet runs; they wait
	}
	for _, e := range l.model.TakeEffects() {
		if l.onEffect != nil {
			l.onEffect(e)
		}
		var order node.Order
		switch e.Kind {
		case cloud.StartTask:
			// A task without a port listens all the same, where its stand-in can be asked.
			order = node.Start{TaskID: e.Task.ID, Service: e.Task.Service, Zone: e.Task.Zone,
				Addr: netip.AddrPortFrom(e.Task.IP, cmp.Or(e.Task.Port, Port)), Sees: l.print(e.Task.ID)}
		case cloud.SignalTask:
			order = node.Signal{TaskID: e.Task.ID, Grace: e.Grace}
		case cloud.KillTask:
			order = node.Kill{TaskID: e.Task.ID}
		default:
			continue
		}
		if err := l.host.Do(order); err != nil && e.Kind == cloud.StartTask {
			l.onFail(err)
		}
	}
}

// print is what the stand-in of a task prints of what it sees.
func (l *live) print(taskID string) []byte {
	if l.sees == nil {
		return nil
	}
	return l.sees(l.model, taskID)
}

// exited tells the model that a container is gone.
func (l *live) exited(taskID string) {
	l.do(func(c *cloud.Cloud) { c.ContainerExited(taskID) })
}

func (l *live) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.timer.Stop()
}
