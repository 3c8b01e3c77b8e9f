package convert

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// annotationTask says of a workload which task definition it was made of.
const annotationTask = "tranship.dev/task-definition"

// record settles what says which task definition it is, and what AWS writes into its
// answers.
func (c *conversion) record() {
	arn, family, revision := c.task.Field("taskDefinitionArn"), c.task.Field("family"), c.task.Field("revision")
	which := arn.Text()
	if which == "" && family.Set() {
		which = family.Text()
		if revision.Set() {
			which = fmt.Sprintf("%s:%s", which, revision.Text())
		}
	}
	if which != "" {
		c.annotations = map[string]string{annotationTask: which}
		family.Mapped("metadata.annotations")
		arn.Dropped("AWS gives it; an annotation keeps it")
		revision.Dropped("AWS counts it; an annotation keeps it")
	}
	status := c.task.Field("status")
	status.Dropped("how the revision is on ECS, not what runs")
	if status.Set() && status.Text() != "ACTIVE" {
		c.note("", "The revision of the task definition is "+status.Text()+" on ECS: what runs goes on, but look whether there is a newer one, and register it anew before you count on the way back.")
	}
	for _, name := range []string{
		"compatibilities", "requiresAttributes", "registeredAt", "registeredBy", "deregisteredAt", "deleteRequestedAt",
	} {
		c.task.Field(name).Dropped("AWS writes it into its answers, of what the other fields say or of what happened; nobody sets it")
	}
	c.taskTags()
}

// taskTags keeps the tags of the task definition as those of the service are kept.
func (c *conversion) taskTags() {
	toPods := c.service.Field("propagateTags").Text() == "TASK_DEFINITION"
	for _, t := range c.task.Field("tags").Items() {
		key, value := t.Field("key").Text(), t.Field("value").Text()
		other := slices.ContainsFunc(c.service.Field("tags").Items(), func(s ledger.Node) bool {
			return s.Field("key").Text() == key && s.Field("value").Text() != value
		})
		switch {
		case strings.HasPrefix(key, "aws:"):
			t.Dropped("AWS sets it itself, for what it has made")
		case other && !toPods:
			t.Dropped("the service has another tag of this name, which counts")
		default:
			c.tagOne(t, key, value, toPods)
		}
	}
}
