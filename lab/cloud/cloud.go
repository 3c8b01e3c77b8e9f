package cloud

import (
	"net/netip"
	"time"
)

// Do runs fn with the model locked and advanced to the present. The owner of
// the clock provides it.
type Do func(fn func(c *Cloud))

// Cloud is one account in one region.
type Cloud struct {
	cfg     Config
	now     time.Time
	queue   queue
	effects []Effect
	log     []Event

	ids, ops, spread, sched, dice chance

	buckets      map[string]*bucket
	namespaces   []*namespace // sorted by id
	services     map[string]*service
	serviceOrder []*service          // by id
	former       map[string]*service // by namespace id and name, the latest that had it
	operations   map[string]*operation
	opOrder      []*operation
	opCount      uint64
	unfinished   int
	failing      []failure
	disturber    Disturber
	kept         struct{ operations, tasks int } // how many the last sweep left

	clusters  map[string]*cluster
	taskDefs  map[string][]*taskDefinition // by family
	tasks     map[string]*task
	taskOrder []*task // as they started
	zones     []pool
	scaling   scaling
	holders   map[netip.Addr]*task // by address

	loadBalancers map[string]*loadBalancer // by lower-case DNS name with trailing dot

	// more draws for what the scheduler of old did not know.
	more chance

	cloudMap CloudMap
	ecs      ECS
	sts      STS
	ec2      EC2
	route53  Route53

	silent  map[int]bool // authoritative servers that give no answer
	scratch []int32
	drawing []*entry
}

// New is an account in which nothing is yet.
func New(cfg Config) *Cloud {
	cfg = cfg.withDefaults()
	c := &Cloud{
		cfg: cfg, now: cfg.Start,
		services:   map[string]*service{},
		former:     map[string]*service{},
		operations: map[string]*operation{},
		clusters:   map[string]*cluster{},
		taskDefs:   map[string][]*taskDefinition{},
		tasks:      map[string]*task{},
	}
	for i, s := range []*chance{&c.ids, &c.ops, &c.spread, &c.sched, &c.dice} {
		s.seed(cfg.Seed, uint64(i))
	}
	c.scaling.targets = map[string]*scalable{}
	c.scaling.dice.seed(cfg.Seed, 0x5ca1e)
	c.scaling.facade.c = c
	c.more.seed(cfg.Seed, 0xec5)
	c.setVPC(cfg.VPC)
	c.cloudMap.c, c.ecs.c, c.sts.c, c.ec2.c = c, c, c, c
	c.route53.c = c
	c.route53.ids.seed(cfg.Seed, 53)
	c.sts.dice.seed(cfg.Seed, 0x575)
	return c
}

// CloudMap is the facade with the client signatures of servicediscovery.
func (c *Cloud) CloudMap() *CloudMap { return &c.cloudMap }

// ECS is the facade with the client signatures of ecs.
func (c *Cloud) ECS() *ECS { return &c.ecs }

// STS is the facade with the client signatures of sts.
func (c *Cloud) STS() *STS { return &c.sts }

// EC2 is the facade with the client signatures of ec2.
func (c *Cloud) EC2() *EC2 { return &c.ec2 }

// Config is the configuration with its defaults filled in.
func (c *Cloud) Config() Config { return c.cfg }

// Now is the time up to which everything has happened.
func (c *Cloud) Now() time.Time { return c.now }

// Advance runs every event due until now, in order. It never goes back.
func (c *Cloud) Advance(now time.Time) {
	until := now.Round(0).Sub(c.cfg.Start)
	for len(c.queue.heap) > 0 && c.queue.heap[0].at <= until {
		e := c.queue.pop()
		c.now = c.cfg.Start.Add(e.at)
		e.run()
	}
	if t := c.cfg.Start.Add(until); t.After(c.now) {
		c.now = t
	}
}

// NextEvent is when something happens next by itself.
func (c *Cloud) NextEvent() (time.Time, bool) {
	if len(c.queue.heap) == 0 {
		return time.Time{}, false
	}
	return c.cfg.Start.Add(c.queue.heap[0].at), true
}

// after runs fn d from now.
func (c *Cloud) after(d time.Duration, fn func()) {
	c.queue.push(c.now.Sub(c.cfg.Start)+max(d, 0), fn)
}

// EffectKind is what the world outside must do.
type EffectKind string

// The kinds.
const (
	StartTask  EffectKind = "StartTask"  // start the container of Task
	SignalTask EffectKind = "SignalTask" // send it SIGTERM; SIGKILL follows after Grace
	KillTask   EffectKind = "KillTask"   // send it SIGKILL
)

// Effect is one thing to be done to a container.
type Effect struct {
	Kind  EffectKind
	At    time.Time
	Task  Task
	Grace time.Duration
}

// Task is what the world outside needs to know of a task. A standalone one has
// no Service.
type Task struct {
	ARN, ID, Cluster, Service, Zone string
	IP                              netip.Addr
	Port                            uint16
}

// TakeEffects hands over the effects since the last call, in order.
func (c *Cloud) TakeEffects() []Effect {
	e := c.effects
	c.effects = nil
	return e
}

func (c *Cloud) effect(kind EffectKind, t *task, grace time.Duration) {
	c.effects = append(c.effects, Effect{Kind: kind, At: c.now, Task: c.outside(t), Grace: grace})
	if c.cfg.Log {
		c.note(string(kind), t.id, t.ip.String())
	}
}

// Event is one line of the log.
type Event struct {
	At                  time.Time
	Kind, Subject, Text string
}

// Log is what happened, if Config.Log is set.
func (c *Cloud) Log() []Event { return c.log }

func (c *Cloud) note(kind, subject, text string) {
	c.log = append(c.log, Event{c.now, kind, subject, text})
}

func (c *Cloud) arn(service, resource string) string {
	return "arn:aws:" + service + ":" + c.cfg.Region + ":" + c.cfg.Account + ":" + resource
}
