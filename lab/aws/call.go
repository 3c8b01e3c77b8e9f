package aws

import (
	"time"

	faults "github.com/tranship/tranship/lab/fault"
)

// Call is one request as the endpoint saw it, refused ones too.
type Call struct {
	At        time.Time     // when it arrived
	Duration  time.Duration // until its answer was ready
	RequestID string

	Service   string // name in the credential scope, e.g. ecs; "" if not to be told
	Operation string // e.g. UpdateService; "" if it is none that the service has here, which Message names
	// Resource is the ARN that IAM would check the action against, several joined
	// by commas, or * for an action that IAM does not check against a resource.
	Resource string
	Instance string // the Cloud Map instance id in the input, if any

	Principal string      // the access key id, once its signature was verified
	Account   string      // whose key it is, from then on
	Status    int         // HTTP status; 0: the connection was cut, by a fault
	ErrorCode string      // AWS's error code, "" for success
	Message   string      // the error in words
	Fault     faults.Kind // what was made to go wrong; "": nothing
	Unknown   []string    // members of the input that the operation does not have; AWS ignores them too
}

// Action is the call in the words of an IAM policy, e.g. ecs:UpdateService.
func (c Call) Action() string {
	service := c.Service
	if prefix := policyPrefixes[service]; prefix != "" {
		service = prefix
	}
	if action := policyActions[service+":"+c.Operation]; action != "" {
		return action
	}
	return service + ":" + c.Operation
}
