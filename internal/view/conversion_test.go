package view

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/internal/convert"
	"github.com/tranship/tranship/internal/convert/ledger"
)

// What is counted is what there is, and text of others becomes no markup and no line.
func TestConversion(t *testing.T) {
	c := Summarize([]convert.Result{
		{
			Cluster: "prod", Service: "Orders", Namespace: "prod", Name: "orders",
			Entries: []ledger.Entry{
				{Document: "service", Path: "a", Outcome: ledger.Mapped},
				{Document: "service", Path: "b", Outcome: ledger.Unsupported, Why: "no <b>way</b>\nat all"},
				{Document: "service", Path: "c", Outcome: ledger.NeedsDecision, Why: "which?"},
			},
			Decisions: []ledger.Decision{{ID: "service:c", Question: "which <one>?", Answers: []ledger.Answer{{Word: "this", Then: "that"}}}, {ID: "service:d", Chosen: "x"}},
		},
		{Cluster: "prod", Service: "users", Namespace: "prod", Name: "users"},
	}, []error{errors.New("convert <it>: no")})
	var b bytes.Buffer
	if err := ConversionText(&b, c, Style{}); err != nil {
		t.Fatal(err)
	}
	want := `NAMESPACE  NAME    ECS SERVICE  OBJECTS  MAPPED  DROPPED  APPROXIMATED  UNSUPPORTED  OPEN
prod       orders  prod/Orders        0       1        0             0            1     1
prod       users   prod/users         0       0        0             0            0     0

1 of 2 services have nothing left to decide and can be applied. Decisions open: 1. Of 3 fields 1 mapped, 1 to be decided, 1 unsupported.

Unsupported:
  service b: no <b>way</b> at all
    prod/Orders

To be decided:
  which <one>?
    prod/Orders

Not converted:
  convert <it>: no
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
	b.Reset()
	if err := ConversionHTML(&b, c); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"no &lt;b&gt;way", "which &lt;one&gt;?", "convert &lt;it&gt;: no", "<code>this</code>: that"} {
		if !strings.Contains(b.String(), text) {
			t.Errorf("%q is not in\n%s", text, b.String())
		}
	}
	b.Reset()
	if err := ConversionJSON(&b, c); err != nil {
		t.Fatal(err)
	}
	var back Conversion
	if err := json.Unmarshal(b.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c, back); diff != "" {
		t.Error(diff)
	}
	if back.Ready != 1 || back.Open != 1 || back.Total != 3 || back.APIVersion != "tranship.dev/conversion/v1" {
		t.Errorf("%+v", back)
	}
}

// What holds for many services is written once, and names a few of them.
func TestFindings(t *testing.T) {
	var s findings
	for _, who := range []string{"a", "a", "b", "c", "d", "e"} {
		s.add("all", who)
	}
	s.add("one", "b")
	var b strings.Builder
	s.write(&b, "Heading")
	var none findings
	none.write(&b, "Nothing")
	want := "\nHeading:\n  all\n    a, b, c and 2 more\n  one\n    b\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}
