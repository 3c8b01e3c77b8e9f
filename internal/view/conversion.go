package view

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/tranship/tranship/internal/convert"
	"github.com/tranship/tranship/internal/convert/ledger"
)

// Conversion is what became of services that were converted.
type Conversion struct {
	APIVersion string             `json:"apiVersion"`
	Services   []ConvertedService `json:"services"`
	// Failed says of each that could not be converted why.
	Failed []string `json:"failed"`
	// Fields counts all fields by outcome.
	Fields Fields `json:"fields"`
	Total  int    `json:"total"` // fields
	Ready  int    `json:"ready"` // services without an open decision
	Open   int    `json:"open"`  // decisions
}

// Fields counts fields by what became of them.
type Fields map[ledger.Outcome]int

// ConvertedService is one of them.
type ConvertedService struct {
	Account   string `json:"account,omitempty"`
	Region    string `json:"region,omitempty"`
	Cluster   string `json:"cluster"` // ECS'
	Service   string `json:"service"` // ECS'
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Objects   int    `json:"objects"`
	Ready     bool   `json:"ready"`
	Fields    Fields `json:"fields"`
	// Open are the questions that nobody answered.
	Open []ledger.Decision `json:"open"`
	// Unsupported are the fields that have no counterpart.
	Unsupported []ledger.Entry `json:"unsupported"`
}

// Summarize counts what became of services, in their order.
func Summarize(results []convert.Result, failed []error) Conversion {
	c := Conversion{APIVersion: "tranship.dev/conversion/v1", Services: []ConvertedService{}, Failed: []string{}, Fields: Fields{}}
	for _, o := range ledger.Outcomes() {
		c.Fields[o] = 0
	}
	for _, r := range results {
		s := ConvertedService{
			Account: r.Account, Region: r.Region, Cluster: r.Cluster, Service: r.Service, Namespace: r.Namespace, Name: r.Name,
			Objects: len(r.Objects), Ready: r.Open() == 0, Fields: Fields{}, Open: []ledger.Decision{}, Unsupported: []ledger.Entry{},
		}
		for _, e := range r.Entries {
			s.Fields[e.Outcome]++
			c.Fields[e.Outcome]++
			if e.Outcome == ledger.Unsupported {
				s.Unsupported = append(s.Unsupported, e)
			}
		}
		for _, d := range r.Decisions {
			if d.Open() {
				s.Open = append(s.Open, d)
			}
		}
		c.Total += len(r.Entries)
		c.Open += len(s.Open)
		if s.Ready {
			c.Ready++
		}
		c.Services = append(c.Services, s)
	}
	for _, err := range failed {
		c.Failed = append(c.Failed, err.Error())
	}
	return c
}

// ConversionText writes a line for each service, and below what a person has to look at.
func ConversionText(w io.Writer, c Conversion, st Style) error {
	g := grid{cols: heads("NAMESPACE", "NAME", "ECS SERVICE", ">OBJECTS", ">MAPPED", ">DROPPED", ">APPROXIMATED", ">UNSUPPORTED", ">OPEN")}
	for _, s := range c.Services {
		n := func(o ledger.Outcome) string { return strconv.Itoa(s.Fields[o]) }
		g.add(s.Namespace, s.Name, s.Cluster+"/"+s.Service, strconv.Itoa(s.Objects),
			n(ledger.Mapped), n(ledger.Dropped), n(ledger.Approximated), n(ledger.Unsupported), strconv.Itoa(len(s.Open)))
	}
	var b strings.Builder
	if len(c.Services) > 0 {
		g.write(&b, st)
		b.WriteByte('\n')
	}
	fmt.Fprintln(&b, ConversionSummary(c))
	var unsupported, open findings
	for _, s := range c.Services {
		who := s.Cluster + "/" + s.Service
		for _, e := range s.Unsupported {
			unsupported.add(fmt.Sprintf("%s %s: %s", e.Document, e.Path, oneLine(e.Why)), who)
		}
		for _, d := range s.Open {
			open.add(oneLine(d.Question), who)
		}
	}
	unsupported.write(&b, "Unsupported")
	open.write(&b, "To be decided")
	for i, text := range c.Failed {
		if i == 0 {
			b.WriteString("\nNot converted:\n")
		}
		fmt.Fprintf(&b, "  %s\n", oneLine(text))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// ConversionSummary is all of it in a sentence.
func ConversionSummary(c Conversion) string {
	text := fmt.Sprintf("%d of %d services have nothing left to decide and can be applied. ", c.Ready, len(c.Services))
	if c.Open > 0 {
		text += fmt.Sprintf("Decisions open: %d. ", c.Open)
	}
	text += fmt.Sprintf("Of %d fields", c.Total)
	between := ""
	for _, o := range ledger.Outcomes() {
		if c.Fields[o] > 0 {
			text += fmt.Sprintf("%s %d %s", between, c.Fields[o], words[o])
			between = ","
		}
	}
	return text + "."
}

// words are outcomes in a sentence.
var words = map[ledger.Outcome]string{
	ledger.Mapped: "mapped", ledger.Dropped: "dropped since nothing is missed", ledger.Approximated: "approximated",
	ledger.NeedsDecision: "to be decided", ledger.Unsupported: "unsupported",
}

// ConversionJSON writes all of it, indented.
func ConversionJSON(w io.Writer, c Conversion) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(c)
}
