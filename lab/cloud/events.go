package cloud

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html
const maxEvents = 100

// repeatEvent is how long an event that says the same is left out.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages.html
const repeatEvent = 6 * time.Hour

// reachedSteady is what a service says when it is as it should be.
const reachedSteady = "has reached a steady state."

// event is a line of the service's events; a standalone task has none.
func (svc *ecsService) event(c *Cloud, text string) {
	if svc != nil {
		svc.addEvent(c, c.sched.hex(32), text)
	}
}

// tell is event, of what lasts: until the service is steady again, or for six
// hours, it is said once.
func (svc *ecsService) tell(c *Cloud, text string) {
	message, steady := svc.message(text), svc.message(reachedSteady)
	for _, e := range svc.events {
		if *e.Message == steady || c.now.Sub(*e.CreatedAt) >= repeatEvent {
			break
		}
		if *e.Message == message {
			return
		}
	}
	svc.addEvent(c, c.more.hex(32), text)
}

func (svc *ecsService) message(text string) string { return "(service " + svc.name + ") " + text }

func (svc *ecsService) addEvent(c *Cloud, id, text string) {
	message := svc.message(text)
	c.forgetEvents(svc)
	if len(svc.events) >= maxEvents {
		svc.events = slices.Delete(svc.events, maxEvents-1, len(svc.events))
	}
	svc.events = slices.Insert(svc.events, 0, types.ServiceEvent{
		Id:        ptr(id[:8] + "-" + id[8:12] + "-" + id[12:16] + "-" + id[16:20] + "-" + id[20:]),
		CreatedAt: ptr(c.now), Message: ptr(message),
	})
	if c.cfg.Log {
		c.note("ECS", svc.name, message)
	}
}

func countTasks(ids []string) string {
	return strconv.Itoa(len(ids)) + " tasks: " + taskList(ids) + "."
}

func taskList(ids []string) string {
	var b strings.Builder
	for i, id := range ids {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString("(task " + id + ")")
	}
	return b.String()
}
