package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const document = `{
  "family": "orders", "cpu": "256", "volumes": [], "tags": null, "proxy": {},
  "containerDefinitions": [
    {"name": "app", "cpu": 10, "essential": true, "command": ["a", "b"], "healthCheck": {"retries": 3, "command": ["CMD", "x"]}},
    {"image": "i", "new": {"thing": 1}}
  ]
}`

func lines(b *Book) (out []string) {
	entries, asked := b.Close()
	for _, e := range entries {
		out = append(out, e.String()+" "+e.Field)
	}
	for _, d := range asked {
		out = append(out, fmt.Sprintf("? %s %q", d.ID, d.Chosen))
	}
	return out
}

func TestBook(t *testing.T) {
	known := func(field string) bool { return !strings.Contains(field, ".new") }
	chosen := map[string]string{"t:containerDefinitions[app].cpu": "limit", "t:containerDefinitions[1].image": "nonsense"}
	b, err := Open("t", []byte(document), known, chosen)
	if err != nil {
		t.Fatal(err)
	}
	r := b.Root()
	r.Field("family").Mapped("Deployment metadata.name")
	r.Field("volumes").Unsupported("not set, so not there")
	if n, ok := r.Field("cpu").Int(); n != 256 || !ok || r.Field("volumes").Set() || r.At("family.deeper").Set() {
		t.Error("values are not read as they are")
	}
	app, other := r.Field("containerDefinitions").Items()[0], r.Field("containerDefinitions").Items()[1]
	if app.Name() != "app" || other.Name() != "1" || app.Field("cpu").Name() != "cpu" || !app.Field("essential").Bool() {
		t.Error("names are not read as they are")
	}
	if diff := cmp.Diff([]string{"a", "b"}, app.Field("command").Texts()); diff != "" {
		t.Error(diff)
	}
	app.Field("command").Mapped("Deployment args")
	app.At("healthCheck.retries").Mapped("Deployment livenessProbe")
	app.At("healthCheck.retries").Mapped("Deployment readinessProbe")
	app.At("healthCheck.retries").Mapped("Deployment readinessProbe")
	app.Field("healthCheck").Rest().Approximated("Deployment livenessProbe", "restarts the container")
	app.Field("healthCheck").Field("command").Dropped("better than what was said before, so without effect")
	answers := []Answer{{"limit", "a limit is set"}, {"request", "no limit is set"}}
	if w := app.Field("cpu").Decide("", "limit it?", answers...); w != "limit" {
		t.Errorf("decided %q", w)
	}
	app.Field("cpu").Approximated("Deployment limits.cpu", "hard")
	if w := other.Field("image").Decide("", "which?", answers...); w != "" {
		t.Errorf("decided %q", w)
	}
	want := []string{
		"t containerDefinitions[1].image: needs decision (which?) containerDefinitions[].image",
		"t containerDefinitions[1].new.thing: unsupported (AWS' model, as this version of tranship knows it, has no such field) containerDefinitions[].new.thing",
		"t containerDefinitions[app].command: mapped → Deployment args containerDefinitions[].command",
		"t containerDefinitions[app].cpu: approximated → Deployment limits.cpu (hard) containerDefinitions[].cpu",
		"t containerDefinitions[app].essential: unsupported (this version of tranship does nothing with it) containerDefinitions[].essential",
		"t containerDefinitions[app].healthCheck.command: approximated → Deployment livenessProbe (restarts the container) containerDefinitions[].healthCheck.command",
		"t containerDefinitions[app].healthCheck.retries: mapped → Deployment livenessProbe, Deployment readinessProbe containerDefinitions[].healthCheck.retries",
		"t containerDefinitions[app].name: unsupported (this version of tranship does nothing with it) containerDefinitions[].name",
		"t cpu: unsupported (this version of tranship does nothing with it) cpu",
		"t family: mapped → Deployment metadata.name family",
		`? t:containerDefinitions[1].image ""`,
		`? t:containerDefinitions[app].cpu "limit"`,
	}
	if diff := cmp.Diff(want, lines(b)); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	if n := b.Fields(); n != 10 {
		t.Errorf("%d fields, want 10", n)
	}
}

