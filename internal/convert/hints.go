package convert

import (
	"fmt"
	"slices"
	"strings"
)

// ecsOnly are words by which a program asks for what only a task on ECS has.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4.html
var ecsOnly = []string{
	"ECS_CONTAINER_METADATA_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "ECS_AGENT_URI", "169.254.170.2",
	"AWS_ECS_FARGATE", "AWS_ECS_EC2",
}

// hint marks variables and commands that speak of ECS: whoever reads them finds
// something else on EKS.
func (c *conversion) hint() {
	speaks := func(text string) bool {
		return slices.ContainsFunc(ecsOnly, func(w string) bool { return strings.Contains(text, w) })
	}
	const says = "speaks of what only ECS has: look what the program does on EKS"
	for _, k := range c.containers {
		for i, v := range k.Env {
			if strings.HasPrefix(v.Name, "ECS_") || speaks(v.Name) || speaks(v.Value) {
				k.note(fmt.Sprintf("env.%d", i), v.Name+" "+says)
			}
		}
		if slices.ContainsFunc(k.Command, speaks) {
			k.note("command", says)
		}
		if slices.ContainsFunc(k.Args, speaks) {
			k.note("args", says)
		}
	}
}
