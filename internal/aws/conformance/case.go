package conformance

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Mark says how sure a behaviour is.
type Mark string

// The marks.
const (
	Documented  Mark = "documented"  // AWS says so
	Observed    Mark = "observed"    // somebody saw it of AWS
	Inferred    Mark = "inferred"    // it follows from the others
	Unconfirmed Mark = "unconfirmed" // a guess; a switch of the model, with a case for each side
)

// Case is one behaviour: the comment and the commands from one "new" to the next.
type Case struct {
	File     string
	Line     int    // of its "new"
	Title    string // its comment, in one line
	Sources  []string
	Mark     Mark
	About    []About
	Switch   string // of the model, and which side: "forget-creator on"
	LabOnly  string // why it can't run on an account; "" if it can
	Commands []Command
}

// ID names a case in a transcript.
func (c Case) ID() string { return fmt.Sprintf("%s:%d", c.File, c.Line) }

// About is an operation that a case is for, and what it shows of it.
type About struct {
	Operation string
	Error     bool // AWS refuses it
	Race      bool // it meets another that isn't finished
}

// Parse reads a file of cases.
func Parse(file, text string) ([]Case, error) {
	var out []Case
	var head []string
	heads := map[int][]string{} // by the number of commands before
	count := 0
	all, err := commands(text, func(comment string) { head = append(head, comment) }, func() {
		heads[count], head = head, nil
		count++
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for n, c := range all {
		if c.Name == "new" {
			next := Case{File: file, Line: c.Line}
			if err := next.describe(heads[n]); err != nil {
				return nil, fmt.Errorf("%s: line %d: %w", file, c.Line, err)
			}
			out = append(out, next)
		}
		if len(out) == 0 {
			return nil, fmt.Errorf("%s: line %d: a case begins with new", file, c.Line)
		}
		last := &out[len(out)-1]
		last.Commands = append(last.Commands, c)
	}
	return out, nil
}

// describe reads the comment of a case.
func (c *Case) describe(lines []string) error {
	var title []string
	for _, l := range lines {
		key, value, _ := strings.Cut(l, ": ")
		switch key {
		case "source":
			c.Sources = append(c.Sources, value)
		case "mark":
			c.Mark = Mark(value)
		case "switch":
			c.Switch = value
		case "lab":
			c.LabOnly = value
		case "about":
			for _, one := range strings.Split(value, ", ") {
				words := strings.Fields(one)
				if len(words) == 0 {
					return fmt.Errorf("about what? %q", l)
				}
				a := About{Operation: words[0]}
				for _, w := range words[1:] {
					switch w {
					case "error":
						a.Error = true
					case "race":
						a.Race = true
					default:
						return fmt.Errorf("about %s: error or race, not %q", a.Operation, w)
					}
				}
				c.About = append(c.About, a)
			}
		default:
			title = append(title, l)
		}
	}
	c.Title = strings.Join(title, " ")
	return nil
}

//go:embed cases
var files embed.FS

// Cases are all, file by file.
func Cases() ([]Case, error) {
	names, err := fs.Glob(files, "cases/*")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var out []Case
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		cases, err := Parse(strings.TrimPrefix(name, "cases/"), string(text))
		if err != nil {
			return nil, err
		}
		out = append(out, cases...)
	}
	return out, nil
}
