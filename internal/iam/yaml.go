package iam

import (
	"fmt"
	"strings"
)

// yaml writes a value in YAML's block style. Strings are quoted as in JSON, which
// YAML 1.2 reads the same; so nothing is taken for a date, a number or yes.
func yaml(b *strings.Builder, indent string, v any) {
	switch v := v.(type) {
	case object:
		for _, f := range v {
			yamlField(b, indent, indent, f)
		}
	case list:
		for _, x := range v {
			yamlItem(b, indent, x)
		}
	}
}

// yamlField writes one name and its value; first is what its line begins with.
func yamlField(b *strings.Builder, indent, first string, f field) {
	if first == indent {
		comment(b, indent, f.remarks...)
	}
	b.WriteString(first + yamlKey(f.name) + ":")
	if simple(f.value) {
		b.WriteString(" " + yamlScalar(f.value) + "\n")
		return
	}
	b.WriteByte('\n')
	yaml(b, indent+"  ", f.value)
}

func yamlItem(b *strings.Builder, indent string, x any) {
	if r, ok := x.(remarked); ok {
		comment(b, indent, r.remarks...)
		x = r.value
	}
	switch x := x.(type) {
	case object:
		if len(x) == 0 {
			b.WriteString(indent + "- {}\n")
			return
		}
		for i, f := range x {
			first := indent + "  "
			if i == 0 {
				first = indent + "- "
			}
			yamlField(b, indent+"  ", first, f)
		}
	case list:
		if len(x) == 0 {
			b.WriteString(indent + "- []\n")
			return
		}
		b.WriteString(indent + "-\n")
		yaml(b, indent+"  ", x)
	default:
		b.WriteString(indent + "- " + yamlScalar(x) + "\n")
	}
}

func yamlScalar(v any) string {
	switch v := v.(type) {
	case string:
		return yamlString(v)
	case bare:
		return string(v)
	case list:
		return "[]"
	case object:
		return "{}"
	}
	return "null"
}

// yamlString is a string as JSON has it, and what YAML does not take in a line escaped.
func yamlString(s string) string {
	raw, _ := encode(s) // a string is always JSON
	var b strings.Builder
	for _, r := range string(raw) {
		if r >= 0x7f && r < 0xa0 || r == 0xfeff || r == 0xfffe || r == 0xffff {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// yamlKey is plain where YAML can't take it for something else.
func yamlKey(name string) string {
	switch name {
	case "Null", "True", "False":
	default:
		if (len(name) > 3 || name == "Sid") && identifier(name) == name && name[0] >= 'A' && name[0] <= 'Z' {
			return name
		}
	}
	return yamlString(name)
}
