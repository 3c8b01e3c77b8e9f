package controller

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/pace"
)

// journal takes down every write in the log, every turn as a Kubernetes event,
// and counts both.
type journal struct {
	log    logr.Logger
	events events.EventRecorder
	reader client.Reader
	opened func(engine.Opening) // what else a gate that was opened asks for; nil: nothing

	writes, calls, steps *prometheus.CounterVec
	waited               *prometheus.CounterVec
	took                 *prometheus.HistogramVec
}

func newJournal(log logr.Logger, rec events.EventRecorder, r client.Reader, reg prometheus.Registerer) *journal {
	j := &journal{log: log, events: rec, reader: r}
	j.steps = register(reg, prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "tranship_steps_total", Help: "Looks at a name, by how they ended: ok, conflict, error.",
	}, []string{"result"}))
	j.took = register(reg, prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "tranship_step_duration_seconds", Help: "How long a look at a name took, waiting for AWS's rates included.",
		Buckets: prometheus.ExponentialBuckets(0.01, 2, 13),
	}, nil))
	j.writes = register(reg, prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "tranship_writes_total", Help: "Writes to names and ECS services, by kind and error code.",
	}, []string{"kind", "code"}))
	j.calls = register(reg, prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "tranship_aws_api_requests_total", Help: "AWS API requests, by service, operation and error code.",
	}, []string{"service", "operation", "code"}))
	j.waited = register(reg, prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "tranship_aws_api_wait_seconds_total", Help: "Time that AWS API requests waited for their turn.",
	}, []string{"service", "operation"}))
	return j
}

// register adds a metric to a registry, or finds it there.
func register[C prometheus.Collector](reg prometheus.Registerer, c C) C {
	if err := reg.Register(c); err != nil {
		var old prometheus.AlreadyRegisteredError
		if errors.As(err, &old) {
			if have, ok := old.ExistingCollector.(C); ok {
				return have
			}
		}
	}
	return c
}

// stepped counts a look at a name.
func (j *journal) stepped(took time.Duration, err error) {
	result := "ok"
	switch {
	case errors.Is(err, names.ErrConflict):
		result = "conflict"
	case err != nil:
		result = "error"
	}
	j.steps.WithLabelValues(result).Inc()
	j.took.WithLabelValues().Observe(took.Seconds())
}

// codeOf is AWS's code of an error, or what kind of error it is otherwise.
func codeOf(err error) string {
	switch code := aws.Code(err); {
	case err == nil:
		return "OK"
	case code != "":
		return code
	case errors.Is(err, pace.ErrNotYet):
		return "NotYet" // nothing was sent
	case errors.Is(err, names.ErrThrottled):
		return "Throttled"
	case errors.Is(err, names.ErrConflict):
		return "NotSent"
	case errors.Is(err, names.ErrUnreachable):
		return "NoAnswer"
	}
	return "Error"
}

// Wrote takes a write down.
func (j *journal) Wrote(e engine.Entry) {
	j.writes.WithLabelValues(e.Kind, codeOf(e.Err)).Inc()
	kv := []any{"kind", e.Kind, "name", e.Ref.ServiceID, "instance", string(e.ID), "why", e.Why, "operation", e.Op}
	if e.For != (engine.Key{}) {
		kv = append(kv, "migration", e.For.String())
	}
	if e.Err != nil {
		j.log.Info("write not confirmed", append(kv, "error", e.Err.Error())...)
		return
	}
	j.log.Info("wrote", kv...)
}

// Would takes down what a dry run kept back: the exact call.
func (j *journal) Would(e engine.Entry) {
	j.log.Info("would write", "kind", e.Kind, "name", e.Ref.ServiceID, "instance", string(e.ID), "call", e.Why)
}

// Opened takes down a readiness gate that was opened.
func (j *journal) Opened(o engine.Opening) {
	if j.opened != nil {
		j.opened(o)
	}
	j.log.Info("readiness gate opened", "pod", o.Pod.Namespace+"/"+o.Pod.Pod, "reason", o.Reason, "text", o.Text)
}

// Event tells people.
func (j *journal) Event(k engine.Key, e cutover.Event) {
	j.log.Info(e.Message, "migration", k.String(), "reason", e.Reason)
	m := &v1alpha1.ServiceMigration{}
	// The reader is a cache: it needs no time.
	if err := j.reader.Get(context.Background(), client.ObjectKey{Namespace: k.Namespace, Name: k.Name}, m); err != nil {
		return // nobody is left to be told
	}
	j.tell(m, e)
}

// tell makes an event on any object.
func (j *journal) tell(obj client.Object, e cutover.Event) {
	kind := corev1.EventTypeNormal
	if e.Warning {
		kind = corev1.EventTypeWarning
	}
	// Events of one reason and action become one series, with the text of the
	// first: the hash keeps those apart that say something else.
	h := fnv.New32a()
	_, _ = h.Write([]byte(e.Message))
	j.events.Eventf(obj, nil, kind, e.Reason, fmt.Sprintf("%s-%08x", e.Reason, h.Sum32()), "%s", e.Message[:min(len(e.Message), 1000)])
}

// call counts an AWS request, and logs it if it may have changed something.
func (j *journal) call(c aws.Call) {
	code := codeOf(c.Err)
	j.calls.WithLabelValues(c.Service, c.Operation, code).Inc()
	j.waited.WithLabelValues(c.Service, c.Operation).Add(c.Waited.Seconds())
	if c.Mutating && c.Service != "sts" && !errors.Is(c.Err, pace.ErrNotYet) {
		j.log.Info("AWS request", "service", c.Service, "operation", c.Operation, "object", c.Object, "code", code,
			"requestID", c.RequestID, "took", c.Took.String(), "waited", c.Waited.String())
	}
}

// phases tells, at each scrape, the phase of every migration that the cache has.
type phases struct {
	reader client.Reader
	desc   *prometheus.Desc
}

func newPhases(r client.Reader) *phases {
	return &phases{reader: r, desc: prometheus.NewDesc("tranship_migration_phase", "1 for the phase a migration is in.",
		[]string{"namespace", "name", "phase"}, nil)}
}

// Describe implements prometheus.Collector.
func (p *phases) Describe(ch chan<- *prometheus.Desc) { ch <- p.desc }

// Collect implements prometheus.Collector.
func (p *phases) Collect(ch chan<- prometheus.Metric) {
	var list v1alpha1.ServiceMigrationList
	if err := p.reader.List(context.Background(), &list); err != nil {
		return // the cache has not started
	}
	for _, m := range list.Items {
		phase := cmp.Or(m.Status.Phase, "NotSeenYet")
		ch <- prometheus.MustNewConstMetric(p.desc, prometheus.GaugeValue, 1, m.Namespace, m.Name, phase)
	}
}
