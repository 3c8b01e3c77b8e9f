package controller

import (
	"context"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/engine"
)

// journal takes down every write in the log, every turn as a Kubernetes event,
// and counts both.
type journal struct {
	log    logr.Logger
	events events.EventRecorder
	reader client.Reader

	writes, calls *prometheus.CounterVec
	waited        *prometheus.CounterVec
}

func newJournal(log logr.Logger, rec events.EventRecorder, r client.Reader) *journal {
	j := &journal{log: log, events: rec, reader: r}
	j.writes = register(prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "tranship_writes_total", Help: "Writes to names and ECS services, by kind and result.",
	}, []string{"kind", "result"}))
	j.calls = register(prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "tranship_aws_api_requests_total", Help: "AWS API requests, by service, operation and error code.",
	}, []string{"service", "operation", "code"}))
	j.waited = register(prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "tranship_aws_api_wait_seconds_total", Help: "Time that AWS API requests waited for their turn.",
	}, []string{"service", "operation"}))
	return j
}

// register adds a metric to the manager's registry, or finds it there.
func register(c *prometheus.CounterVec) *prometheus.CounterVec {
	if err := metrics.Registry.Register(c); err != nil {
		if old, ok := err.(prometheus.AlreadyRegisteredError); ok { //nolint:errorlint // it is returned as it is
			if vec, ok := old.ExistingCollector.(*prometheus.CounterVec); ok {
				return vec
			}
		}
	}
	return c
}

// Wrote takes a write down.
func (j *journal) Wrote(e engine.Entry) {
	result := "ok"
	if e.Err != nil {
		result = "error"
	}
	j.writes.WithLabelValues(e.Kind, result).Inc()
	kv := []any{"kind", e.Kind, "name", e.Ref.ServiceID, "instance", string(e.ID), "why", e.Why, "migration", e.For.String(), "operation", e.Op}
	if e.Err != nil {
		j.log.Info("write not confirmed", append(kv, "error", e.Err.Error())...)
		return
	}
	j.log.Info("wrote", kv...)
}

// Event tells people.
func (j *journal) Event(k engine.Key, e cutover.Event) {
	j.log.Info(e.Message, "migration", k.String(), "reason", e.Reason)
	m := &v1alpha1.ServiceMigration{}
	if err := j.reader.Get(context.Background(), client.ObjectKey{Namespace: k.Namespace, Name: k.Name}, m); err != nil {
		return // nobody is left to be told
	}
	kind := corev1.EventTypeNormal
	if e.Warning {
		kind = corev1.EventTypeWarning
	}
	j.events.Eventf(m, nil, kind, e.Reason, "Cross", "%s", e.Message)
}

// call counts an AWS request.
func (j *journal) call(c aws.Call) {
	code := c.Code
	if code == "" && c.Err != nil {
		code = "Error"
	}
	j.calls.WithLabelValues(c.Service, c.Operation, code).Inc()
	j.waited.WithLabelValues(c.Service, c.Operation).Add(c.Waited.Seconds())
}
