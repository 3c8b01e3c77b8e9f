package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// A Helm template is the plain manifest with a few of its values taken from
// .Values. While it is still a tree such a value is a slot: a word that is nowhere in
// the data; once the tree is text, the line with the word becomes the template's.
// Everything else in the text is data, and no brace of it reaches the engine.

// slots are the places of one manifest that are filled by templates.
type slots struct {
	word string // begins the words
	fill []slot
}

type slot struct {
	// value is an action that prints the value on the same line.
	value string
	// block is an action that prints a map or a list, on lines of their own below a key.
	block string
	// optional is a key that is there only if the expression says something; with key
	// "", entries that go on in the map or list at hand.
	optional, key string
}

// newSlots finds a word that an object does not have, nor a note on it.
func newSlots(o *object) (*slots, error) {
	data, err := json.Marshal([]any{o.tree, o.notes})
	if err != nil {
		return nil, err
	}
	word := "TRANSHIPSLOT"
	for bytes.Contains(data, []byte(word)) {
		word += "X"
	}
	return &slots{word: word}, nil
}

func (s *slots) add(x slot) string {
	s.fill = append(s.fill, x)
	return s.word + strconv.Itoa(len(s.fill)-1) + "Z"
}

// value takes a scalar from the values, as an action that prints it.
func (s *slots) value(action string) any { return s.add(slot{value: action}) }

// text takes a string from the values. What quote prints every reader of YAML takes
// for that string.
func (s *slots) text(expression string) any { return s.value(expression + " | quote") }

// block takes a map or a list.
func (s *slots) block(expression string) any { return s.add(slot{block: expression}) }

// optional adds a key to a map that has none such, if the values have something.
func (s *slots) optional(m map[string]any, key, expression string) {
	m[s.add(slot{optional: expression, key: key})] = nil
}

// more adds entries of the values to a map.
func (s *slots) more(m map[string]any, expression string) {
	m[s.add(slot{optional: expression})] = nil
}

// moreItems adds those to a list.
func (s *slots) moreItems(list []any, expression string) []any {
	return append(list, s.add(slot{optional: expression}))
}

// template makes a template of a manifest with slots.
func (s *slots) template(data []byte) ([]byte, error) {
	var b bytes.Buffer
	for line := range bytes.Lines(data) {
		text := string(line)
		at := strings.Index(text, s.word)
		if at < 0 {
			b.WriteString(escape(text))
			continue
		}
		number, rest, ok := strings.Cut(text[at+len(s.word):], "Z")
		n, err := strconv.Atoi(number)
		if !ok || err != nil || n >= len(s.fill) {
			return nil, fmt.Errorf("the slot %q is not known", text)
		}
		b.WriteString(s.fill[n].line(text[:at], rest))
	}
	return b.Bytes(), nil
}

// line is what becomes of a line: before and after stand around the word.
func (x slot) line(before, after string) string {
	depth := len(before) - len(strings.TrimLeft(before, " -"))
	pad := strings.Repeat(" ", depth)
	switch {
	case x.value != "":
		return escape(before) + "{{ " + x.value + " }}" + escape(after)
	case x.block != "":
		return fmt.Sprintf("%s\n%s  {{- toYaml (%s) | nindent %d }}\n", escape(strings.TrimRight(before, " ")), pad, x.block, depth+2)
	case x.key != "":
		return fmt.Sprintf("%s{{- with %s }}\n%s%s:\n%s  {{- toYaml . | nindent %d }}\n%s{{- end }}\n",
			pad, x.optional, pad, x.key, pad, depth+2, pad)
	}
	// Items of a list begin where the hyphen of the word stood.
	depth = len(before) - len(strings.TrimLeft(before, " "))
	pad = strings.Repeat(" ", depth)
	return fmt.Sprintf("%s{{- with %s }}\n%s{{- toYaml . | nindent %d }}\n%s{{- end }}\n", pad, x.optional, pad, depth, pad)
}

// escape keeps data from being read as a template.
func escape(s string) string { return strings.ReplaceAll(s, "{{", `{{ "{{" }}`) }
