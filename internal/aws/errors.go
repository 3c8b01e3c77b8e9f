package aws

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/tranship/tranship/internal/names"
)

// ErrNotSent says that a write was held back before its bytes left: this
// process may no longer be the one that writes. It had no effect.
var ErrNotSent = errors.New("not sent")

// ErrCredentials says that there are no AWS credentials, or none that can be
// used. The call was not sent.
var ErrCredentials = errors.New("no usable AWS credentials")

// Error is a failed call. errors.Is finds its class (one of names.Err…) and
// errors.As the SDK's own type in it.
type Error struct {
	Service   string // as in IAM actions: "servicediscovery"
	Operation string // "ListInstances"
	Object    string // what it was about: "service srv-1"
	Class     error  // names.ErrNotFound, …
	Code      string // AWS's error code, "" where AWS did not answer
	Err       error
}

// Wrap turns an error of an SDK call into an *Error, nil into nil. service is
// the prefix of the IAM actions.
func Wrap(service, operation, object string, err error) error {
	if err == nil {
		return nil
	}
	e, role := (*Error)(nil), (*RoleError)(nil)
	if errors.As(err, &role) && errors.As(err, &e) && e == role.Err {
		// What failed is the role under which the call was to be made.
		return &Error{Service: service, Operation: operation, Object: object, Class: role.Err.Class, Err: role}
	}
	if e != nil || errors.As(err, &e) {
		return err
	}
	return &Error{
		Service: service, Operation: operation, Object: object,
		Class: ClassOf(err), Code: Code(err), Err: err,
	}
}

// Unwrap gives both the class and what the SDK said.
func (e *Error) Unwrap() []error { return []error{e.Class, e.Err} }

// Permission is the IAM action that the credentials lack, such as
// ecs:DescribeServices; "" where the call failed for another reason.
func (e *Error) Permission() string {
	if role := (*RoleError)(nil); errors.As(e.Err, &role) {
		return role.Err.Permission()
	}
	if !errors.Is(e.Class, names.ErrDenied) || errors.Is(e.Err, ErrCredentials) || badCredentials[e.Code] {
		return ""
	}
	return e.Service + ":" + e.Operation
}

// Error is one line: what was tried on what, how it ended, what to do.
func (e *Error) Error() string {
	return fmt.Sprintf("%s of %s: %s", e.Operation, e.Object, e.reason())
}

const setCredentials = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or a role for the pod"

func (e *Error) reason() string {
	action := e.Service + ":" + e.Operation
	if role := (*RoleError)(nil); errors.As(e.Err, &role) {
		return role.Error()
	}
	said := said(e.Err)
	switch {
	case errors.Is(e.Err, ErrNotSent):
		return said
	case errors.Is(e.Err, ErrCredentials):
		if e.Code == "" {
			said = "none in the environment, the shared files, the pod or the machine"
		}
		return "denied: no AWS credentials: " + said + "; " + setCredentials
	case badCredentials[e.Code]:
		return "denied: AWS does not accept the credentials: " + said + "; " + setCredentials
	case errors.Is(e.Class, names.ErrDenied):
		return fmt.Sprintf("denied: the credentials need the permission %s (`tranship iam` prints policies): %s", action, said)
	case errors.Is(e.Class, names.ErrThrottled):
		return fmt.Sprintf("throttled: %s; it had no effect and is tried again more slowly", said)
	case errors.Is(e.Class, names.ErrUnreachable):
		return fmt.Sprintf("no answer: %s; check the network, the region and AWS_ENDPOINT_URL", said)
	case errors.Is(e.Class, names.ErrNotFound):
		return "not found: " + said
	case e.Code == "ResourceInUse":
		return "in use: " + said
	case e.Code == "ServiceAlreadyExists", e.Code == "NamespaceAlreadyExists":
		return "it is there already: " + said
	case errors.Is(e.Class, names.ErrConflict):
		return "in conflict with another change: " + said
	}
	return "refused: " + said
}

// said is the part of an SDK error that a person can use, without the SDK's own
// wrapping and without request ids.
func said(err error) string {
	if api := smithy.APIError(nil); errors.As(err, &api) {
		if m := api.ErrorMessage(); m != "" {
			return oneLine(api.ErrorCode() + ": " + m)
		}
		return api.ErrorCode()
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "it took too long"
	}
	if u := (*url.Error)(nil); errors.As(err, &u) {
		if u.Timeout() {
			return "it took too long"
		}
		return oneLine(u.Err.Error())
	}
	if o := (*smithy.OperationError)(nil); errors.As(err, &o) {
		return oneLine(o.Err.Error())
	}
	return oneLine(err.Error())
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// Code is AWS's error code, "" if AWS did not answer with one.
func Code(err error) string {
	if api := smithy.APIError(nil); errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// ClassOf says which class of names.Err… an error of the SDK belongs to. What
// cannot be told is names.ErrUnreachable: the call may have had an effect.
func ClassOf(err error) error {
	for _, c := range []error{
		names.ErrNotFound, names.ErrThrottled, names.ErrDenied,
		names.ErrUnreachable, names.ErrConflict, names.ErrInvalid,
	} {
		if errors.Is(err, c) {
			return c
		}
	}
	switch {
	case errors.Is(err, ErrNotSent):
		return names.ErrConflict
	case errors.Is(err, ErrCredentials):
		return names.ErrDenied
	}
	if params := (*smithy.InvalidParamsError)(nil); errors.As(err, &params) {
		return names.ErrInvalid
	}
	// A reply that could not be read, a broken or silent connection.
	if d := (*smithy.DeserializationError)(nil); errors.As(err, &d) {
		return names.ErrUnreachable
	}
	if n := net.Error(nil); errors.As(err, &n) {
		return names.ErrUnreachable
	}
	if api := smithy.APIError(nil); errors.As(err, &api) {
		st := status(err)
		if api.ErrorCode() == "" || api.ErrorCode() == "UnknownError" {
			return classOfStatus(st)
		}
		return classOfCode(api.ErrorCode(), api.ErrorFault() == smithy.FaultServer || st >= http.StatusInternalServerError)
	}
	return names.ErrUnreachable
}

// status is the HTTP status of the reply, 0 without one.
func status(err error) int {
	if r := (*smithyhttp.ResponseError)(nil); errors.As(err, &r) {
		return r.HTTPStatusCode()
	}
	return 0
}
