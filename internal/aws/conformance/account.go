package conformance

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	sd "github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/tranship/tranship/internal/aws"
)

// Account is a real account, or whatever answers in its place, and the scratch
// names in it.
type Account struct {
	API CloudMap
	// VPC in which private namespaces are made; "": cases that need one don't run.
	VPC string
	// Scratch ends the name of every namespace that is made. Nothing else is touched.
	Scratch string
	// Nonce is new for each run.
	Nonce string
	// Wait lets d pass, or returns ctx's error.
	Wait func(ctx context.Context, d time.Duration) error
	// Each hears of every case when it has ended.
	Each func(Result)

	shared map[string]string // name/type → id, of namespaces that cases share
}

// Connect makes a client that tries again what was throttled, and nothing else:
// a throttled call had no effect.
func Connect(cfg sdk.Config) CloudMap {
	return sd.NewFromConfig(cfg, func(o *sd.Options) {
		o.Retryer = retry.NewStandard(func(r *retry.StandardOptions) {
			r.MaxAttempts = 10
			r.Retryables = []retry.IsErrorRetryable{retry.RetryableErrorCode{Codes: retry.DefaultThrottleErrorCodes}}
		})
	})
}

// Outcome is how a case came out on an account.
type Outcome string

// The outcomes.
const (
	Agrees    Outcome = "agrees"
	Differs   Outcome = "differs"
	OtherSide Outcome = "other side" // of a switch: AWS does as the other case says
	NotRun    Outcome = "not run"
)

// Result is a case and how it came out.
type Result struct {
	Case    string   `json:"case"`
	Title   string   `json:"title"`
	Mark    Mark     `json:"mark"`
	Switch  string   `json:"switch,omitempty"`
	Sources []string `json:"sources"`
	Outcome Outcome  `json:"outcome"`
	Reason  string   `json:"reason,omitempty"`
	Steps   []Step   `json:"steps,omitempty"`
}

// Step is one command, without ids of the account.
type Step struct {
	Command  string `json:"command"`
	Expected string `json:"expected"`
	Seen     string `json:"seen"`
}

// Why says why a case can't run here; "" if it can.
func (a *Account) Why(c Case) string {
	if c.LabOnly != "" {
		return c.LabOnly
	}
	for _, cmd := range c.Commands {
		switch {
		case cmd.Name == "new" && (cmd.Has("rates") || cmd.Has("timing")):
			return "it sets rates or times, which only the model can"
		case cmd.Name != "new" && !Knows(cmd.Name):
			return cmd.Name + " is a command that only the model has"
		case a.VPC == "" && (cmd.Name == "namespace" || cmd.Name == "create-namespace") && !cmd.Has("http") && !cmd.Has("public"):
			return "a private namespace needs a VPC: name one with --vpc"
		}
	}
	return ""
}

// Run runs all cases that can run, one after the other. It returns what came out
// also with an error, which says that ctx ended or a case is no case. The scratch
// names are still there then, and after success: call Sweep.
func (a *Account) Run(ctx context.Context, cases []Case) ([]Result, error) {
	a.shared = map[string]string{}
	var out []Result
	for n, c := range cases {
		r := Result{Case: c.ID(), Title: c.Title, Mark: c.Mark, Switch: c.Switch, Sources: c.Sources, Outcome: NotRun, Reason: a.Why(c)}
		var err error
		if r.Reason == "" {
			err = a.run(ctx, n+1, c, &r)
		}
		if r.Outcome != NotRun || err == nil {
			out = append(out, r)
			if a.Each != nil {
				a.Each(r)
			}
		}
		if err != nil {
			return out, err
		}
	}
	return settle(out), nil
}

// settle gives both sides of a switch their due: where one agrees, the other
// doesn't differ.
func settle(all []Result) []Result {
	agreed := map[string]bool{}
	for _, r := range all {
		if name, _, _ := strings.Cut(r.Switch, " "); name != "" && r.Outcome == Agrees {
			agreed[name] = true
		}
	}
	for i, r := range all {
		if name, _, _ := strings.Cut(r.Switch, " "); agreed[name] && r.Outcome == Differs {
			all[i].Outcome = OtherSide
		}
	}
	return all
}

// alone says of a case that it changes the namespace that it begins with, so that
// it must not share it.
func alone(c Case) bool {
	return slices.ContainsFunc(c.Commands, func(cmd Command) bool {
		return cmd.Name == "update-namespace" || cmd.Name == "delete-namespace" || slices.ContainsFunc(cmd.Args, func(g Arg) bool {
			return g.Key == "of" && slices.Contains(g.Values, "namespace")
		})
	})
}

