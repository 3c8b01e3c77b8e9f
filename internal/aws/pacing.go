package aws

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"

	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/pace"
)

// LongestWait is how long a call waits for its turn, unless told otherwise. A
// longer queue is the caller's to know about: it gets names.ErrThrottled at once.
const LongestWait = 30 * time.Second

// Pacing makes calls wait for the budget of one account in one region. All
// configurations of that account and region in a process share one.
type Pacing struct {
	now   func() time.Time
	sleep func(context.Context, time.Duration) error
	most  time.Duration

	mu    sync.Mutex
	pacer *pace.Pacer
}

// NewPacing takes the pacer over: nobody else may use it. sleep must return
// early with the context's error when that ends; nil is Sleep. most is the
// longest wait, 0 is LongestWait.
func NewPacing(p *pace.Pacer, now func() time.Time, sleep func(context.Context, time.Duration) error, most time.Duration) *Pacing {
	if sleep == nil {
		sleep = Sleep
	}
	if most == 0 {
		most = LongestWait
	}
	return &Pacing{pacer: p, now: now, sleep: sleep, most: most}
}

// Sleep waits for d or until ctx ends.
func Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

func (p *Pacing) add(s *middleware.Stack) error {
	return s.Finalize.Add(middleware.FinalizeMiddlewareFunc("TranshipPacing", p.handle), middleware.Before)
}

func (p *Pacing) handle(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	out middleware.FinalizeOutput, md middleware.Metadata, err error,
) {
	op := pace.Op(servicePrefix(ctx) + ":" + awsmiddleware.GetOperationName(ctx))
	most := p.most
	if d, ok := pace.Patience(ctx); ok {
		most = min(most, d)
	}
	wait, ok := p.reserve(op, most)
	if !ok {
		return out, md, fmt.Errorf("%w: %w: the share of the account's rate of %s allows the next call in %s, waited for is %s at most",
			names.ErrThrottled, pace.ErrNotYet, op, wait.Round(time.Millisecond), most)
	}
	if wait > 0 {
		waited(ctx, wait)
		if err := p.sleep(ctx, wait); err != nil {
			return out, md, fmt.Errorf("%w: gave up waiting %s for the account's rate of %s: %w",
				names.ErrThrottled, wait.Round(time.Millisecond), op, err)
		}
	}
	out, md, err = next.HandleFinalize(ctx, in)
	if role := (*RoleError)(nil); err != nil && errors.Is(ClassOf(err), names.ErrThrottled) && !errors.As(err, &role) {
		p.mu.Lock()
		p.pacer.Throttled(p.now(), op)
		p.mu.Unlock()
	}
	return out, md, err
}

// reserve takes a turn unless it is too far away.
func (p *Pacing) reserve(op pace.Op, most time.Duration) (time.Duration, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if w := p.pacer.Wait(now, op); w > most {
		return w, false
	}
	return p.pacer.Reserve(now, op), true
}

// servicePrefix is the service as IAM actions name it.
func servicePrefix(ctx context.Context) string {
	return strings.ToLower(awsmiddleware.GetServiceID(ctx))
}
