package aws_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"

	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/internal/names"
)

func code(c string) error { return &smithy.GenericAPIError{Code: c, Message: "as AWS says"} }

// replied is how the SDK wraps what came over HTTP.
func replied(status int, err error) error {
	return &smithy.OperationError{ServiceID: "ServiceDiscovery", OperationName: "ListInstances", Err: &smithyhttp.ResponseError{
		Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}}, Err: err,
	}}
}

// refused is how the SDK wraps a connection that nobody takes.
func refused() error {
	return &smithy.OperationError{ServiceID: "ServiceDiscovery", OperationName: "ListInstances", Err: &smithyhttp.RequestSendError{
		Err: &url.Error{Op: "Post", URL: "https://example", Err: &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}},
	}}
}

func TestClassOf(t *testing.T) {
	invalidParams := smithy.InvalidParamsError{}
	for name, c := range map[string]struct {
		err  error
		want error
	}{
		"ThrottlingException":          {code("ThrottlingException"), names.ErrThrottled},
		"TooManyRequestsException":     {code("TooManyRequestsException"), names.ErrThrottled},
		"RequestLimitExceeded, typed":  {&types.RequestLimitExceeded{}, names.ErrThrottled},
		"a throttle told as a 503":     {replied(503, code("SlowDown")), names.ErrThrottled},
		"AccessDeniedException, typed": {&ecstypes.AccessDeniedException{}, names.ErrDenied},
		"AccessDenied of some kind":    {code("AccessDeniedForDependencyException"), names.ErrDenied},
		"UnrecognizedClientException":  {code("UnrecognizedClientException"), names.ErrDenied},
		"InvalidSignatureException":    {code("InvalidSignatureException"), names.ErrDenied},
		"InvalidClientTokenId":         {code("InvalidClientTokenId"), names.ErrDenied},
		"ExpiredToken":                 {code("ExpiredToken"), names.ErrDenied},
		"no credentials":               {fmt.Errorf("%w: %w", aws.ErrCredentials, refused()), names.ErrDenied},
		"ServiceNotFound, typed":       {&types.ServiceNotFound{}, names.ErrNotFound},
		"InstanceNotFound, typed":      {replied(400, &types.InstanceNotFound{}), names.ErrNotFound},
		"ClusterNotFoundException":     {&ecstypes.ClusterNotFoundException{}, names.ErrNotFound},
		"CustomHealthNotFound":         {&types.CustomHealthNotFound{}, names.ErrInvalid},
		"InvalidInput":                 {&types.InvalidInput{}, names.ErrInvalid},
		"InvalidParameterException":    {&ecstypes.InvalidParameterException{}, names.ErrInvalid},
		"ClientException":              {&ecstypes.ClientException{}, names.ErrInvalid},
		"ResourceLimitExceeded":        {&types.ResourceLimitExceeded{}, names.ErrInvalid},
		"a code nobody knows":          {replied(400, code("Novel")), names.ErrInvalid},
		"refused before it was sent":   {&invalidParams, names.ErrInvalid},
		"DuplicateRequest":             {&types.DuplicateRequest{}, names.ErrConflict},
		"ResourceInUse":                {&types.ResourceInUse{}, names.ErrConflict},
		"held back":                    {fmt.Errorf("%w: lease", aws.ErrNotSent), names.ErrConflict},
		"ServerException":              {&ecstypes.ServerException{}, names.ErrUnreachable},
		"a code nobody knows, 500":     {replied(500, code("Novel")), names.ErrUnreachable},
		"InternalFailure":              {code("InternalFailure"), names.ErrUnreachable},
		"a proxy's 404":                {replied(404, code("UnknownError")), names.ErrUnreachable},
		"a proxy's 403":                {replied(403, code("UnknownError")), names.ErrDenied},
		"a proxy's 502":                {replied(502, code("UnknownError")), names.ErrUnreachable},
		"a broken reply":               {replied(200, &smithy.DeserializationError{Err: errors.New("EOF")}), names.ErrUnreachable},
		"connection refused":           {refused(), names.ErrUnreachable},
		"deadline":                     {&smithy.CanceledError{Err: context.DeadlineExceeded}, names.ErrUnreachable},
		"cancelled":                    {&smithy.CanceledError{Err: context.Canceled}, names.ErrUnreachable},
		"what nobody can tell":         {errors.New("strange"), names.ErrUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			err := aws.Wrap("servicediscovery", "ListInstances", "service srv-1", c.err)
			if !errors.Is(err, c.want) {
				t.Errorf("class %v, want %v", aws.ClassOf(c.err), c.want)
			}
			n := 0
			for _, class := range []error{names.ErrNotFound, names.ErrThrottled, names.ErrDenied, names.ErrUnreachable, names.ErrConflict, names.ErrInvalid} {
				if errors.Is(err, class) {
					n++
				}
			}
			if n != 1 {
				t.Errorf("%d classes, want one", n)
			}
			if !errors.Is(err, c.err) {
				t.Error("what the SDK said is lost")
			}
			if s := err.Error(); strings.ContainsAny(s, "\n\t") || !strings.HasPrefix(s, "ListInstances of service srv-1: ") {
				t.Errorf("not one clear line: %q", s)
			}
		})
	}
}

func TestErrorText(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"permission": {
			replied(400, code("AccessDeniedException")),
			"ListInstances of service srv-1: denied: the credentials need the permission servicediscovery:ListInstances (`tranship iam` prints policies): AccessDeniedException: as AWS says",
		},
		"credentials": {
			replied(403, code("UnrecognizedClientException")),
			"ListInstances of service srv-1: denied: AWS does not accept the credentials: UnrecognizedClientException: as AWS says; " +
				"set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or a role for the pod",
		},
		"throttle": {
			replied(400, code("ThrottlingException")),
			"ListInstances of service srv-1: throttled: ThrottlingException: as AWS says; it had no effect and is tried again more slowly",
		},
		"refused": {
			refused(),
			"ListInstances of service srv-1: no answer: dial tcp: connection refused; check the network, the region and AWS_ENDPOINT_URL",
		},
		"late": {
			&smithy.CanceledError{Err: context.DeadlineExceeded},
			"ListInstances of service srv-1: no answer: it took too long; check the network, the region and AWS_ENDPOINT_URL",
		},
		"held back": {
			fmt.Errorf("%w: the lease was last renewed 11s ago", aws.ErrNotSent),
			"ListInstances of service srv-1: not sent: the lease was last renewed 11s ago",
		},
		"several lines": {
			replied(400, &smithy.GenericAPIError{Code: "InvalidInput", Message: "one\n  two"}),
			"ListInstances of service srv-1: refused: InvalidInput: one two",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := aws.Wrap("servicediscovery", "ListInstances", "service srv-1", c.err).Error(); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestWrapKeepsTheSDKsTypeAndTheFirstContext(t *testing.T) {
	if err := aws.Wrap("ecs", "ListTasks", "x", nil); err != nil {
		t.Errorf("nil became %v", err)
	}
	id := "op-1"
	inner := aws.Wrap("servicediscovery", "RegisterInstance", "instance a", replied(400, &types.DuplicateRequest{DuplicateOperationId: &id}))
	var dup *types.DuplicateRequest
	if !errors.As(inner, &dup) || *dup.DuplicateOperationId != id {
		t.Errorf("DuplicateRequest is lost in %v", inner)
	}
	if outer := aws.Wrap("servicediscovery", "GetService", "service b", inner); outer.Error() != inner.Error() {
		t.Errorf("wrapped twice: %v", outer)
	}
}
