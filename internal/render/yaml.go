package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// encode writes a tree as one YAML document, as people write manifests: two letters
// deep, lists not indented, long lines whole.
func encode(n *yaml.Node) ([]byte, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	e.CompactSeqIndent()
	if err := e.Encode(n); err != nil {
		return nil, err
	}
	if err := e.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// nodeOf makes a YAML tree of what JSON decodes to; parent is the key that leads here.
func nodeOf(v any, parent string) (*yaml.Node, error) {
	switch v := v.(type) {
	case map[string]any:
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		if len(v) == 0 {
			n.Style = yaml.FlowStyle
		}
		for _, k := range keysOf(v, parent) {
			value, err := nodeOf(v[k], k)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", k, err)
			}
			key := textNode(k)
			if key.Style == yaml.LiteralStyle {
				key.Style = yaml.DoubleQuotedStyle
			}
			n.Content = append(n.Content, key, value)
		}
		return n, nil
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		if len(v) == 0 {
			n.Style = yaml.FlowStyle
		}
		for i, x := range v {
			item, err := nodeOf(x, "")
			if err != nil {
				return nil, fmt.Errorf("%d: %w", i, err)
			}
			n.Content = append(n.Content, item)
		}
		return n, nil
	case string:
		return textNode(v), nil
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: strconv.FormatBool(v)}, nil
	case json.Number:
		if _, err := v.Int64(); err == nil {
			return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: v.String()}, nil
		}
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!float", Value: v.String()}, nil
	case int:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: strconv.Itoa(v)}, nil
	case nil:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}, nil
	}
	return nil, fmt.Errorf("%T is nothing that JSON has", v)
}

// textNode writes a string: bare where every reader of YAML, also one of version 1.1
// such as kubectl's, takes it for a string; as a block where it has lines; else quoted.
func textNode(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	switch {
	case bare(s):
	case block(s):
		n.Style = yaml.LiteralStyle
	default:
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// words are taken for something else than a string by some reader.
// https://yaml.org/type/bool.html
var words = map[string]bool{
	"y": true, "n": true, "yes": true, "no": true, "on": true, "off": true, "true": true, "false": true,
	"null": true, "nan": true, "inf": true,
}

func bare(s string) bool {
	if s == "" || strings.TrimSpace(s) != s || words[strings.ToLower(s)] ||
		strings.Contains(s, ": ") || strings.HasSuffix(s, ":") {
		return false
	}
	for i, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r == '/', r == '_', r == '$':
		case i == 0 && r == '-':
			if letters := strings.TrimLeft(s, "-"); letters == "" || len(s)-len(letters) > 2 || !unicode.IsLetter(rune(letters[0])) {
				return false
			}
		case i == 0 && strings.HasPrefix(s, "./"):
		case i > 0 && strings.ContainsRune(" .:@%+=,()-;*", r):
		case r >= '0' && r <= '9':
			// 12:30:00 is a number to some, 512Mi and 10/second to nobody.
			if i == 0 && !quantity(s) && !strings.Contains(s, "/") {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// quantity says that it is an amount of Kubernetes with a unit, or a percentage.
func quantity(s string) bool {
	digits := strings.TrimLeft(s, "0123456789")
	switch digits {
	case "m", "k", "M", "G", "T", "Ki", "Mi", "Gi", "Ti", "%", "s", "h", "d":
		return digits != s
	}
	return false
}

// block says that a text of several lines can stand as it is.
func block(s string) bool {
	if !strings.Contains(strings.TrimSuffix(s, "\n"), "\n") || !utf8.ValidString(s) || strings.ContainsAny(s[:1], " \t\n") {
		return false
	}
	for line := range strings.SplitSeq(s, "\n") {
		if strings.HasSuffix(line, " ") || strings.HasSuffix(line, "\t") {
			return false
		}
		for _, r := range line {
			if r != '\t' && !unicode.IsPrint(r) || r == '\uFEFF' {
				return false
			}
		}
	}
	return !strings.HasSuffix(s, "\n\n")
}

// inline is a string as it stands in YAML that is put together as text, on one line.
func inline(s string) string {
	n := textNode(s)
	if n.Style == yaml.LiteralStyle {
		n.Style = yaml.DoubleQuotedStyle
	}
	data, err := encode(n)
	if err != nil { // a string can always be written
		return strconv.Quote(s)
	}
	return strings.TrimSuffix(string(data), "\n")
}
