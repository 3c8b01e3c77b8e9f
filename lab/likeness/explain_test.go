package likeness

import (
	"testing"

	"github.com/tranship/tranship/internal/convert/ledger"
	"github.com/tranship/tranship/lab/sees"
)

func TestExplain(t *testing.T) {
	entry := func(field, path string, o ledger.Outcome) ledger.Entry {
		return ledger.Entry{Document: "taskDefinition", Field: field, Path: path, Outcome: o}
	}
	entries := []ledger.Entry{
		entry("containerDefinitions[].environment[].value", "containerDefinitions[app].environment[A].value", ledger.Approximated),
		entry("containerDefinitions[].environment[].value", "containerDefinitions[app].environment[B].value", ledger.Mapped),
		entry("containerDefinitions[].secrets[].valueFrom", "containerDefinitions[app].secrets[S].valueFrom", ledger.NeedsDecision),
		entry("containerDefinitions[].ulimits[].softLimit", "containerDefinitions[app].ulimits[nofile].softLimit", ledger.Unsupported),
		entry("containerDefinitions[].extraHosts[].hostname", "containerDefinitions[app].extraHosts[0].hostname", ledger.Approximated),
		entry("containerDefinitions[].user", "containerDefinitions[side].user", ledger.Approximated),
		entry("containerDefinitions[].memoryReservation", "containerDefinitions[side].memoryReservation", ledger.Approximated),
		entry("cpu", "cpu", ledger.Approximated),
		entry("memory", "memory", ledger.Mapped),
		{Document: "service", Field: "networkMode", Path: "networkMode", Outcome: ledger.Dropped},
	}
	for _, tt := range []struct {
		container, aspect string
		want              bool
	}{
		{"app", "environment.A", true},
		{"app", "environment.B", false},  // it is mapped
		{"app", "environment.C", false},  // nobody speaks of it
		{"side", "environment.A", false}, // another container's
		{"app", "environment.S", true},
		{"app", "ulimit.nofile", true},
		{"side", "host.legacy", true}, // a pod has one /etc/hosts
		{"app", "user", false},
		{"side", "user", true},
		{"app", "cpu.least", true}, // of the task's size
		{"side", "memory.least", true},
		{"app", "memory.least", false},
		{"", "cpu.most", true},
		{"", "memory.most", false},
		{"", "network", false}, // another document
		{"app", "nonsense", false},
	} {
		_, got := explain(sees.Difference{Container: tt.container, Aspect: tt.aspect}, entries)
		if got != tt.want {
			t.Errorf("%s %s: explained %v, want %v", tt.container, tt.aspect, got, tt.want)
		}
	}
}
