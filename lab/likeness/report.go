package likeness

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/tranship/tranship/internal/convert/ledger"
	"github.com/tranship/tranship/lab"
	"github.com/tranship/tranship/lab/sees"
)

// Report is what came of the trial.
type Report struct {
	Still      bool           `json:"still,omitempty"` // nothing was to be moved
	Services   []Service      `json:"services"`
	ControlRun lab.ControlRun `json:"controlRun"`
	// Requests and Failed are of the clients, all the way from the inventory on;
	// Unexplained are those that the oracle does not know of.
	Requests    int      `json:"requests"`
	Failed      int      `json:"failed"`
	Unexplained int      `json:"unexplainedFailures"`
	Decided     int      `json:"decided"`           // questions that were answered
	Refused     []string `json:"refused,omitempty"` // objects that the API server did not take
	Made        []string `json:"made,omitempty"`    // ConfigMaps that a person is told to make
	Witnesses   []string `json:"witnesses,omitempty"`
}

// Service is one of the fleet.
type Service struct {
	Name      string `json:"name"`
	Title     string `json:"title"`
	Nameless  bool   `json:"nameless,omitempty"` // nothing is to be moved
	Converted bool   `json:"converted"`
	Applied   bool   `json:"applied"`
	Ready     bool   `json:"ready"`
	Compared  bool   `json:"compared"`
	Moved     bool   `json:"moved"`
	Why       string `json:"why,omitempty"` // it is not ready, or did not move
	Open      int    `json:"openDecisions"`

	Containers  int               `json:"containers"`
	Platform    []sees.Difference `json:"platform,omitempty"`
	Explained   []Explained       `json:"explained,omitempty"`
	Unexplained []sees.Difference `json:"unexplained,omitempty"`

	entries []ledger.Entry
}

// Explained is a difference with the ledger's word on it.
type Explained struct {
	sees.Difference
	Outcome ledger.Outcome `json:"outcome"`
	By      string         `json:"by"`
}

// Counts are the figures of a report.
type Counts struct {
	Services, Named, Converted, Applied, Ready, Compared, Moved int
	Containers, Platform, Explained, Unexplained                int
	Unsupported                                                 int // of the explained
}

// Counts adds up.
func (r *Report) Counts() (n Counts) {
	one := func(to *int, yes bool) {
		if yes {
			*to++
		}
	}
	for _, s := range r.Services {
		n.Services++
		one(&n.Named, !s.Nameless)
		one(&n.Converted, s.Converted)
		one(&n.Applied, s.Applied)
		one(&n.Ready, s.Ready)
		one(&n.Compared, s.Compared)
		one(&n.Moved, s.Moved)
		n.Containers += s.Containers
		n.Platform += len(s.Platform)
		n.Explained += len(s.Explained)
		for _, e := range s.Explained {
			one(&n.Unsupported, e.Outcome == ledger.Unsupported)
		}
		n.Unexplained += len(s.Unexplained)
	}
	return n
}

// OK says whether it came out as promised; why not otherwise.
func (r *Report) OK() error {
	n := r.Counts()
	var errs []error
	all := func(what string, got, want int) {
		if got != want {
			errs = append(errs, fmt.Errorf("%s: %d of %d services", what, got, want))
		}
	}
	if r.ControlRun.Failed > 0 {
		errs = append(errs, fmt.Errorf("void: %d of %d requests failed before anything was done", r.ControlRun.Failed, r.ControlRun.Requests))
	}
	all("converted", n.Converted, n.Services)
	all("applied", n.Applied, n.Services)
	all("ready", n.Ready, n.Services)
	all("compared", n.Compared, n.Services)
	if !r.Still {
		all("moved", n.Moved, n.Named)
	}
	if n.Unexplained > 0 {
		errs = append(errs, fmt.Errorf("%d differences that the ledger does not explain", n.Unexplained))
	}
	if r.Failed > 0 || r.Requests == 0 {
		errs = append(errs, fmt.Errorf("%d of %d requests failed", r.Failed, r.Requests))
	}
	return errors.Join(errs...)
}

// Print says it for people.
func (r *Report) Print(w io.Writer) {
	mark := func(yes bool) string {
		if yes {
			return "yes"
		}
		return "NO"
	}
	fmt.Fprintf(w, "\n  %-8s %-46s %-9s %-7s %-5s %-6s %9s %11s\n", "service", "", "converted", "applied", "ready", "moved", "explained", "unexplained")
	for _, s := range r.Services {
		moved := mark(s.Moved)
		if s.Nameless {
			moved = "-"
		}
		fmt.Fprintf(w, "  %-8s %-46s %-9s %-7s %-5s %-6s %9d %11d\n", s.Name, s.Title, mark(s.Converted), mark(s.Applied), mark(s.Ready), moved, len(s.Explained), len(s.Unexplained))
		if s.Why != "" {
			fmt.Fprintf(w, "             %s\n", s.Why)
		}
	}
	list := func(title string, lines []string) {
		if len(lines) > 0 {
			fmt.Fprintf(w, "\n%s\n  %s\n", title, strings.Join(lines, "\n  "))
		}
	}
	list("refused by the API server", r.Refused)
	list("differences that the ledger does not explain", r.lines(func(s Service) (out []string) {
		for _, d := range s.Unexplained {
			out = append(out, words(d))
		}
		return out
	}))
	list("differences that it explains", r.lines(func(s Service) (out []string) {
		for _, d := range s.Explained {
			out = append(out, words(d.Difference)+"\n      "+d.By)
		}
		return out
	}))
	list("what the platforms are, and no field states", r.lines(func(s Service) (out []string) {
		for _, d := range s.Platform {
			d.ECS, d.EKS = there(d.ECS), there(d.EKS)
			if d.Container != "" {
				d.Container = "containers:"
			}
			out = append(out, words(d))
		}
		return out
	}))
	n := r.Counts()
	fmt.Fprintf(w, "\n  %d services: %d converted, %d applied, %d ready; %d of %d with a name moved; %d of %d requests failed\n",
		n.Services, n.Converted, n.Applied, n.Ready, n.Moved, n.Named, r.Failed, r.Requests)
	fmt.Fprintf(w, "  %d containers of %d services compared: %d differences are the platforms', %d are in the ledger (%d as unsupported), %d are not\n",
		n.Containers, n.Compared, n.Platform, n.Explained, n.Unsupported, n.Unexplained)
	list("witnesses", r.Witnesses)
}

// lines are what services say, each line once, with how many say it and who.
func (r *Report) lines(of func(Service) []string) (out []string) {
	who := map[string][]string{}
	for _, s := range r.Services {
		for _, l := range of(s) {
			if !slices.Contains(who[l], s.Name) {
				who[l] = append(who[l], s.Name)
			}
		}
	}
	for _, l := range slices.Sorted(maps.Keys(who)) {
		at := strings.Join(who[l], " ")
		if len(who[l]) > 4 {
			at = fmt.Sprintf("%s and %d more", strings.Join(who[l][:3], " "), len(who[l])-3)
		}
		first, rest, more := strings.Cut(l, "\n")
		line := first + "   (" + at + ")"
		if more {
			line += "\n" + rest
		}
		out = append(out, line)
	}
	return out
}

// words is a difference as a line.
func words(d sees.Difference) string {
	c := d.Container
	if c == "" {
		c = "the whole"
	}
	return fmt.Sprintf("%s %s: %s on ECS, %s on EKS", c, d.Aspect, quoted(d.ECS), quoted(d.EKS))
}

func quoted(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// there leaves out what is another for each task and pod.
func there(s string) string {
	if s == "" {
		return ""
	}
	return "something"
}
