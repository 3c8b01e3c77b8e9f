package aws

import (
	"context"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
)

// Call is one call to AWS after its end, for the journal and the metrics.
type Call struct {
	Service   string // "servicediscovery", "ecs", "sts"
	Operation string
	Object    string // what it was about, as in errors
	Mutating  bool
	At        time.Time
	Took      time.Duration // all of it, waiting for the rate included
	Waited    time.Duration // for the rate
	RequestID string        // AWS's, "" without an answer
	Code      string        // AWS's error code
	Class     error         // one of names.Err…, nil if it went well
	Err       error
}

type objectKey struct{}

type waitedKey struct{}

// WithObject names what the calls made with the context are about.
func WithObject(ctx context.Context, object string) context.Context {
	return context.WithValue(ctx, objectKey{}, object)
}

type audit struct {
	heard func(Call)
	now   func() time.Time
}

func (a audit) add(s *middleware.Stack) error { return s.Initialize.Add(a, middleware.Before) }

// ID names it in the SDK's stack.
func (a audit) ID() string { return "TranshipAudit" }

// HandleInitialize reports the call when it has ended.
func (a audit) HandleInitialize(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
	middleware.InitializeOutput, middleware.Metadata, error,
) {
	c := Call{
		Service:   servicePrefix(ctx),
		Operation: awsmiddleware.GetOperationName(ctx),
		At:        a.now(),
	}
	c.Mutating = Mutating(c.Operation)
	c.Object, _ = ctx.Value(objectKey{}).(string)
	out, md, err := next.HandleInitialize(context.WithValue(ctx, waitedKey{}, &c.Waited), in)
	c.Took = a.now().Sub(c.At)
	c.RequestID, _ = awsmiddleware.GetRequestIDMetadata(md)
	if err != nil {
		c.Err, c.Code, c.Class = err, Code(err), ClassOf(err)
	}
	a.heard(c)
	return out, md, err
}

// waited tells the audit, if there is one, how long the call waited for the rate.
func waited(ctx context.Context, d time.Duration) {
	if w, ok := ctx.Value(waitedKey{}).(*time.Duration); ok {
		*w = d
	}
}
