package churn

import (
	"context"
	"sync"
	"time"

	"github.com/tranship/tranship/lab"
)

// beat is how often it is looked how late this machine is.
const beat = 10 * time.Millisecond

// lateness measures, until stop is called, how much later than asked for this
// process is woken: what a busy machine adds to everything that is measured on it.
func lateness(ctx context.Context) (stop func() Spread) {
	ctx, cancel := context.WithCancel(ctx)
	var late []time.Duration
	var running sync.WaitGroup
	running.Go(func() {
		for {
			due := time.Now().Add(beat)
			if lab.Pause(ctx, beat) != nil {
				return
			}
			late = append(late, time.Since(due))
		}
	})
	return func() Spread {
		cancel()
		running.Wait()
		return spread(late)
	}
}
