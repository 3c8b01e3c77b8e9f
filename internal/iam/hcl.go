package iam

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// hcl writes a value as `terraform fmt` leaves it.
// https://developer.hashicorp.com/terraform/language/style
func hcl(b *strings.Builder, indent string, v any) {
	in := indent + "  "
	switch v := v.(type) {
	case string:
		b.WriteString(quoted(v))
	case bare:
		b.WriteString(string(v))
	case call:
		b.WriteString(v.name + "(")
		hcl(b, indent, v.value)
		b.WriteByte(')')
	case list:
		if len(v) == 0 {
			b.WriteString("[]")
			return
		}
		if hclSimple(v) {
			b.WriteByte('[')
			hcl(b, indent, v[0])
			b.WriteByte(']')
			return
		}
		b.WriteString("[\n")
		for _, x := range v {
			b.WriteString(in)
			hcl(b, in, x)
			b.WriteString(",\n")
		}
		b.WriteString(indent + "]")
	case object:
		if len(v) == 0 {
			b.WriteString("{}")
			return
		}
		b.WriteString("{\n")
		hclFields(b, in, v)
		b.WriteString(indent + "}")
	case remarked:
		hclRemarked(b, indent, v)
	}
}

// hclRemarked writes an object with its comments as its first lines.
func hclRemarked(b *strings.Builder, indent string, v remarked) {
	o, ok := v.value.(object)
	if !ok {
		hcl(b, indent, v.value)
		return
	}
	b.WriteString("{\n")
	comment(b, indent+"  ", v.remarks...)
	hclFields(b, indent+"  ", o)
	b.WriteString(indent + "}")
}

// hclFields writes names and values: = under = for those that stand line by line.
func hclFields(b *strings.Builder, indent string, o object) {
	for i := 0; i < len(o); {
		j, wide := i, 0
		for ; j < len(o) && hclSimple(o[j].value) && (j == i || len(o[j].remarks) == 0); j++ {
			wide = max(wide, utf8.RuneCountInString(hclKey(o[j].name)))
		}
		if j == i { // of several lines: alone
			j, wide = i+1, utf8.RuneCountInString(hclKey(o[i].name))
		}
		for ; i < j; i++ {
			comment(b, indent, o[i].remarks...)
			k := hclKey(o[i].name)
			b.WriteString(indent + k + strings.Repeat(" ", wide-utf8.RuneCountInString(k)) + " = ")
			hcl(b, indent, o[i].value)
			b.WriteByte('\n')
		}
	}
}

// quoted is a string as HCL reads it back: no template in it is one.
// https://developer.hashicorp.com/terraform/language/expressions/strings
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case (r == '$' || r == '%') && strings.HasPrefix(s[i+1:], "{"):
			b.WriteRune(r)
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// hclSimple says that a value is written in one line: a list of one is, too.
func hclSimple(v any) bool {
	if l, ok := v.(list); ok && len(l) == 1 {
		return hclSimple(l[0])
	}
	return simple(v)
}

// hclKey is a name of a map: plain where HCL takes it so.
func hclKey(name string) string {
	if name != "" && identifier(name) == name {
		return name
	}
	return quoted(name)
}
