package kubepod

import "strings"

// expand puts in the variables that a text refers to as $(NAME). One that is not
// found stays as it is; $$ is a $, so that $$(NAME) is no reference.
// https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/
func expand(text string, find func(string) (string, bool)) string {
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(text, "$")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		text = after
		if strings.HasPrefix(text, "$") {
			b.WriteByte('$')
			text = text[1:]
			continue
		}
		name, rest, closed := strings.Cut(strings.TrimPrefix(text, "("), ")")
		if !strings.HasPrefix(text, "(") || !closed {
			b.WriteByte('$')
			continue
		}
		v, found := find(name)
		if !found {
			v = "$(" + name + ")"
		}
		b.WriteString(v)
		text = rest
	}
}

func expandAll(texts []string, find func(string) (string, bool)) []string {
	var out []string
	for _, t := range texts {
		out = append(out, expand(t, find))
	}
	return out
}