// run runs one case and takes away what it made within shared namespaces.
func (a *Account) run(ctx context.Context, nth int, c Case, r *Result) error {
	suffix := "-c" + strconv.Itoa(nth) + a.Nonce
	fixed := map[string]bool{} // names of shared namespaces that this case has
	var s *Session
	s = NewSession(a.API, Options{
		VPC:     a.VPC,
		Service: func(name string) string { return name + suffix },
		Namespace: func(name string) string {
			if fixed[name] {
				return name + "." + a.Scratch
			}
			return name + suffix + "." + a.Scratch
		},
		Tags:    []types.Tag{{Key: ptr(tagKey), Value: ptr(a.Nonce)}},
		Creator: func(n int) string { return fmt.Sprintf("%s%s-%d", a.Nonce, suffix, n) },
		Advance: func(ctx context.Context, d time.Duration) (string, error) {
			if err := a.Wait(ctx, d); err != nil {
				return "", err
			}
			return "", a.ended(ctx, s.operations)
		},
		Fixture: func(ctx context.Context, name string, kind types.NamespaceType) (string, error) {
			fixed[name] = !alone(c)
			return a.fixture(ctx, s, name, kind, fixed[name])
		},
	})
	defer func() {
		if ctx.Err() == nil {
			_ = a.ended(ctx, s.operations)
			for _, id := range s.services {
				_ = a.dropService(ctx, id) // what stays is Sweep's
			}
		}
	}()
	r.Outcome = Agrees
	for _, cmd := range c.Commands[1:] {
		step, err := a.step(ctx, s, cmd)
		if err != nil {
			r.Outcome, r.Reason = NotRun, "interrupted"
			return err
		}
		r.Steps = append(r.Steps, step)
		if essence(step.Expected) != essence(step.Seen) {
			r.Outcome = Differs
			return nil // what follows rests on it
		}
	}
	return nil
}

// step does one command; a read that does not say what is expected is done again
// for a minute, because AWS is only eventually consistent.
func (a *Account) step(ctx context.Context, s *Session, cmd Command) (Step, error) {
	out := Step{Command: scrub(cmd.Text()), Expected: scrub(cmd.Expected)}
	for try := 0; ; try++ {
		seen, err := s.Do(ctx, cmd)
		if err != nil {
			return out, err
		}
		out.Seen = scrub(seen)
		if try == 20 || !Reads(cmd.Name) || essence(cmd.Expected) == essence(seen) {
			return out, nil
		}
		if err := a.Wait(ctx, 3*time.Second); err != nil {
			return out, err
		}
	}
}

// fixture is a namespace of this run for a case to begin with.
func (a *Account) fixture(ctx context.Context, s *Session, name string, kind types.NamespaceType, share bool) (string, error) {
	key := name + "/" + string(kind)
	if id := a.shared[key]; share && id != "" {
		return id, nil
	}
	op, err := s.create(ctx, name, kind)
	if err != nil {
		return "", err
	}
	if err := a.ended(ctx, []string{text(op)}); err != nil {
		return "", err
	}
	out, err := a.API.GetOperation(ctx, &sd.GetOperationInput{OperationId: op})
	if err != nil {
		return "", err
	}
	id := out.Operation.Targets[string(types.OperationTargetTypeNamespace)]
	if share {
		a.shared[key] = id
	}
	return id, nil
}

// ended waits until operations have ended, up to five minutes.
func (a *Account) ended(ctx context.Context, operations []string) error {
	waits := 0
	for _, id := range operations {
		for {
			out, err := a.API.GetOperation(ctx, &sd.GetOperationInput{OperationId: ptr(id)})
			if err != nil {
				return err
			}
			if st := out.Operation.Status; st == types.OperationStatusSuccess || st == types.OperationStatusFail || waits == 150 {
				break
			}
			waits++
			if err := a.Wait(ctx, 2*time.Second); err != nil {
				return err
			}
		}
	}
	return nil
}

var (
	refusal  = regexp.MustCompile(`(?m)^([A-Z][A-Za-z]+): .*$`)
	accounts = regexp.MustCompile(`\b[0-9]{12}\b`)
	ids      = regexp.MustCompile(`\b(ns|srv|vpc)-[0-9a-z]{8,}\b`)
	keys     = regexp.MustCompile(`\b(AKIA|ASIA)[0-9A-Z]{12,}\b`)
)

// essence is what is compared: of a refusal its code, since AWS's wording is not
// what cases are about.
func essence(out string) string { return strings.TrimSpace(refusal.ReplaceAllString(out, "$1")) }

// scrub takes out what a transcript must not carry away: account, keys, and ids
// that no case has named.
func scrub(out string) string {
	out = accounts.ReplaceAllString(out, "ACCOUNT")
	out = keys.ReplaceAllString(out, "KEY")
	return ids.ReplaceAllString(out, "$1-ID")
}

// Takes is about how long a case takes on an account.
func (c Case) Takes() time.Duration {
	d := 10 * time.Second
	for _, cmd := range c.Commands {
		if cmd.Name != "advance" || len(cmd.Args) == 0 {
			continue
		}
		if more, err := time.ParseDuration(cmd.Args[0].Key); err == nil {
			d += more
		}
	}
	return d
}

// Identity is whose account it is.
func Identity(ctx context.Context, cfg sdk.Config) (aws.Identity, error) {
	return aws.CallerIdentity(ctx, sts.NewFromConfig(cfg))
}
