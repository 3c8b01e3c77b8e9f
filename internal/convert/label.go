package convert

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// longest is how long a DNS label may be.
// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
const longest = 63

// label makes a DNS label of any text: lower case letters, digits and inner hyphens.
// Where letters had to go, a few of the text's digest keep different texts apart.
func label(text string) string { return labelOf(text, longest) }

// plain is label for names that people look for: lower case, and hyphens for
// underscores, are no loss, so that Orders_API is orders-api. Two texts may become one.
func plain(text string) string {
	return label(strings.ReplaceAll(strings.ToLower(text), "_", "-"))
}

// serviceLabel is plain for what a Service is called, too: it begins with a letter.
// https://kubernetes.io/docs/concepts/services-networking/service/#defining-a-service
func serviceLabel(text string) string {
	l := plain(text)
	if l[0] >= '0' && l[0] <= '9' {
		return labelOf("svc-"+l, longest)
	}
	return l
}

// marked is a label with a few letters of a text's digest, for a name that another has.
func marked(l, text string) string {
	sum := sha256.Sum256([]byte(text))
	mark := "-" + hex.EncodeToString(sum[:])[:5]
	return strings.TrimRight(l[:min(len(l), longest-len(mark))], "-") + mark
}

// labelOf is label with at most so many letters, at least 10.
func labelOf(text string, most int) string {
	var b strings.Builder
	lost := false
	for _, r := range text {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-':
			b.WriteRune(r)
		case r >= 'A' && r <= 'Z':
			b.WriteRune(r - 'A' + 'a')
			lost = true
		case r == '_', r == '.', r == ' ', r == '/':
			b.WriteByte('-')
			lost = true
		default:
			lost = true
		}
	}
	out := strings.Trim(b.String(), "-")
	if out == "" {
		out, lost = "x", true
	}
	if !lost && len(out) <= most && out == text {
		return out
	}
	sum := sha256.Sum256([]byte(text))
	mark := "-" + hex.EncodeToString(sum[:])[:5]
	if len(out) > most-len(mark) {
		out = strings.TrimRight(out[:most-len(mark)], "-")
	}
	return out + mark
}
