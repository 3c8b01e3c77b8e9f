package controller

import (
	"context"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/tranship/tranship/internal/names"
)

// abandonment tells people of names that nobody asks for any more although their pods
// live: by a metric, and by the log once they are so many that nothing leaves. There
// is no object that it could be said of: it is gone, or asks for nothing.
type abandonment struct {
	every time.Duration
	count func() ([]names.Ref, bool) // see engine.Abandoned
	log   logr.Logger
}

// metrics registers the gauges.
func (a *abandonment) metrics(reg prometheus.Registerer) {
	register(reg, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "tranship_names_abandoned", Help: "Names that nobody asks for although pods that are in them live.",
	}, func() float64 { refs, _ := a.count(); return float64(len(refs)) }))
	register(reg, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "tranship_names_abandoned_held", Help: "1 while those are so many that their instances stay (--most-abandoned).",
	}, func() float64 {
		if _, held := a.count(); held {
			return 1
		}
		return 0
	}))
}

// Start looks until ctx ends.
func (a *abandonment) Start(ctx context.Context) error {
	t := time.NewTicker(a.every)
	defer t.Stop()
	was := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			was = a.tell(was)
		}
	}
}

// tell logs the turns of it and returns how it stands.
func (a *abandonment) tell(was bool) bool {
	refs, held := a.count()
	switch {
	case held && !was:
		first := refs[0]
		a.log.Error(nil, "so many names are asked for by nobody at once that their instances stay: look for a filter, class or Service that is missing; if it is meant, start the controller with a higher --most-abandoned",
			"names", len(refs), "first", first.String())
	case was && !held:
		a.log.Info("names that nobody asks for are few again: their instances leave", "names", len(refs))
	}
	return held
}
