package aws

import (
	"context"
	"net/http"
	"time"

	faults "github.com/tranship/tranship/lab/fault"
)

// spoil asks Config.Fault what is to go wrong with a call.
func (h *handler) spoil(call *Call) faults.Fault {
	if h.cfg.Fault == nil {
		return faults.Fault{}
	}
	f, hit := h.cfg.Fault(*call)
	if !hit {
		return faults.Fault{}
	}
	call.Fault = f.Kind
	return f
}

// before is what a fault does in place of the operation.
func (h *handler) before(ctx context.Context, req *request, svc *service, call *Call, f faults.Fault) answer {
	switch f.Kind {
	case faults.Throttle:
		return h.fail(req, svc, call, throttledAs(svc.name, call.Operation))
	case faults.Unavailable:
		return h.fail(req, svc, call, unavailableAs(svc.name))
	case faults.TimeoutBefore:
		h.cfg.Wait(ctx, time.Duration(f.Delay))
		return answer{cut: true}
	default:
		return h.fail(req, svc, call, &fault{kind: internalFailure, message: "the lab was asked for a fault: " + f.String()})
	}
}

// after is what a fault does to the answer, once the operation has had its effect.
func (h *handler) after(ctx context.Context, a answer, f faults.Fault) answer {
	switch f.Kind {
	case faults.TimeoutAfter:
		h.cfg.Wait(ctx, time.Duration(f.Delay))
		return a.dropped()
	case faults.LostAnswer:
		return a.dropped()
	case faults.SlowAnswer:
		h.cfg.Wait(ctx, time.Duration(f.Delay))
	default: // nothing is wrong with the answer
	}
	return a
}

// wait is the default of Config.Wait.
func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// How services say that there were too many requests. Those that are not listed
// say it as most do, with ThrottlingException and status 400
// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html,
// https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-api-throttling.html).
var throttles = map[string]fault{
	// https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html; with
	// status 503: https://github.com/cloudfoundry/bosh-aws-cpi-release/issues/61
	"ec2": {code: "RequestLimitExceeded", message: "Request limit exceeded.", status: http.StatusServiceUnavailable},
	// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html
	"route53": {code: "Throttling", message: "Rate exceeded", status: http.StatusBadRequest},
	// https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
	"iam": {code: "Throttling", message: "Rate exceeded", status: http.StatusBadRequest},
	"sts": {code: "Throttling", message: "Rate exceeded", status: http.StatusBadRequest},
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CommonErrors.html
	"monitoring": {code: "Throttling", message: "Rate exceeded", status: http.StatusBadRequest},
	// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
	"s3": {code: "SlowDown", message: "Please reduce your request rate.", status: http.StatusServiceUnavailable, server: true},
	// https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateClusterConfig.html
	"eks": {code: "ThrottlingException", message: "Rate exceeded", status: http.StatusTooManyRequests},
}

// throttledAs is the throttling of a service. Cloud Map's data plane has a word
// of its own.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_DiscoverInstances.html
func throttledAs(service, operation string) *fault {
	f, special := throttles[service]
	switch {
	case special:
	case operation == "DiscoverInstances" || operation == "DiscoverInstancesRevision":
		f = fault{
			code: "RequestLimitExceeded", status: http.StatusBadRequest,
			message: "The operation can't be completed because you've reached the quota for the number of requests.",
		}
	default:
		f = fault{code: "ThrottlingException", message: "Rate exceeded", status: http.StatusBadRequest}
	}
	return &f
}

// unavailableAs is a 503 of a service, in EC2's words
// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html)
// or in those of all others
// (https://docs.aws.amazon.com/ecs/latest/APIReference/CommonErrors.html).
func unavailableAs(service string) *fault {
	f := &fault{
		code: "ServiceUnavailable", status: http.StatusServiceUnavailable, server: true,
		message: "The request has failed due to a temporary failure of the server.",
	}
	if service == "ec2" {
		f.code, f.message = "Unavailable", "The service is unavailable. Please try again shortly."
	}
	return f
}
