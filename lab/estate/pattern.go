package estate

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// parsePattern reads a filter pattern: words of which all must be in the
// message (with ? before each, any; with - before one, not that one), or
// conditions on the fields of a JSON message in braces. Nothing matches all.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
func parsePattern(s string) (func(message string) bool, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return func(string) bool { return true }, nil
	}
	tokens, err := patternTokens(s)
	if err != nil {
		return nil, err
	}
	if tokens[0].text == "{" && !tokens[0].quoted {
		return jsonPattern(tokens)
	}
	return wordPattern(tokens)
}

type patternToken struct {
	text   string
	quoted bool
	sign   byte // of a word: ? or -, or 0
}

// patternTokens cuts a pattern into words, quoted words and operators.
func patternTokens(s string) ([]patternToken, error) {
	var out []patternToken
	inJSON := strings.HasPrefix(s, "{")
	for i := 0; i < len(s); {
		t := patternToken{}
		if c := s[i]; !inJSON && (c == '?' || c == '-') && i+1 < len(s) {
			t.sign = c
			i++
		}
		switch c := s[i]; {
		case c == ' ' || c == '\t' || c == '\n':
			i++
			continue
		case c == '"':
			end := i + 1
			var b strings.Builder
			for ; end < len(s) && s[end] != '"'; end++ {
				if s[end] == '\\' && end+1 < len(s) {
					end++
				}
				b.WriteByte(s[end])
			}
			if end == len(s) {
				return nil, errors.New("Invalid filter pattern: a quotation mark is not closed")
			}
			t.text, t.quoted = b.String(), true
			i = end + 1
		case inJSON && strings.IndexByte("{}()", c) >= 0:
			t.text = s[i : i+1]
			i++
		case inJSON && strings.IndexByte("=!<>&|", c) >= 0:
			n := 1
			if i+1 < len(s) && (s[i+1] == '=' || s[i+1] == c && (c == '&' || c == '|')) {
				n = 2
			}
			t.text = s[i : i+n]
			i += n
		default:
			end := i
			for end < len(s) && s[end] != ' ' && s[end] != '"' && (!inJSON || strings.IndexByte("{}()=!<>&|\t\n", s[end]) < 0) {
				end++
			}
			t.text = s[i:end]
			i = end
		}
		out = append(out, t)
	}
	return out, nil
}

func wordPattern(tokens []patternToken) (func(string) bool, error) {
	var all, anyOf, none []string
	for _, t := range tokens {
		if !t.quoted {
			for _, c := range t.text {
				if c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
					return nil, fmt.Errorf("Invalid character(s) in term '%s'", t.text)
				}
			}
		}
		switch t.sign {
		case '?':
			anyOf = append(anyOf, t.text)
		case '-':
			none = append(none, t.text)
		default:
			all = append(all, t.text)
		}
	}
	return func(m string) bool {
		has := func(w string) bool { return strings.Contains(m, w) }
		for _, w := range all {
			if !has(w) {
				return false
			}
		}
		for _, w := range none {
			if has(w) {
				return false
			}
		}
		// Beside words that must be there, those with ? change nothing.
		if len(anyOf) == 0 || len(all) > 0 {
			return true
		}
		for _, w := range anyOf {
			if has(w) {
				return true
			}
		}
		return false
	}, nil
}

// condition says whether a JSON message fulfils it.
type condition func(message any) bool

func jsonPattern(tokens []patternToken) (func(string) bool, error) {
	p := &patternParser{tokens: tokens[1:]}
	c, err := p.or()
	if err != nil {
		return nil, err
	}
	if !p.take("}") || len(p.tokens) > 0 {
		return nil, errors.New("Invalid filter pattern: } is missing, or something follows it")
	}
	return func(m string) bool {
		if !strings.HasPrefix(m, "{") {
			return false
		}
		var v any
		return json.Unmarshal([]byte(m), &v) == nil && c(v)
	}, nil
}

type patternParser struct{ tokens []patternToken }

func (p *patternParser) take(text string) bool {
	if len(p.tokens) > 0 && p.tokens[0].text == text && !p.tokens[0].quoted {
		p.tokens = p.tokens[1:]
		return true
	}
	return false
}

