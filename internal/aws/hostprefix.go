package aws

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// keepHost leaves the host of a custom endpoint as it is. Cloud Map's data plane
// (DiscoverInstances…) has its own host name in AWS, the control plane's with
// "data-" in front; behind an endpoint of one's own there is no such host.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_DiscoverInstances.html
func keepHost(_ string, options any) {
	o, ok := options.(*servicediscovery.Options)
	if !ok || o.BaseEndpoint == nil {
		return
	}
	o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
		// A value set on the caller's context does not survive: the client clears it.
		return s.Initialize.Add(middleware.InitializeMiddlewareFunc("TranshipKeepHost",
			func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
				middleware.InitializeOutput, middleware.Metadata, error,
			) {
				return next.HandleInitialize(smithyhttp.DisableEndpointHostPrefix(ctx, true), in)
			}), middleware.Before)
	})
}
