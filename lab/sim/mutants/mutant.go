package mutants

import (
	"bufio"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

//go:embed *.mutant
var files embed.FS

// Mutant is one planted bug.
type Mutant struct {
	Name string
	// Bug says what is wrong with the mutated code.
	Bug string
	// Test is the one of lab/sim that finds it: TestSeeds where nothing else is said.
	Test string
	// Expect are the kinds of violation that may be what shows it first.
	Expect []string
	Edits  []Edit
}

// Edit replaces a text that is in the file exactly once.
type Edit struct {
	File     string // from the root of the module
	Old, New string // whole lines
}

// kinds are the violations that lab/sim tells apart: a name server without an
// address, an address held outside serving, or when another service has it, an
// invariant of the core, and a run that ends where it should not; and of names
// without a migration, what nobody put back, what comes late, a gate that opens
// too soon, what a policy forbids, and calls of a name that rests.
var kinds = regexp.MustCompile(`^(empty|exposed|wrong service|end|foreign|barrier|drift|late|gate|policy|rest|invariant [1-9])$`)

// All are the mutants, by name.
func All() ([]Mutant, error) {
	names, err := fs.Glob(files, "*.mutant")
	if err != nil {
		return nil, err
	}
	var all []Mutant
	for _, n := range names {
		b, err := files.ReadFile(n)
		if err != nil {
			return nil, err
		}
		m, err := parse(strings.TrimSuffix(path.Base(n), ".mutant"), string(b))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", n, err)
		}
		all = append(all, m)
	}
	return all, nil
}

// Find is the mutant of that name. Without it the error says which there are.
func Find(name string) (Mutant, error) {
	all, err := All()
	if err != nil {
		return Mutant{}, err
	}
	var names []string
	for _, m := range all {
		if m.Name == name {
			return m, nil
		}
		names = append(names, m.Name)
	}
	return Mutant{}, fmt.Errorf("there is no mutant %q, only %s", name, strings.Join(names, ", "))
}

// parse reads the text form: "bug:", "expect:" and, where it is not TestSeeds that
// finds it, "test:", then for every file "---" and
// its path, and below it blocks of lines that begin with "-" (there now), "+"
// (there instead) or a space (there in both), with an empty line between blocks.
func parse(name, text string) (Mutant, error) {
	m := Mutant{Name: name, Test: "TestSeeds"}
	file := ""
	var from, to strings.Builder
	flush := func() error {
		if from.Len() == 0 && to.Len() == 0 {
			return nil
		}
		if file == "" || from.Len() == 0 {
			return errors.New("an edit needs a file and a text that is there now")
		}
		m.Edits = append(m.Edits, Edit{File: file, Old: from.String(), New: to.String()})
		from.Reset()
		to.Reset()
		return nil
	}
	lines := bufio.NewScanner(strings.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		var err error
		switch after := line[min(1, len(line)):] + "\n"; {
		case line == "":
			err = flush()
		case strings.HasPrefix(line, "--- "):
			err = flush()
			file = strings.TrimSpace(strings.TrimPrefix(line, "--- "))
		case line[0] == '-':
			from.WriteString(after)
		case line[0] == '+':
			to.WriteString(after)
		case line[0] == ' ':
			from.WriteString(after)
			to.WriteString(after)
		case strings.HasPrefix(line, "bug: "):
			m.Bug = strings.TrimPrefix(line, "bug: ")
		case strings.HasPrefix(line, "test: "):
			m.Test = strings.TrimPrefix(line, "test: ")
		case strings.HasPrefix(line, "expect: "):
			m.Expect = strings.Split(strings.TrimPrefix(line, "expect: "), ", ")
		default:
			err = fmt.Errorf("%q is neither bug, test, expect, file nor edit", line)
		}
		if err != nil {
			return Mutant{}, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := flush(); err != nil {
		return Mutant{}, err
	}
	return m, m.complete()
}

func (m Mutant) complete() error {
	switch {
	case m.Bug == "":
		return errors.New("it does not say which bug it is")
	case len(m.Edits) == 0:
		return errors.New("it changes nothing")
	case len(m.Expect) == 0:
		return errors.New("it does not say how it shows")
	}
	if k := slices.IndexFunc(m.Expect, func(k string) bool { return !kinds.MatchString(k) }); k >= 0 {
		return fmt.Errorf("it cannot show as %q", m.Expect[k])
	}
	return nil
}
