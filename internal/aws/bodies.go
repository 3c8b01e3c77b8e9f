package aws

import (
	"context"
	"fmt"
	"io"

	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// PlainBodies lets the bodies of requests be read and no more: an API option.
//
// The SDK closes a body as soon as the answer's head is there, and a closed body
// that can write itself (io.WriterTo) says io.EOF, which net/http takes for a
// failure. Where its writer comes last, as on a busy machine, it then cuts the
// connection under the answer that is being read: "use of closed network
// connection" (seen of smithy-go 1.28.9 with Go 1.26, under load). A closed body
// that can be read alone has come to its end, and nothing is wrong.
func PlainBodies(s *middleware.Stack) error {
	return s.Deserialize.Add(middleware.DeserializeMiddlewareFunc("TranshipPlainBodies",
		func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
			middleware.DeserializeOutput, middleware.Metadata, error,
		) {
			if req, ok := in.Request.(*smithyhttp.Request); ok {
				if body, ok := req.GetStream().(io.ReadSeeker); ok {
					plain, err := req.SetStream(struct{ io.ReadSeeker }{body})
					if err != nil {
						return middleware.DeserializeOutput{}, middleware.Metadata{}, fmt.Errorf("the request's body cannot be sent: %w", err)
					}
					in.Request = plain
				}
			}
			return next.HandleDeserialize(ctx, in)
		}), middleware.After)
}
