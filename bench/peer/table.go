package peer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tranship/tranship/lab/load"
)

// Version is the apiVersion of Table.
const Version = "tranship.dev/peer/v1"

// Table is what a bench ends with. Times are in seconds.
type Table struct {
	APIVersion        string  `json:"apiVersion"`
	Timing            string  `json:"timing"` // of the crossings; a fleet at rest is always at AWS's own
	Rates             string  `json:"rates"`
	TTLSeconds        float64 `json:"ttlSeconds"`
	RequestsPerSecond float64 `json:"requestsPerSecond"`
	Services          int     `json:"services"`
	Tasks             int     `json:"tasks"`
	Pods              int     `json:"pods"`
	CPUs              int     `json:"cpus"`
	Go                string  `json:"go"`
	ExternalDNS       string  `json:"externalDNS"`
	Rows              []Row   `json:"rows"`
}

// Row is what was measured of one contender in one situation.
type Row struct {
	Contender string `json:"contender"`
	Situation string `json:"situation"`
	Services  int    `json:"services"`
	// Moved are those whose name leads to pods alone, and to all of them.
	Moved int `json:"moved"`

	ControlFailed  int               `json:"controlFailed"` // of the run before anything was done; not 0: void
	Requests       int               `json:"requests"`
	Failed         int               `json:"failed"`
	FailuresByKind map[load.Kind]int `json:"failuresByKind,omitempty"`
	OutageSeconds  float64           `json:"outageSeconds"` // the longest of any habit and service
	EmptySeconds   float64           `json:"emptySeconds"`  // names without an address, added up over the services
	Stale          int               `json:"staleAddresses"`
	WallSeconds    float64           `json:"wallSeconds"`

	CallsPerMinute float64            `json:"callsPerMinute"`
	ByAction       map[string]float64 `json:"callsPerMinuteByAction"`
	Throttled      int                `json:"throttled"`
	// Ends are the runs of the program that ended by themselves.
	Ends []string `json:"ends,omitempty"`
	// AtRest: there was no load and no crossing.
	AtRest bool   `json:"atRest,omitempty"`
	Note   string `json:"note,omitempty"`
}

// calls takes over the calls of a time.
func (r *Row) calls(n map[string]int, in time.Duration) {
	r.ByAction = map[string]float64{}
	for _, k := range slices.Sorted(maps.Keys(n)) {
		r.ByAction[k] = float64(n[k]) / in.Minutes()
		r.CallsPerMinute += r.ByAction[k]
	}
}

// String is a row in a line.
func (r Row) String() string {
	return strings.Join(r.cells(), " | ")
}

var columns = []string{
	"", "what happens", "moved", "failed requests", "longest outage", "names empty", "stale addresses", "AWS calls/min", "ended by itself", "took",
}

func (r Row) cells() []string {
	failed, outage, empty := fmt.Sprintf("%d of %d", r.Failed, r.Requests), seconds(r.OutageSeconds), seconds(r.EmptySeconds)
	if r.AtRest {
		failed, outage, empty = "–", "–", "–"
	}
	return []string{
		r.Contender, r.Situation, fmt.Sprintf("%d of %d", r.Moved, r.Services), failed, outage, empty,
		fmt.Sprint(r.Stale), fmt.Sprintf("%.0f", r.CallsPerMinute), fmt.Sprint(len(r.Ends)), fmt.Sprintf("%.0f s", r.WallSeconds),
	}
}

func seconds(s float64) string { return fmt.Sprintf("%.1f s", s) }

// Markdown writes the table for people.
func (t Table) Markdown(w io.Writer) {
	fmt.Fprintf(w, "%d services of %d tasks and %d pods, record TTL %.0f s, %.0f requests/s; timing %s, rates %s (at rest: timing aws); %d cores, %s, ExternalDNS %s.\n\n",
		t.Services, t.Tasks, t.Pods, t.TTLSeconds, t.RequestsPerSecond, t.Timing, t.Rates, t.CPUs, t.Go, t.ExternalDNS)
	line := func(cells []string) { fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | ")) }
	line(columns)
	line(slices.Repeat([]string{"---"}, len(columns)))
	for _, r := range t.Rows {
		line(r.cells())
	}
	var notes bytes.Buffer
	for _, r := range t.Rows {
		if r.AtRest {
			fmt.Fprintf(&notes, "- %s, %s, calls per minute: %s\n", r.Contender, r.Situation, byAction(r.ByAction))
		}
		if len(r.Ends) > 0 {
			fmt.Fprintf(&notes, "- %s, %s, the last end: %s\n", r.Contender, r.Situation, r.Ends[len(r.Ends)-1])
		}
		if r.ControlFailed > 0 {
			fmt.Fprintf(&notes, "- %s, %s: void, %d requests failed before anything was done\n", r.Contender, r.Situation, r.ControlFailed)
		}
		if r.Note != "" {
			fmt.Fprintf(&notes, "- %s, %s: %s\n", r.Contender, r.Situation, strings.ReplaceAll(r.Note, "\n", "; "))
		}
	}
	if notes.Len() > 0 {
		fmt.Fprintf(w, "\n%s", notes.String())
	}
}

func byAction(n map[string]float64) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(n)) {
		parts = append(parts, fmt.Sprintf("%s %.1f", strings.TrimPrefix(k, "servicediscovery:"), n[k]))
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

// Write writes peer.md and peer.json into a folder.
func (t Table) Write(folder string) error {
	b, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "peer.json"), append(b, '\n'), 0o644); err != nil {
		return err
	}
	var md bytes.Buffer
	t.Markdown(&md)
	return os.WriteFile(filepath.Join(folder, "peer.md"), md.Bytes(), 0o644)
}
