package render

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	yaml3 "go.yaml.in/yaml/v3"
	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"
)

// readers are who may read what is written: kubectl with YAML 1.1, others with 1.2.
var readers = map[string]func([]byte) (any, error){
	"1.1": func(b []byte) (any, error) {
		j, err := yaml.YAMLToJSON(b)
		if err != nil {
			return nil, err
		}
		var v any
		return v, json.Unmarshal(j, &v)
	},
	"1.2": func(b []byte) (any, error) {
		var v any
		if err := yaml3.Unmarshal(b, &v); err != nil {
			return nil, err
		}
		j, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		var out any
		return out, json.Unmarshal(j, &out)
	},
}

// says that all readers see in what is written what was meant.
func says(t interface {
	Helper()
	Fatalf(string, ...any)
}, tree map[string]any, notes []note) {
	t.Helper()
	n, err := nodeOf(tree, "")
	if err != nil {
		t.Fatalf("%v", err)
	}
	annotate(n, notes)
	data, err := encode(n)
	if err != nil {
		t.Fatalf("%v", err)
	}
	text, err := json.Marshal(tree)
	if err != nil {
		t.Fatalf("%v", err)
	}
	var want any
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatalf("%v", err)
	}
	for version, read := range readers {
		got, err := read(data)
		if err != nil {
			t.Fatalf("YAML %s does not read\n%s\n%v", version, data, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("YAML %s reads\n%s\nas something else:\n%s", version, data, d)
		}
	}
}

func TestStrings(t *testing.T) {
	for _, s := range []string{
		"", " ", "a", "a b", "yes", "No", "y", "on", "null", "~", "true", "1", "-1", "+1", "0x1f", "0o7", "017", "1_000", "1e3", ".5", ".inf", ".NaN", "nan",
		"12:30:00", "190:20:30", "2026-11-26", "2026-11-26T00:00:00Z", "=", "<<", "-", "--", "---", "-c", "--flag=x", "- a", "? a", ": a", "a: b", "a:", "a #b", "#a",
		"a\nb", "a\nb\n", "a\n\n", "\na\nb", " a\nb", "a \nb", "a\r\nb", "a\tb", "\ta", "a\tb\nc", "{{ x }}", "{a}", "[a]", "a, b", "*a", "&a", "!a", "|", ">", "%a", "@a", "`a", "'a'", `"a"`, `\`,
		"512Mi", "250m", "80%", "5s", "10/s", "1.2.3.4", "1.5", "é", "日本\n語", "\u0085", "\u2028", "\ufeff", "\x00", "\x7f", "a\u2028b\nc", "$(A)", "$$", "_", "...", "./a", "*", "a *b", "a\n---\nb", "a\n...\nb", "# a\nb",
		strings.Repeat("long ", 200), "💥\n💥",
	} {
		says(t, map[string]any{"a": s, "b": []any{s}}, nil)
		if s != "" {
			says(t, map[string]any{s: "x", "data": map[string]any{s: s}}, nil)
		}
	}
}

// TestWrittenAsPeopleDo: what needs no quotes has none.
func TestWrittenAsPeopleDo(t *testing.T) {
	for _, s := range []string{
		"orders", "512Mi", "250m", "80%", "--flag=x", "-c", "/usr/bin/app", "$(HOME)/bin", "apps/v1", "arn:aws:iam::123456789012:role/orders",
		"123456789012.dkr.ecr.eu-central-1.amazonaws.com/orders:1", "http://example:80/x", "two words", "./a/b", "a/*/b",
	} {
		if n := textNode(s); n.Style != 0 {
			t.Errorf("%q is quoted", s)
		}
	}
}

// tree draws what JSON may say, with text that YAML is touchy about.
func tree() *rapid.Generator[map[string]any] {
	text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[-:#{}\[\],&*!|>'"%@ \nyno0-9.e_~+=a]{0,12}`))
	var value func(depth int) *rapid.Generator[any]
	value = func(depth int) *rapid.Generator[any] {
		leaf := []*rapid.Generator[any]{
			text.AsAny(), rapid.Bool().AsAny(),
			rapid.Custom(func(t *rapid.T) any {
				return json.Number(rapid.StringMatching(`-?[1-9][0-9]{0,8}(\.[0-9]{1,4}[1-9])?`).Draw(t, "n"))
			}),
		}
		if depth == 0 {
			return rapid.OneOf(leaf...)
		}
		return rapid.OneOf(append(leaf,
			rapid.SliceOfN(rapid.Deferred(func() *rapid.Generator[any] { return value(depth - 1) }), 0, 3).AsAny(),
			rapid.MapOfN(text, rapid.Deferred(func() *rapid.Generator[any] { return value(depth - 1) }), 0, 3).AsAny(),
		)...)
	}
	return rapid.MapOfN(rapid.OneOf(text, rapid.SampledFrom(first)), value(3), 0, 4)
}

func TestEncodeSaysTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := tree().Draw(t, "tree")
		paths := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) note {
			return note{rapid.StringMatching(`([a-z0-9.]|spec|data|name){0,6}`).Draw(t, "path"), rapid.String().Draw(t, "text")}
		}), 0, 3).Draw(t, "notes")
		says(t, x, paths)
	})
}
