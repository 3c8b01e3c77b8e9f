package gate

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics of the gate. The nil Metrics count nothing.
type Metrics struct {
	opened, admissions *prometheus.CounterVec
	expiry             *prometheus.GaugeVec
}

// NewMetrics adds them to a registry, or finds them there.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	return &Metrics{
		opened: register(reg, prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tranship_gate_opened_total", Help: "Readiness gates that were opened, by reason.",
		}, []string{"reason"})),
		admissions: register(reg, prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tranship_gate_admissions_total", Help: "Pods that the webhook looked at, by what came of it: injected, present, notasked, error. After an error the pod goes without the gate.",
		}, []string{"result"})),
		expiry: register(reg, prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "tranship_gate_certificate_expiry_timestamp_seconds", Help: "When the webhook's serving certificate runs out, as Unix time.",
		}, nil)),
	}
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

func (m *Metrics) countOpened(r Reason) {
	if m != nil {
		m.opened.WithLabelValues(string(r)).Inc()
	}
}

func (m *Metrics) countAdmission(result string) {
	if m != nil {
		m.admissions.WithLabelValues(result).Inc()
	}
}

func (m *Metrics) setExpiry(unix float64) {
	if m != nil {
		m.expiry.WithLabelValues().Set(unix)
	}
}
