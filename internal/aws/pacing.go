package aws

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
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

	waiters atomic.Uint64

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
	if err := p.turn(ctx, op); err != nil {
		return out, md, err
	}
	out, md, err = next.HandleFinalize(ctx, in)
	if role := (*RoleError)(nil); err != nil && errors.Is(ClassOf(err), names.ErrThrottled) && !errors.As(err, &role) {
		p.mu.Lock()
		p.pacer.Throttled(p.now(), op)
		p.mu.Unlock()
	}
	return out, md, err
}

// turn returns when the call may be made, and has been counted.
func (p *Pacing) turn(ctx context.Context, op pace.Op) error {
	if who, ok := pace.Returns(ctx); ok {
		if at, ok := p.take(op, who); !ok {
			return fmt.Errorf("%w: %w", names.ErrThrottled, &pace.NotYet{Op: op, At: at})
		}
		return nil
	}
	most := p.most
	if d, ok := pace.Patience(ctx); ok {
		most = min(most, d)
	}
	began, who := p.now(), "call "+strconv.FormatUint(p.waiters.Add(1), 10)
	until := began.Add(most)
	for now := began; ; { // again, where others came late or AWS throttled meanwhile
		at, ok := p.within(now, op, who, until)
		switch {
		case ok:
			return nil
		case at.After(until):
			return fmt.Errorf("%w: %w: the share of the account's rate of %s allows the next call in %s, waited for is %s at most",
				names.ErrThrottled, pace.ErrNotYet, op, at.Sub(now).Round(time.Millisecond), most)
		}
		waited(ctx, at.Sub(began))
		if err := p.sleep(ctx, at.Sub(now)); err != nil {
			return fmt.Errorf("%w: gave up waiting %s for the account's rate of %s: %w",
				names.ErrThrottled, at.Sub(began).Round(time.Millisecond), op, err)
		}
		now = latest(at, p.now())
	}
}

// take asks for the turn of one who comes again.
func (p *Pacing) take(op pace.Op, who string) (at time.Time, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pacer.Take(p.now(), op, who)
}

// within takes a turn unless it is too far away.
func (p *Pacing) within(now time.Time, op pace.Op, who string, until time.Time) (at time.Time, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at := p.pacer.Turn(now, op, who); at.After(latest(now, until)) {
		return at, false
	}
	return p.pacer.Take(now, op, who)
}

func latest(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// prefixes are those of services whose name in IAM is not the SDK's in small letters.
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
var prefixes = map[string]string{
	"Application Auto Scaling":  "application-autoscaling",
	"CloudWatch Logs":           "logs",
	"Elastic Load Balancing v2": "elasticloadbalancing",
	"Route 53":                  "route53",
}

// servicePrefix is the service as IAM actions name it.
func servicePrefix(ctx context.Context) string {
	id := awsmiddleware.GetServiceID(ctx)
	if p, ok := prefixes[id]; ok {
		return p
	}
	return strings.ToLower(id)
}
