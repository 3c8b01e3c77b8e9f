package lab

import (
	"fmt"

	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/tranship/tranship/lab/cloud"
	"github.com/tranship/tranship/lab/sees/ecstask"
)

// taskSees is what the containers of a task see, by its task definition. The model
// is locked.
func (l *Lab) taskSees(c *cloud.Cloud, taskID string) []byte {
	def, launch, ok := c.DefinitionOf(taskID)
	if !ok {
		return nil
	}
	r, err := ecstask.World{
		Task: def, Fargate: launch == ecstypes.LaunchTypeFargate, Region: l.Options.Region, TaskID: taskID,
		Secret: l.Options.Secrets, File: l.Options.Files,
	}.Report()
	if err == nil {
		var out []byte
		if out, err = r.JSON(); err == nil {
			return out
		}
	}
	// ECS would not start such a task, and the model does not know that.
	l.fail(fmt.Errorf("what task %s of %s sees: %w", taskID, *def.Family, err))
	return nil
}
