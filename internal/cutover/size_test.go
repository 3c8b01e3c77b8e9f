package cutover_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

// atTheLimit is the largest state a crossing of n tasks to n pods can have:
// every task out, every write without a seen end, all lists full.
func atTheLimit(n int) cutover.State {
	now := epoch.Add(123456789 * time.Nanosecond)
	arn := "arn:aws:ecs:ap-southeast-1:123456789012:task-definition/a-service-with-a-rather-long-name-of-fifty-letters:12345"
	s := cutover.State{
		Schema: 1, Direction: cutover.Forward, Phase: cutover.Preflight, Step: 10, Entered: now, Wrote: true,
		For:        cutover.Pin{UID: "11111111-2222-3333-4444-555555555555", Ref: "123456789012/ap-southeast-1/ns-abcdefghijklmnop/srv-abcdefghijklmnop", ServiceARN: arn, TaskDefinition: arn, Generation: 1000},
		Original:   &cutover.Original{Records: []names.Record{{Type: "A", TTL: 300}, {Type: "AAAA", TTL: 300}}, Desired: n, Capacity: n},
		ReadySince: now, Reached: now, BackSince: now, OursGone: now, LastRead: now, Carried: n,
		Halt:    "someone else set the TTL of a-service.with-a-long.name.internal to 60 s in mid-crossing: keep it out of the infrastructure code until the crossing is over",
		Command: "11111111-2222-3333-4444-555555555555",
	}
	for k := range n {
		id := names.ID(fmt.Sprintf("%032x", k))
		s.Out = append(s.Out, cutover.Withdrawn{Way: registrar.CustomHealth, At: now, Returned: 2, Instance: names.Instance{
			ID: id, Health: names.Healthy, Attributes: map[string]string{
				"AWS_INSTANCE_IPV4": "10.100.100.100", "AWS_INSTANCE_PORT": "8080", "AVAILABILITY_ZONE": "ap-southeast-1a", "REGION": "ap-southeast-1",
				"ECS_CLUSTER_NAME": "a-cluster-with-a-rather-long-name", "ECS_SERVICE_NAME": "a-service-with-a-rather-long-name-of-fifty-letters",
				"ECS_TASK_DEFINITION_FAMILY": "a-service-with-a-rather-long-name-of-fifty-letters", "EC2_INSTANCE_ID": "i-0123456789abcdef0", "AWS_INIT_HEALTH_STATUS": "HEALTHY",
			},
		}})
		s.Gone = append(s.Gone, cutover.Absence{ID: id, Since: now, Revision: 1234567, Same: now.Add(-time.Second)})
		s.Present = append(s.Present, cutover.Presence{ID: names.ID(fmt.Sprintf("eks-11111111-2222-3333-4444-%012x", k)), Since: now})
		s.Sent = append(s.Sent, registrar.Sent{ID: id, Kind: registrar.SetUnhealthy, Attempt: 12, At: now})
	}
	for range 30 {
		s.History = append(s.History, cutover.Mark{Phase: cutover.Preflight, At: now, Note: "a note of some length"})
	}
	for range 10 {
		s.Findings = append(s.Findings, cutover.Finding{Way: registrar.CustomHealth, Reaction: "reassert", Watched: time.Hour, At: now})
		s.TTLSeen = append(s.TTLSeen, cutover.TTLSpan{TTL: 300, Until: now})
		s.Grants = append(s.Grants, cutover.Grant{Gate: "foreign-instances", Direction: cutover.Forward, Generation: 1})
	}
	return s
}

// TestStateFitsTheStatus: 64 KiB is what a status may have, with as many tasks
// and pods in the name as Route 53 keeps records of one name.
func TestStateFitsTheStatus(t *testing.T) {
	for _, n := range []int{1, names.MaxSameNameRecords / 2} {
		b, err := json.Marshal(atTheLimit(n))
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d tasks: %d bytes", n, len(b))
		if len(b) > 64<<10 {
			t.Errorf("%d tasks to %d pods: %d bytes, at most %d", n, n, len(b), 64<<10)
		}
	}
}
