package render

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// annotate puts notes above the fields that they are about. A note on a field that
// is not there stands above the next one outwards, with what is missing of its path.
// Notes on the object itself are returned: they belong into its header.
func annotate(root *yaml.Node, notes []note) (top []string) {
	for _, n := range notes {
		if strings.TrimSpace(printable(n.text)) == "" {
			continue
		}
		at, missing := find(root, n.path)
		text := n.text
		if missing != "" {
			text = missing + ": " + text
		}
		if at == nil {
			top = append(top, text)
			continue
		}
		if at.HeadComment != "" {
			at.HeadComment += "\n"
		}
		at.HeadComment += comment(text)
	}
	return top
}

// note is a text for the reader of a field.
type note struct{ path, text string }

// find follows a path as far as it leads: the node above which a comment stands
// (the key of a field, or an item of a list; nil for the root), and what is left.
func find(root *yaml.Node, path string) (at *yaml.Node, missing string) {
	n := root
	for path != "" {
		switch n.Kind {
		case yaml.MappingNode:
			// Keys may have dots: the longest that fits is meant.
			best := -1
			for i := 0; i < len(n.Content); i += 2 {
				k := n.Content[i].Value
				if (path == k || strings.HasPrefix(path, k+".")) && (best < 0 || len(k) > len(n.Content[best].Value)) {
					best = i
				}
			}
			if best < 0 {
				return at, path
			}
			at = n.Content[best]
			path = strings.TrimPrefix(strings.TrimPrefix(path, at.Value), ".")
			n = n.Content[best+1]
		case yaml.SequenceNode:
			word, rest, _ := strings.Cut(path, ".")
			i, err := strconv.Atoi(word)
			if err != nil || i < 0 || i >= len(n.Content) {
				return at, path
			}
			n, path = n.Content[i], rest
			at = n
			// A comment above the first key of an item stands above the item.
			if n.Kind == yaml.MappingNode && len(n.Content) > 0 && path == "" {
				return at, ""
			}
		default:
			return at, path
		}
	}
	return at, ""
}

// comment makes lines of a comment of a text.
func comment(text string) string {
	var out []string
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		for _, part := range fold(strings.TrimRight(printable(line), " "), 100) {
			out = append(out, strings.TrimRight("# "+part, " "))
		}
	}
	return strings.Join(out, "\n")
}

// printable is a text without what YAML takes in no comment.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == '\uFEFF' || r == utf8.RuneError {
			return ' '
		}
		return r
	}, s)
}

// oneLine keeps data to one line.
func oneLine(s string) string { return strings.Join(strings.Fields(printable(s)), " ") }

// fold breaks a line between words, so that lines are not much longer than so many letters.
func fold(line string, most int) []string {
	var out []string
	at := ""
	for word := range strings.SplitSeq(line, " ") {
		if at != "" && len(at)+1+len(word) > most {
			out, at = append(out, at), word
			continue
		}
		if at == "" {
			at = word
			continue
		}
		at += " " + word
	}
	return append(out, at)
}
