package churn

import (
	"context"
	"errors"
	"time"

	"github.com/tranship/tranship/lab"
)

// RestReport is a fleet at which nothing happens.
type RestReport struct {
	Seconds float64 `json:"seconds"`
	// CallsPerMinute of Cloud Map, all together and by operation. There is one
	// namespace.
	CallsPerMinute float64            `json:"callsPerMinute"`
	ByOperation    map[string]float64 `json:"callsPerMinuteByOperation"`
	// QueriesPerMinute are those of the VPC's resolver, which cost no call.
	QueriesPerMinute float64 `json:"queriesPerMinute"`
	// PeerPerMinute is what ExternalDNS makes of a fleet of this size at its interval
	// of a minute, by its source: bench measures it.
	PeerPerMinute float64 `json:"peerPerMinute"`
}

// peerAtRest is what a sync of ExternalDNS asks where nothing has changed:
// ListNamespaces, ListServices by the hundred, and DiscoverInstances for each
// service. https://github.com/kubernetes-sigs/external-dns/blob/v0.21.0/provider/awssd/aws_sd.go
func peerAtRest(services int) float64 { return float64(1 + (services+99)/100 + services) }

// quiet is how long nothing may have been written, or read in full, before a
// fleet is at rest: what was written is read once more a while after.
const quiet = 15 * time.Second

// rest counts the calls while nothing happens.
func (t *trial) rest(ctx context.Context) error {
	err := t.await(ctx, 2*time.Minute, func() error {
		if t.book.since(time.Now().Add(-quiet), registerInstance, "DeregisterInstance", "GetOperation", "ListInstances") > 0 {
			return errors.New("the controller still writes, or reads what it wrote")
		}
		return nil
	})
	if err != nil {
		return err
	}
	t.say("at rest: %s without anything to do", t.o.Rest)
	from, queries := time.Now(), t.book.queries.Load()
	if err := lab.Pause(ctx, t.o.Rest); err != nil {
		return err
	}
	to := time.Now()
	r := &RestReport{Seconds: to.Sub(from).Seconds(), ByOperation: map[string]float64{}, PeerPerMinute: peerAtRest(t.o.Services)}
	r.QueriesPerMinute = float64(t.book.queries.Load()-queries) / to.Sub(from).Minutes()
	for op, n := range byOperation(t.book.between(from, to)) {
		r.ByOperation[op] = float64(n) / to.Sub(from).Minutes()
	}
	for _, op := range sorted(r.ByOperation) {
		r.CallsPerMinute += r.ByOperation[op]
	}
	t.report.Rest = r
	t.say("  %.1f calls a minute", r.CallsPerMinute)
	return t.err()
}
