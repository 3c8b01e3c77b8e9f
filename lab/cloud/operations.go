package cloud

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

// operation is one asynchronous request to Cloud Map.
type operation struct {
	id                           string
	kind                         types.OperationType
	created, pending, updated    time.Time
	done, failed, forgotten      bool
	code, message                string
	namespace, service, instance string
	nth                          uint64   // counts all there ever were
	then                         []func() // who waits for its end
}

// failure is an operation that is to end in FAIL.
type failure struct {
	kind types.OperationType
	code string
}

// FailNext lets the next operation of this type that is asked for end in FAIL
// with this error code, and change nothing.
func (c *Cloud) FailNext(kind types.OperationType, code string) {
	c.failing = append(c.failing, failure{kind, code})
}

func (c *Cloud) operate(o *operation, lo, hi time.Duration, effect func()) *operation {
	d := c.ops.between(lo, hi)
	o.id = c.ops.letters(32) + "-" + c.ops.letters(8)
	o.created, o.updated, o.pending = c.now, c.now, c.now.Add(d/4)
	c.forgetOperations()
	c.opCount++
	o.nth = c.opCount
	c.operations[o.id] = o
	c.opOrder = append(c.opOrder, o)
	wrong := c.disturb(o)
	d += max(wrong.Later, 0)
	if wrong.Fail != "" {
		o.fail(wrong.Fail)
	}
	for i, f := range c.failing {
		if f.kind == o.kind {
			o.fail(f.code)
			c.failing = append(c.failing[:i], c.failing[i+1:]...)
			break
		}
	}
	c.unfinished++
	c.after(d, func() {
		c.unfinished--
		o.done, o.updated = true, c.now
		if c.cfg.Log {
			c.note(string(o.kind), o.service+o.namespace, o.instance+" "+string(o.status(c.now)))
		}
		effect()
		then := o.then
		o.then = nil
		for _, fn := range then {
			fn()
		}
	})
	return o
}

// Unfinished is how many operations of Cloud Map have not ended.
func (c *Cloud) Unfinished() int { return c.unfinished }

// fail decides that the operation ends in FAIL.
func (o *operation) fail(code string) {
	o.failed, o.code = true, code
	o.message = fmt.Sprintf("%s was refused with %s.", o.kind, code)
}

func (o *operation) status(now time.Time) types.OperationStatus {
	switch {
	case o.done && o.failed:
		return types.OperationStatusFail
	case o.done:
		return types.OperationStatusSuccess
	case now.Before(o.pending):
		return types.OperationStatusSubmitted
	}
	return types.OperationStatusPending
}

func (o *operation) duplicate() error {
	return &types.DuplicateRequest{
		Message:              ptr("Another operation of type " + string(o.kind) + " is in progress: " + o.id),
		DuplicateOperationId: ptr(o.id),
	}
}

// GetOperation has the signature of the client's method.
func (m *CloudMap) GetOperation(ctx context.Context, in *servicediscovery.GetOperationInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.GetOperationOutput, error) {
	if err := m.enter(ctx, "GetOperation", in); err != nil {
		return nil, err
	}
	o := m.c.operations[val(in.OperationId)]
	if o == nil || !m.c.mine(in.OwnerAccount) {
		return nil, &types.OperationNotFound{Message: ptr("Operation not found: " + val(in.OperationId))}
	}
	targets := make(map[string]string, 2)
	for k, v := range map[types.OperationTargetType]string{
		types.OperationTargetTypeNamespace: o.namespace,
		types.OperationTargetTypeService:   o.service,
		types.OperationTargetTypeInstance:  o.instance,
	} {
		if v != "" {
			targets[string(k)] = v
		}
	}
	out := &types.Operation{
		Id: ptr(o.id), Type: o.kind, Status: o.status(m.c.now), Targets: targets,
		CreateDate: ptr(o.created), UpdateDate: ptr(o.updated), OwnerAccount: ptr(m.c.cfg.Account),
	}
	switch out.Status {
	case types.OperationStatusPending:
		out.UpdateDate = ptr(o.pending)
	case types.OperationStatusFail:
		out.ErrorCode, out.ErrorMessage = ptr(o.code), ptr(o.message)
	}
	return &servicediscovery.GetOperationOutput{Operation: out}, nil
}