func (p *patternParser) or() (condition, error) {
	left, err := p.and()
	for err == nil && p.take("||") {
		var right condition
		a := left
		right, err = p.and()
		left = func(m any) bool { return a(m) || right(m) }
	}
	return left, err
}

func (p *patternParser) and() (condition, error) {
	left, err := p.one()
	for err == nil && p.take("&&") {
		var right condition
		a := left
		right, err = p.one()
		left = func(m any) bool { return a(m) && right(m) }
	}
	return left, err
}

func (p *patternParser) one() (condition, error) {
	if p.take("(") {
		c, err := p.or()
		if err == nil && !p.take(")") {
			err = errors.New("Invalid filter pattern: ) is missing")
		}
		return c, err
	}
	if len(p.tokens) < 3 || !strings.HasPrefix(p.tokens[0].text, "$.") {
		return nil, errors.New("Invalid filter pattern: a condition is a selector such as $.field, an operator and a value")
	}
	path, op, want := selector(p.tokens[0].text), p.tokens[1].text, p.tokens[2]
	p.tokens = p.tokens[3:]
	switch op {
	case "NOT", "IS":
		return wordCondition(path, op+" "+want.text)
	case "=":
		return func(m any) bool { v, ok := lookUp(m, path); return ok && equals(v, want) }, nil
	case "!=":
		return func(m any) bool { v, ok := lookUp(m, path); return ok && !equals(v, want) }, nil
	case "<", ">", "<=", ">=":
		limit, err := strconv.ParseFloat(want.text, 64)
		if err != nil {
			return nil, fmt.Errorf("Invalid filter pattern: %s needs a number, not %s", op, want.text)
		}
		return func(m any) bool {
			v, ok := lookUp(m, path)
			n, isNumber := v.(float64)
			return ok && isNumber && (op[0] == '<' && n < limit || op[0] == '>' && n > limit || len(op) == 2 && n == limit)
		}, nil
	}
	return nil, fmt.Errorf("Invalid filter pattern: unknown operator %s", op)
}

func wordCondition(path []string, words string) (condition, error) {
	switch words {
	case "NOT EXISTS":
		return func(m any) bool { _, ok := lookUp(m, path); return !ok }, nil
	case "IS NULL":
		return func(m any) bool { v, ok := lookUp(m, path); return ok && v == nil }, nil
	case "IS TRUE", "IS FALSE":
		return func(m any) bool {
			v, _ := lookUp(m, path)
			b, isBool := v.(bool)
			return isBool && b == (words == "IS TRUE")
		}, nil
	}
	return nil, fmt.Errorf("Invalid filter pattern: unknown operator %s", words)
}

// selector cuts $.answers[0].Rdata into answers, 0, Rdata.
func selector(s string) []string {
	s = strings.NewReplacer("[", ".", "]", "").Replace(strings.TrimPrefix(s, "$."))
	return strings.Split(s, ".")
}

// lookUp follows a path into a JSON value.
func lookUp(v any, path []string) (any, bool) {
	for _, p := range path {
		switch x := v.(type) {
		case map[string]any:
			next, ok := x[p]
			if !ok {
				return nil, false
			}
			v = next
		case []any:
			n, err := strconv.Atoi(p)
			if err != nil || n < 0 || n >= len(x) {
				return nil, false
			}
			v = x[n]
		default:
			return nil, false
		}
	}
	return v, true
}

// equals compares a JSON value with that of a condition: a number by its value,
// text with * for anything.
func equals(v any, want patternToken) bool {
	switch x := v.(type) {
	case float64:
		n, err := strconv.ParseFloat(want.text, 64)
		return err == nil && n == x
	case string:
		return wild(want.text, x)
	case bool:
		return strconv.FormatBool(x) == want.text
	}
	return false
}

// wild matches text in which * stands for anything.
func wild(pattern, s string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == s
	}
	if !strings.HasPrefix(s, parts[0]) {
		return false
	}
	s = s[len(parts[0]):]
	for _, p := range parts[1 : len(parts)-1] {
		i := strings.Index(s, p)
		if i < 0 {
			return false
		}
		s = s[i+len(p):]
	}
	return strings.HasSuffix(s, parts[len(parts)-1])
}
