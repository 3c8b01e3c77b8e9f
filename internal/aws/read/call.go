package read

import (
	"context"
	"errors"
	"sync"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"

	"github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/internal/names"
)

// The service prefixes of IAM actions.
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
const (
	forECS      = "ecs"
	forCloudMap = "servicediscovery"
	forScaling  = "application-autoscaling"
	forELB      = "elasticloadbalancing"
	forEC2      = "ec2"
	forIAM      = "iam"
)

const (
	// atOnce is how many calls are under way in one account and region: enough to
	// keep the account's rates busy, few enough that none waits long for its turn.
	atOnce = 8
	// How often a call is made, in all. A call that was throttled slows the next ones
	// down, so that another one has a better chance; an outage may be longer.
	whenThrottled, whenSilent = 8, 3
	// longestPause bounds the wait between two of them, which doubles from a second on.
	longestPause = 16 * time.Second
)

// calls is the way of all calls to one account and region.
type calls struct {
	slots chan struct{}
	wait  func(context.Context, time.Duration) error
}

// call makes one call, and makes it again where that may help.
func call[In, Out, Opt any](ctx context.Context, c calls, service, operation, object string,
	f func(context.Context, *In, ...func(*Opt)) (*Out, error), in *In,
) (*Out, error) {
	for try, pause := 1, time.Second; ; try, pause = try+1, min(2*pause, longestPause) {
		select {
		case c.slots <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		out, err := f(aws.WithObject(ctx, object), in)
		<-c.slots
		if err == nil {
			return out, nil
		}
		err = aws.Wrap(service, operation, object, err)
		if ctx.Err() != nil || !again(err, try) {
			return nil, err
		}
		if c.wait(ctx, pause) != nil {
			return nil, err
		}
	}
}

// again says that a call is worth another try. All calls here read, so that one
// without an answer did nothing.
func again(err error, tries int) bool {
	switch {
	case errors.Is(err, names.ErrThrottled):
		return tries < whenThrottled
	case errors.Is(err, names.ErrUnreachable):
		return tries < whenSilent
	}
	return false
}

// errLoop: a list that leads back to its own page would never end.
var errLoop = errors.New("the list goes round in a circle")

// paged reads a list to its end.
func paged(page func(token *string) (next *string, err error)) error {
	for token := (*string)(nil); ; {
		next, err := page(token)
		if err != nil || sdk.ToString(next) == "" {
			return err
		}
		if sdk.ToString(token) == *next {
			return errLoop
		}
		token = next
	}
}

// each does n things, some at once, and returns when they have ended. What is left
// when the context ends is not begun.
func each(ctx context.Context, n int, do func(int)) {
	next := make(chan int)
	var all sync.WaitGroup
	for range min(atOnce, n) {
		all.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := 0; i < n && ctx.Err() == nil; i++ {
		next <- i
	}
	close(next)
	all.Wait()
}

// together does several things at once and waits for their end.
func together(things ...func()) {
	var all sync.WaitGroup
	for _, do := range things {
		all.Go(do)
	}
	all.Wait()
}
