package cases

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"

	"github.com/tranship/tranship/lab/cloud"
)

// modelCommands reach the model itself.
var modelCommands = map[string]command{
	"answer": answer, "resolve": resolve, "views": views, "load-balancer": balancer, "silence": silence, "fail-next": failNext,
}

// failNext lets the next operation of a type end in FAIL with a code.
func failNext(r *runner, _ context.Context) (string, error) {
	r.target.Do(func(c *cloud.Cloud) { c.FailNext(types.OperationType(r.word(0)), r.word(1)) })
	return "", nil
}
