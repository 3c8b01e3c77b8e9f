package convert

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// expand does what the kubelet does with a command, an argument or a value of env,
// where no variable is set: $$ is $, $(NAME) what is set, and anything else itself.
func expand(text string) string {
	var b strings.Builder
	for text != "" {
		switch {
		case strings.HasPrefix(text, "$$"):
			b.WriteByte('$')
			text = text[2:]
		case strings.HasPrefix(text, "$(") && strings.Contains(text, ")"):
			b.WriteString("EXPANDED")
			text = text[strings.Index(text, ")")+1:]
		default:
			b.WriteByte(text[0])
			text = text[1:]
		}
	}
	return b.String()
}

// Whatever a text is, the container finds it as it was.
func TestEscape(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("$()aé ="))).Draw(t, "text")
		if got := expand(escape(text)); got != text {
			t.Fatalf("%q is written %q and found as %q", text, escape(text), got)
		}
	})
	if got := escape("costs $5, $HOME"); got != "costs $5, $HOME" {
		t.Errorf("what Kubernetes leaves alone became %q", got)
	}
}

func FuzzEscape(f *testing.F) {
	for _, seed := range []string{"$(A)", "$$", "$$(A)", "$", "$(", "a$b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got := expand(escape(text)); got != text {
			t.Errorf("%q is written %q and found as %q", text, escape(text), got)
		}
	})
}
