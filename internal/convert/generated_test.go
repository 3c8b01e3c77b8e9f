package convert_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tranship/tranship/internal/convert"
	"github.com/tranship/tranship/internal/convert/corpus"
	"github.com/tranship/tranship/internal/convert/ledger"
	"github.com/tranship/tranship/internal/inventory"
	"github.com/tranship/tranship/internal/names"
)

// Whatever AWS may say of a service, nothing of it is lost, nothing of it leaks, and
// what comes out is what Kubernetes could take.
func TestGenerated(t *testing.T) { rapid.Check(t, generated) }

func generated(t *rapid.T) {
	r := holds(t, corpus.Generated(false).Draw(t, "case"))
	for _, o := range r.Objects {
		acceptable(t, o)
	}
}

// What AWS would never say harms nobody, either.
func TestGeneratedNonsense(t *testing.T) { rapid.Check(t, nonsense) }

func nonsense(t *rapid.T) {
	c := corpus.Generated(true).Draw(t, "case")
	if _, err := convert.Convert(c.Input, c.Options); errors.Is(err, convert.ErrIncomplete) {
		return
	}
	holds(t, c)
}

func FuzzGenerated(f *testing.F) { f.Fuzz(rapid.MakeFuzz(generated)) }

func FuzzNonsense(f *testing.F) { f.Fuzz(rapid.MakeFuzz(nonsense)) }

// The same holds of the cases that people wrote.
func TestCorpusHolds(t *testing.T) {
	for _, c := range cases(t) {
		t.Run(c.Name, func(t *testing.T) {
			r := holds(t, c)
			for _, o := range r.Objects {
				acceptable(t, o)
			}
		})
	}
}

// FuzzDocuments changes the documents themselves: what is no JSON or no service is
// said to be none.
func FuzzDocuments(f *testing.F) {
	for _, c := range cases(f) {
		f.Add([]byte(c.Input.Service.Document), []byte(c.Input.Task.Document))
	}
	f.Add([]byte(`{"serviceName":"x"}`), []byte(`{"containerDefinitions":[{"name":1,"cpu":"x","portMappings":{}}]}`))
	f.Fuzz(func(t *testing.T, service, task []byte) {
		in, err := convert.Saved(service, task)
		if errors.Is(err, names.ErrInvalid) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := convert.Convert(in, convert.Options{}); err == nil {
			holds(t, corpus.Case{Input: in})
		} else if !errors.Is(err, ledger.ErrDocument) && !errors.Is(err, convert.ErrNoTask) && !errors.Is(err, convert.ErrIncomplete) {
			t.Fatal(err)
		}
	})
}

// failer is what a test and a property have in common.
type failer interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// holds checks what is true of every conversion.
func holds(t failer, c corpus.Case) convert.Result {
	t.Helper()
	in := convert.Named([]convert.Input{c.Input}, c.Options)[0]
	r, err := convert.Convert(in, c.Options)
	if err != nil {
		t.Fatalf("%v", err)
	}
	nothingLost(t, c, r)
	nothingLeaks(t, r)
	text, err := corpus.Manifests(r.Objects)
	if err != nil {
		t.Fatalf("%v", err)
	}
	again, err := convert.Convert(convert.Named([]convert.Input{c.Input}, c.Options)[0], c.Options)
	if err != nil {
		t.Fatalf("the second time: %v", err)
	}
	if other, _ := corpus.Manifests(again.Objects); other != text || bytesOf(t, again) != bytesOf(t, r) {
		t.Errorf("the same input came out otherwise the second time:\n%s\n%s", text, other)
	}
	return r
}

func bytesOf(t failer, r convert.Result) string {
	data, err := json.Marshal([]any{r.Entries, r.Decisions})
	if err != nil {
		t.Fatalf("%v", err)
	}
	return string(data)
}

// nothingLost: each field that is set has one entry.
func nothingLost(t failer, c corpus.Case, r convert.Result) {
	t.Helper()
	docs := []inventory.Document{c.Input.Task.Document, c.Input.Service.Document}
	if s := c.Input.Service.Scaling; s != nil {
		docs = append(docs, s.Target)
		docs = append(docs, s.Policies...)
		docs = append(docs, s.Scheduled...)
	}
	want := 0
	for _, d := range docs {
		if len(d) == 0 {
			continue
		}
		n, err := corpus.Leaves(d)
		if err != nil {
			t.Fatalf("%v", err)
		}
		want += n
	}
	if len(r.Entries) != want {
		t.Errorf("%d entries for %d fields that are set", len(r.Entries), want)
	}
	for _, e := range r.Entries {
		if e.Outcome != ledger.Mapped && e.Why == "" {
			t.Errorf("nobody says why: %s", e)
		}
		if e.Outcome == ledger.Mapped && e.To == "" && e.Why == "" {
			t.Errorf("nobody says where it went: %s", e)
		}
	}
}

// nothingLeaks: what a log driver was told in the clear is in no object, and a value of
// the environment is where the container looks for it, and nowhere else.
func nothingLeaks(t failer, r convert.Result) {
	t.Helper()
	said := bytesOf(t, r)
	for _, o := range r.Objects {
		data, err := json.Marshal(o.Object)
		if err != nil {
			t.Fatalf("%v", err)
		}
		if strings.Contains(string(data), corpus.SecretMark) {
			t.Errorf("a secret came out in %s", data)
		}
		for _, n := range o.Notes {
			said += n.Text
		}
	}
	for _, mark := range []string{corpus.SecretMark, corpus.EnvironmentMark} {
		if strings.Contains(said, mark) {
			t.Errorf("the ledger, a decision or a note tells a value: %s", said)
		}
	}
}
