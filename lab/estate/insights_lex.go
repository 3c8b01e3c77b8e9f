package estate

import (
	"fmt"
	"regexp"
	"strings"
)

// insightsToken is a word, a text in quotes, a pattern in slashes or a sign.
type insightsToken struct {
	kind byte // w, q, /, or 0 for a sign
	text string
	at   int // offset in the query
}

func (t insightsToken) is(word string) bool {
	return t.kind == 0 && t.text == word || t.kind == 'w' && strings.EqualFold(t.text, word)
}

// malformed is a mistake in a query, and where it is.
type malformed struct {
	message  string
	from, to int
}

func (m *malformed) Error() string { return m.message }

func wrongAt(t insightsToken, format string, args ...any) error {
	return &malformed{fmt.Sprintf(format, args...), t.at, t.at + max(1, len(t.text))}
}

// insightsTokens cuts up a query. A # begins a comment.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
func insightsTokens(s string) ([]insightsToken, error) {
	var out []insightsToken
	wordy := func(c byte) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '@' || c == '.'
	}
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case c == '#':
			for i < len(s) && s[i] != '\n' {
				i++
			}
		case c == '"' || c == '\'' || c == '`' || c == '/':
			end := i + 1
			var b strings.Builder
			for ; end < len(s) && s[end] != c; end++ {
				if s[end] == '\\' && end+1 < len(s) {
					if c == '/' && s[end+1] != '/' {
						b.WriteByte('\\')
					}
					end++
				}
				b.WriteByte(s[end])
			}
			if end == len(s) {
				return nil, wrongAt(insightsToken{at: i, text: s[i:]}, "unclosed %c", c)
			}
			kind := byte('q')
			switch c {
			case '/':
				kind = '/'
				if _, err := regexp.Compile(b.String()); err != nil {
					return nil, wrongAt(insightsToken{at: i, text: s[i : end+1]}, "invalid regular expression: %v", err)
				}
			case '`':
				kind = 'w' // a field with any characters in its name
			}
			out = append(out, insightsToken{kind, b.String(), i})
			i = end + 1
		case wordy(c) || c == '-' && i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9':
			end := i + 1
			for end < len(s) && wordy(s[end]) {
				end++
			}
			out = append(out, insightsToken{'w', s[i:end], i})
			i = end
		default:
			n := 1
			if i+1 < len(s) && (s[i+1] == '=' && strings.IndexByte("!<>=", c) >= 0 || c == '=' && s[i+1] == '~') {
				n = 2
			}
			out = append(out, insightsToken{0, s[i : i+n], i})
			i += n
		}
	}
	return out, nil
}