// A key of a map, or a name of an item, may look like a path.
func TestNames(t *testing.T) {
	b, err := Open("t", []byte(`{"labels":{"com.example/x[0]":"1"},"list":[{"name":"a.b]"},{"name":"a.b]"},{"key":"k"},{}]}`), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range b.Root().Items() {
		for _, n := range f.Items() {
			got = append(got, n.Name())
		}
	}
	if diff := cmp.Diff([]string{"com.example/x[0]", "a.b]", "a.b]#1", "k"}, got); diff != "" {
		t.Error(diff)
	}
	if name := b.Root().Field("nothing").Name(); name != "" {
		t.Errorf("nothing is called %q", name)
	}
}

func TestNoDocument(t *testing.T) {
	for _, text := range []string{"", "[]", "1", "null", "{", "{} {}", `{"a":}`} {
		if _, err := Open("t", []byte(text), nil, nil); !errors.Is(err, ErrDocument) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if b, err := Open("t", []byte("{}"), nil, nil); err != nil || b.Fields() != 0 || b.Root().Field("x").Set() {
		t.Errorf("an empty document: %v", err)
	}
}

// Whatever is said in whatever order, each field that is set has one entry, and what is
// said of it never gets better.
func TestNothingIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data, err := json.Marshal(object(3).Draw(t, "document"))
		if err != nil {
			t.Fatal(err)
		}
		b, err := Open("t", data, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		var all []Node
		var walk func(Node)
		walk = func(n Node) {
			all = append(all, n)
			for _, c := range n.Items() {
				walk(c)
			}
		}
		walk(b.Root())
		worst := map[string]int{}
		for range rapid.IntRange(0, 8).Draw(t, "words") {
			n := rapid.SampledFrom(all).Draw(t, "node")
			o := rapid.SampledFrom(Outcomes()).Draw(t, "outcome")
			n.becomes(o, "to", "why")
			n.p.leaves(func(p *place) { worst[p.path] = max(worst[p.path], o.rank()+1) })
		}
		entries, _ := b.Close()
		if len(entries) != b.Fields() {
			t.Fatalf("%d entries for %d fields", len(entries), b.Fields())
		}
		seen := map[string]bool{}
		for _, e := range entries {
			if seen[e.Path] {
				t.Fatalf("%s is there twice", e.Path)
			}
			seen[e.Path] = true
			if w := worst[e.Path]; w > 0 && e.Outcome.rank() != w-1 || w == 0 && e.Outcome != Unsupported {
				t.Fatalf("%s: %s after rank %d", e.Path, e.Outcome, w-1)
			}
		}
	})
}

func object(depth int) *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		m := map[string]any{}
		for _, k := range rapid.SliceOfN(rapid.StringMatching(`[a-z]{1,4}`), 0, 5).Draw(t, "keys") {
			switch kind := rapid.IntRange(0, 6).Draw(t, "kind"); {
			case kind == 0:
				m[k] = nil
			case kind == 1:
				m[k] = rapid.Int().Draw(t, "int")
			case kind == 2:
				m[k] = []any{"x", 1, true}
			case kind == 3 && depth > 0:
				m[k] = object(depth-1).Draw(t, "object")
			case kind == 4 && depth > 0:
				m[k] = []any{object(depth-1).Draw(t, "first"), object(depth-1).Draw(t, "second")}
			case kind == 5:
				m[k] = []any{}
			default:
				m[k] = rapid.StringMatching(`[a-z]{0,3}`).Draw(t, "text")
			}
		}
		return m
	})
}

// A copy of a part becomes what the part does, as far as the two are alike.
func TestAs(t *testing.T) {
	b, err := Open("t", []byte(`{"a":{"x":1,"y":[{"z":1},{"z":2}]},"b":{"x":1,"y":[{"z":1},{"z":2},{"z":3}],"w":1}}`), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	a := b.Root().Field("a")
	a.Field("x").Mapped("there")
	a.Field("y").Items()[1].Field("z").Decide("", "which?")
	b.Root().Field("b").As(a)
	b.Root().Field("c").As(a)
	b.Root().Field("b").Rest().Dropped("not alike")
	want := []string{
		"t a.x: mapped → there a.x",
		"t a.y[0].z: unsupported (this version of tranship does nothing with it) a.y[].z",
		"t a.y[1].z: needs decision (which?) a.y[].z",
		"t b.w: dropped (not alike) b.w",
		"t b.x: mapped → there b.x",
		"t b.y[0].z: dropped (not alike) b.y[].z",
		"t b.y[1].z: needs decision (which?) b.y[].z",
		"t b.y[2].z: dropped (not alike) b.y[].z",
		`? t:a.y[1].z ""`,
	}
	if diff := cmp.Diff(want, lines(b)); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}
