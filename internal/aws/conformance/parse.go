package conformance

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Command is one call of a case and what it is to print.
type Command struct {
	Line     int // in its file, from 1
	Name     string
	Args     []Arg
	Input    string // lines between the command and ----
	Expected string // lines after ----
}

// Arg is an argument of a command: word, key=value or key=(one,two).
type Arg struct {
	Key    string
	Values []string
}

// Text is the command as it stands in the file, without input and expectation.
func (c Command) Text() string {
	var b strings.Builder
	b.WriteString(c.Name)
	for _, a := range c.Args {
		b.WriteByte(' ')
		b.WriteString(a.Key)
		switch len(a.Values) {
		case 0:
		case 1:
			b.WriteString("=" + a.Values[0])
		default:
			b.WriteString("=(" + strings.Join(a.Values, ",") + ")")
		}
	}
	return b.String()
}

// Has says whether an argument of that name is there, with or without a value.
func (c Command) Has(key string) bool {
	return slices.ContainsFunc(c.Args, func(a Arg) bool { return a.Key == key })
}

// scanner goes through the lines of a file.
type scanner struct {
	lines []string
	at    int // lines read
}

func (s *scanner) next() (string, bool) {
	if s.at >= len(s.lines) {
		return "", false
	}
	s.at++
	return s.lines[s.at-1], true
}

// commands reads a whole file. comment hears of every comment line, command of
// every command after its comments.
func commands(text string, comment func(string), command func()) ([]Command, error) {
	s := &scanner{lines: strings.Split(strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\r\n", "\n"), "\n")}
	var out []Command
	for {
		line, ok := s.next()
		if !ok {
			return out, nil
		}
		at := s.at
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") {
			comment(strings.TrimSpace(line[1:]))
			continue
		}
		for strings.HasSuffix(line, `\`) {
			more, ok := s.next()
			if !ok {
				break
			}
			line = strings.TrimSuffix(line, `\`) + " " + strings.TrimSpace(more)
		}
		c, err := parseLine(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", at, err)
		}
		if c.Name == "" {
			continue
		}
		c.Line = at
		if c.Input, c.Expected, err = s.rest(); err != nil {
			return nil, fmt.Errorf("line %d: %w", at, err)
		}
		out = append(out, c)
		command()
	}
}

// rest reads input and expectation of a command.
func (s *scanner) rest() (input, expected string, err error) {
	var in strings.Builder
	for {
		line, ok := s.next()
		if !ok {
			return strings.TrimSpace(in.String()), "", nil
		}
		if line == "----" {
			break
		}
		in.WriteString(line + "\n")
	}
	var want strings.Builder
	line, ok := s.next()
	if ok && line == "----" { // blank lines are part of it, until ---- twice
		for line, ok = s.next(); ok; line, ok = s.next() {
			if line != "----" {
				want.WriteString(line + "\n")
				continue
			}
			second, more := s.next()
			if !more {
				break
			}
			if second == "----" {
				if after, more := s.next(); more && after != "" {
					return "", "", errors.New("a line right after ---- ----")
				}
				break
			}
			want.WriteString(line + "\n" + second + "\n")
		}
		return strings.TrimSpace(in.String()), want.String(), nil
	}
	for ; ok && strings.TrimSpace(line) != ""; line, ok = s.next() {
		want.WriteString(line + "\n")
	}
	return strings.TrimSpace(in.String()), want.String(), nil
}

// parseLine reads the line of a command.
func parseLine(line string) (Command, error) {
	rest := strings.TrimSpace(line)
	until := func(chars string) (word string) {
		i := strings.IndexAny(rest, chars)
		if i < 0 {
			i = len(rest)
		}
		word, rest = rest[:i], rest[i:]
		return word
	}
	c := Command{Name: until(" ")}
	for rest = strings.TrimSpace(rest); rest != ""; rest = strings.TrimSpace(rest) {
		a := Arg{Key: until(" =")}
		if a.Key == "" {
			return Command{}, fmt.Errorf("an argument without a name in %q", line)
		}
		if strings.HasPrefix(rest, "=") {
			rest = rest[1:]
			if strings.HasPrefix(rest, "(") {
				var n int
				if a.Values, n = list(rest); n == 0 {
					return Command{}, fmt.Errorf("a list without an end in %q", line)
				}
				rest = rest[n:]
			} else {
				a.Values = []string{until(" ")}
			}
		}
		c.Args = append(c.Args, a)
	}
	return c, nil
}

// list reads (one, two) and says how long it is; 0 if it has no end.
func list(s string) (values []string, length int) {
	depth, from := 1, 1
	for at := 1; at < len(s); {
		r, size := utf8.DecodeRuneInString(s[at:])
		at += size
		switch {
		case r == ',' && depth == 1:
			values = append(values, s[from:at-1])
			for at < len(s) && s[at] == ' ' {
				at++
			}
			from = at
		case r == '(':
			depth++
		case r == ')':
			if depth--; depth == 0 {
				return append(values, s[from:at-1]), at
			}
		}
	}
	return nil, 0
}
