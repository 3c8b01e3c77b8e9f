package aws

import (
	"context"
	"fmt"
	"strings"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
)

// last is the innermost of our middlewares: the request is signed, and what
// follows is the wire.
type last struct {
	allowed func() error
	timeout time.Duration
}

func (l last) add(s *middleware.Stack) error { return s.Finalize.Add(l, middleware.After) }

// ID names it in the SDK's stack.
func (l last) ID() string { return "TranshipLast" }

// HandleFinalize keeps a write back that is no longer allowed, and starts the
// time-out of the attempt. What waited before this point cannot make a write late.
func (l last) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	middleware.FinalizeOutput, middleware.Metadata, error,
) {
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	if l.allowed != nil && Mutating(awsmiddleware.GetOperationName(ctx)) {
		if err := l.allowed(); err != nil {
			return middleware.FinalizeOutput{}, middleware.Metadata{}, fmt.Errorf("%w: %w", ErrNotSent, err)
		}
	}
	return next.HandleFinalize(ctx, in)
}

// Mutating says that an operation may change something: all do whose name does
// not say that they read. AssumeRole changes nothing and comes before reads.
func Mutating(operation string) bool {
	for _, verb := range []string{"Get", "List", "Describe", "Discover", "Assume"} {
		if strings.HasPrefix(operation, verb) {
			return false
		}
	}
	return true
}
