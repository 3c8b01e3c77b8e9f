package convert

import "strings"

// escape writes a text so that Kubernetes leaves it as it was: in commands, arguments
// and values of variables it puts the variable's value for $(NAME), and $ for $$.
// https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
func escape(text string) string {
	if !strings.Contains(text, "$(") && !strings.Contains(text, "$$") {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		run := i
		for run < len(text) && text[run] == '$' {
			run++
		}
		if run == i {
			b.WriteByte(text[i])
			i++
			continue
		}
		dollars := text[i:run]
		if len(dollars) > 1 || run < len(text) && text[run] == '(' {
			b.WriteString(dollars)
		}
		b.WriteString(dollars)
		i = run
	}
	return b.String()
}

// escaped is escape for each of several.
func escaped(texts []string) []string {
	var out []string
	for _, t := range texts {
		out = append(out, escape(t))
	}
	return out
}
