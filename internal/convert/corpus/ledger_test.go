package corpus

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/internal/convert/ledger"
)

func TestLedger(t *testing.T) {
	l, err := ParseLedger(`
taskDefinition
  mapped: *
  approximated: list[app].{cpu,memory} options.*  # why
scalingPolicy
  needs decision: Steps*Value nothing
`)
	if err != nil {
		t.Fatal(err)
	}
	entry := func(document, path, field string, o ledger.Outcome) ledger.Entry {
		return ledger.Entry{Document: document, Path: path, Field: field, Outcome: o}
	}
	got := l.Differences([]ledger.Entry{
		entry("taskDefinition", "family", "family", ledger.Mapped),
		entry("taskDefinition", "status", "status", ledger.Dropped),
		entry("taskDefinition", "list[app].cpu", "list[].cpu", ledger.Mapped),
		entry("taskDefinition", "list[app].memory", "list[].memory", ledger.Approximated),
		entry("taskDefinition", "list[other].memory", "list[].memory", ledger.Mapped),
		entry("taskDefinition", "options.a.b", "options.a.b", ledger.Unsupported),
		entry("scalingPolicy:cpu", "Steps[0].Value", "Steps[].Value", ledger.NeedsDecision),
		entry("service", "serviceName", "serviceName", ledger.Mapped),
	}, func(e ledger.Entry) bool { return e.Path == "status" })
	want := []string{
		"want approximated: taskDefinition list[app].cpu: mapped",
		"want approximated: taskDefinition options.a.b: unsupported",
		"service serviceName: nothing is expected of it; it is mapped",
		"scalingPolicy nothing (needs decision): the pattern fits no field",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("differences (-want +got):\n%s", diff)
	}
	for _, text := range []string{"  mapped: x", "service\n  fine: x", "service\n  mapped x"} {
		if _, err := ParseLedger(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func TestLeaves(t *testing.T) {
	n, err := Leaves([]byte(`{"a":1,"b":null,"c":[],"d":{},"e":[1,2],"f":[{"x":1},{},{"y":[""]}],"g":""}`))
	if n != 5 || err != nil {
		t.Errorf("%d fields, %v", n, err)
	}
}
