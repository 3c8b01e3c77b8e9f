package view

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tranship/tranship/internal/cutover"
)

// Progress tells what is new, one line per change, for people who follow a log.
// The zero value is ready.
type Progress struct {
	told map[string]string
}

// Lines returns a line for each item that has something new to say, sorted as
// the items are. What only counts down is not new.
func (p *Progress) Lines(s Status, now time.Time, colored bool) []string {
	if p.told == nil {
		p.told = map[string]string{}
	}
	var lines []string
	for _, it := range p.Changed(s) {
		lines = append(lines, fmt.Sprintf("%s  %s", now.UTC().Format(time.TimeOnly), say(it, colored)))
	}
	return lines
}

// Changed returns the items that have something new to say, and takes them as told.
func (p *Progress) Changed(s Status) []Item {
	if p.told == nil {
		p.told = map[string]string{}
	}
	var out []Item
	seen := map[string]bool{}
	for _, it := range s.Items {
		key, now := it.Namespace+"/"+it.Name, say(it, false)
		seen[key] = true
		if p.told[key] != now {
			p.told[key] = now
			out = append(out, it)
		}
	}
	for key := range p.told {
		if !seen[key] {
			delete(p.told, key)
		}
	}
	return out
}

func say(it Item, colored bool) string {
	if it.Phase == "" && it.Waiting.Text == "" {
		return oneLine(it.Name + "  waits for a controller to look at it")
	}
	text := fmt.Sprintf("%s  %s  ECS %s, EKS %s, %d %% EKS", it.Name, paint(orDash(it.Phase), phaseColor(it), colored),
		counts(it, it.ECS), counts(it, it.EKS), it.EKSShare)
	if it.Waiting.Text != "" {
		text += ": " + strings.TrimSuffix(oneLine(it.Waiting.Text), ".")
	}
	if it.Waiting.Until != nil {
		text += ", until " + it.Waiting.Until.Format(time.TimeOnly)
	}
	return text
}

// Summary counts phases: "12 services: 3 Hold, 9 Migrated".
func Summary(s Status) string {
	counts := map[string]int{}
	for _, it := range s.Items {
		counts[orDash(it.Phase)]++
	}
	var parts []string
	for _, p := range phaseOrder {
		if n := counts[string(p)]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, p))
			delete(counts, string(p))
		}
	}
	var rest []string
	for p, n := range counts {
		rest = append(rest, fmt.Sprintf("%d %s", n, strings.Replace(p, "-", "not looked at yet", 1)))
	}
	slices.Sort(rest)
	noun := "services"
	if len(s.Items) == 1 {
		noun = "service"
	}
	return strings.TrimSuffix(fmt.Sprintf("%d %s: %s", len(s.Items), noun, strings.Join(append(parts, rest...), ", ")), ": ")
}

// phaseOrder is the order in which a crossing passes its phases, forward and back.
var phaseOrder = []cutover.Phase{
	cutover.Preflight, cutover.Stage, cutover.Prepare, cutover.Shift, cutover.Hold, cutover.Drain, cutover.Migrated,
	cutover.Recall, cutover.Readmit, cutover.Withdraw, cutover.Settle, cutover.RolledBack,
}
