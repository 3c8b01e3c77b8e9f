package view

import (
	"fmt"
	"strings"
)

// findings are lines that hold for several services, which a fleet has many of: each
// is written once, with whom it is about.
type findings struct {
	lines []string
	of    map[string][]string
}

// fewNames is how many services are named; the ledgers name all.
const fewNames = 3

func (s *findings) add(line, who string) {
	if s.of == nil {
		s.of = map[string][]string{}
	}
	if s.of[line] == nil {
		s.lines = append(s.lines, line)
	}
	if have := s.of[line]; len(have) == 0 || have[len(have)-1] != who {
		s.of[line] = append(have, who)
	}
}

func (s *findings) write(b *strings.Builder, heading string) {
	if len(s.lines) > 0 {
		fmt.Fprintf(b, "\n%s:\n", heading)
	}
	for _, line := range s.lines {
		who := s.of[line]
		names := strings.Join(who[:min(fewNames, len(who))], ", ")
		if more := len(who) - fewNames; more > 0 {
			names += fmt.Sprintf(" and %d more", more)
		}
		fmt.Fprintf(b, "  %s\n    %s\n", line, names)
	}
}
