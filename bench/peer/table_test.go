package peer

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Both forms hold every row; the Markdown has a cell for each column, and says
// under which timing and rates the figures came about.
func TestTable(t *testing.T) {
	table := Table{APIVersion: Version, Timing: "fast", Rates: "mcs", Services: 3, Tasks: tasks, Pods: pods, CPUs: 2}
	moving := Row{Contender: "tranship", Situation: crossing, Services: 3, Moved: 3, Requests: 100, Failed: 7, OutageSeconds: 1.25, Note: "one\ntwo"}
	moving.calls(map[string]int{"servicediscovery:GetService": 30}, 30*time.Second)
	resting := Row{Contender: "ExternalDNS", Situation: "at rest", Services: 200, Moved: 200, AtRest: true}
	resting.calls(map[string]int{"servicediscovery:DiscoverInstances": 400, "servicediscovery:ListServices": 4}, 2*time.Minute)
	table.Rows = []Row{moving, resting}
	if moving.CallsPerMinute != 60 || resting.CallsPerMinute != 202 {
		t.Errorf("calls per minute: %v and %v, want 60 and 202", moving.CallsPerMinute, resting.CallsPerMinute)
	}
	dir := t.TempDir()
	if err := table.Write(dir); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "peer.json"))
	if err != nil {
		t.Fatal(err)
	}
	var back Table
	if err := json.Unmarshal(b, &back); err != nil || len(back.Rows) != 2 || back.Rows[0].Failed != 7 {
		t.Errorf("the JSON form reads as %+v, %v", back, err)
	}
	b, err = os.ReadFile(filepath.Join(dir, "peer.md"))
	if err != nil {
		t.Fatal(err)
	}
	md := string(b)
	for _, want := range []string{"timing fast, rates mcs", "7 of 100", "1.2 s", "DiscoverInstances 200.0, ListServices 2.0", "one; two"} {
		if !strings.Contains(md, want) {
			t.Errorf("%q is missing in\n%s", want, md)
		}
	}
	for line := range strings.SplitSeq(md, "\n") {
		if strings.HasPrefix(line, "|") && strings.Count(line, "|") != len(columns)+1 {
			t.Errorf("a line of the table has not %d cells: %s", len(columns), line)
		}
	}
}

// Each contender is tried in each situation, and a part can be chosen.
func TestTrials(t *testing.T) {
	s := Settings{Idle: 200}
	files := map[string]bool{}
	by := map[string]int{}
	for _, x := range s.trials() {
		if files[x.file] {
			t.Errorf("two trials write to %s", x.file)
		}
		files[x.file] = true
		by[x.contender.name]++
		if x.idle && x.contender.settle == nil || !x.idle && x.contender.move == nil {
			t.Errorf("%s can't be done", x.file)
		}
	}
	if len(by) != 2 || by["tranship"] != 3 {
		t.Errorf("trials of %v", by)
	}
	s.Only = "tranship" // a whole name, and a part of others
	if n := len(s.trials()); n != 1 {
		t.Errorf("%d trials named tranship, want 1", n)
	}
	s.Only = "idle"
	if n := len(s.trials()); n != 2 {
		t.Errorf("%d trials at rest, want 2", n)
	}
}
