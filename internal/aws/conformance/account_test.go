package conformance_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	sd "github.com/aws/aws-sdk-go-v2/service/servicediscovery"

	"github.com/tranship/tranship/internal/aws/conformance"
	"github.com/tranship/tranship/lab/cloud"
)

// account is a Cloud with a stranger in it.
func account(t *testing.T, cfg cloud.Config) (*cloud.Cloud, *conformance.Account) {
	t.Helper()
	c := cloud.New(cfg)
	if _, err := c.CloudMap().CreateHttpNamespace(t.Context(), &sd.CreateHttpNamespaceInput{Name: text("theirs.scratch.example")}); err != nil {
		t.Fatal(err)
	}
	return c, &conformance.Account{
		API: c.CloudMap(), VPC: c.Config().VPC.ID, Scratch: "scratch.example", Nonce: "n1",
		Wait: func(ctx context.Context, d time.Duration) error {
			c.Advance(c.Now().Add(d))
			return ctx.Err()
		},
	}
}

func text(s string) *string { return &s }

// An account that behaves as the model does agrees with every case; nothing of
// the run stays, and nothing else is touched.
func TestAccount(t *testing.T) {
	cases, err := conformance.Cases()
	if err != nil {
		t.Fatal(err)
	}
	c, a := account(t, cloud.Config{Account: "987654321098"})
	results, err := a.Run(t.Context(), cases)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[conformance.Outcome]int{}
	for _, r := range results {
		counts[r.Outcome]++
		if r.Outcome == conformance.Differs {
			last := r.Steps[len(r.Steps)-1]
			t.Errorf("%s %s: %s\nexpected %q\nseen     %q", r.Case, r.Title, last.Command, last.Expected, last.Seen)
		}
		if (r.Outcome == conformance.NotRun) != (r.Reason != "") {
			t.Errorf("%s: %s, because %q", r.Case, r.Outcome, r.Reason)
		}
	}
	if counts[conformance.Agrees] < 50 || counts[conformance.OtherSide] != 3 || len(results) != len(cases) {
		t.Errorf("%v of %d cases", counts, len(cases))
	}
	b, err := json.Marshal(results)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{c.Config().Account, c.Config().VPC.ID} {
		if strings.Contains(string(b), secret) {
			t.Errorf("the results say %s", secret)
		}
	}
	gone(t, c, a)
}

func gone(t *testing.T, c *cloud.Cloud, a *conformance.Account) {
	t.Helper()
	left, err := a.Sweep(t.Context())
	if err != nil || len(left) > 0 {
		t.Fatalf("left %v, %v", left, err)
	}
	out, err := c.CloudMap().ListNamespaces(t.Context(), &sd.ListNamespacesInput{})
	if err != nil || len(out.Namespaces) != 1 || *out.Namespaces[0].Name != "theirs.scratch.example" {
		t.Errorf("after the sweep: %+v, %v", out.Namespaces, err)
	}
}

// An account that behaves otherwise is found out, on the first step that shows it.
func TestAccountThatDiffers(t *testing.T) {
	cases, err := conformance.Parse("f", "# a case\nnew\n----\n\nnamespace http\n----\n\ncreate-service ns=web name=a\n----\na srv:a HTTP instances=0\n\n"+
		"create-service ns=web name=a\n----\nResourceInUse: whatever\n\nget-service ns=web name=a\n----\n")
	if err != nil {
		t.Fatal(err)
	}
	c, a := account(t, cloud.Config{})
	results, err := a.Run(t.Context(), cases)
	if err != nil || len(results) != 1 || results[0].Outcome != conformance.Differs || len(results[0].Steps) != 3 {
		t.Fatalf("%+v, %v", results, err)
	}
	gone(t, c, a)
}

// A run that is interrupted says so, and a sweep takes the rest away.
func TestAccountInterrupted(t *testing.T) {
	cases, err := conformance.Cases()
	if err != nil {
		t.Fatal(err)
	}
	c, a := account(t, cloud.Config{})
	ctx, stop := context.WithCancel(t.Context())
	seen := 0
	a.Each = func(r conformance.Result) {
		if r.Outcome == conformance.Agrees {
			if seen++; seen == 5 {
				stop()
			}
		}
	}
	if _, err := a.Run(ctx, cases); !errors.Is(err, context.Canceled) {
		t.Fatalf("run: %v", err)
	}
	if ids, err := a.Left(t.Context()); err != nil || len(ids) == 0 {
		t.Fatalf("nothing was left to sweep: %v, %v", ids, err)
	}
	gone(t, c, a)
}

// Without a VPC the cases that need none run.
func TestAccountWithoutVPC(t *testing.T) {
	cases, err := conformance.Cases()
	if err != nil {
		t.Fatal(err)
	}
	_, a := account(t, cloud.Config{})
	a.VPC = ""
	run, vpc := 0, 0
	for _, c := range cases {
		switch why := a.Why(c); {
		case why == "":
			run++
		case strings.Contains(why, "--vpc"):
			vpc++
		}
	}
	if run < 15 || vpc < 15 {
		t.Errorf("%d run, %d want a VPC", run, vpc)
	}
}
