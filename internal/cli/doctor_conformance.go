package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/internal/aws/conformance"
)

// cleaning is how long the way back may take, also after an interrupt.
const cleaning = 15 * time.Minute

// notice says what a run does to an account, before it does.
// https://aws.amazon.com/cloud-map/pricing/
// https://aws.amazon.com/route53/pricing/
const notice = `This asks AWS Cloud Map whether it behaves as tranship's lab says: %d of %d cases can run, the others need the model.

  account    %s, region %s
  it makes   namespaces whose names end with .%s, each tagged tranship.dev/conformance,
             with services and instances in them; nothing else is touched
  it costs   a hosted zone is 0.50 USD a month, and nothing if it is deleted within 12 hours, as these are
             (https://aws.amazon.com/route53/pricing/); an instance that is registered is 0.10 USD a month,
             by the hour (https://aws.amazon.com/cloud-map/pricing/)
  it takes   about %s
  after it   everything is deleted again, also after an interrupt or an error; what could not be deleted is named
`

// conform runs the cases in the account.
func (o *doctor) conform(ctx context.Context) (end error) {
	cases, err := conformance.Cases()
	if err != nil {
		return err
	}
	cfg, err := aws.Load(ctx, aws.Options{Region: o.Region, Version: o.env.Build.Version, Timeout: 20 * time.Second})
	if err != nil {
		return err
	}
	who, err := conformance.Identity(ctx, cfg)
	if err != nil {
		return err
	}
	a := &conformance.Account{
		API: conformance.Connect(cfg), VPC: o.VPC, Scratch: o.Scratch, Nonce: o.env.Nonce(), Wait: o.env.Wait,
	}
	run, takes := 0, time.Duration(0)
	for _, c := range cases {
		if a.Why(c) == "" {
			run++
			takes += c.Takes()
		}
	}
	fmt.Fprintf(o.env.Err, notice, run, len(cases), who.Account, cfg.Region, o.Scratch, takes.Round(time.Minute))
	left, err := a.Left(ctx)
	if err != nil {
		return fmt.Errorf("look for namespaces of an earlier run: %w", err)
	}
	if len(left) > 0 {
		fmt.Fprintf(o.env.Err, "\n%d namespaces of an earlier run are still there; they are deleted first.\n", len(left))
	}
	if err := o.env.confirm(ctx, o.Yes); err != nil {
		return err
	}
	transcript := io.Discard
	if o.Transcript != "" {
		f, err := openTranscript(o.Transcript)
		if err != nil {
			return err
		}
		defer func() { end = errors.Join(end, f.Close()) }()
		transcript = f
	}
	lines := json.NewEncoder(transcript)
	if err := lines.Encode(map[string]any{
		"apiVersion": "tranship.dev/conformance/v1", "version": o.env.Build.Version, "region": cfg.Region, "cases": len(cases),
	}); err != nil {
		return fmt.Errorf("write the transcript: %w", err)
	}
	results, err := o.within(ctx, a, cases, len(left) > 0)
	for _, r := range results {
		if werr := lines.Encode(r); werr != nil {
			return errors.Join(err, fmt.Errorf("write the transcript: %w", werr))
		}
	}
	if shown := o.showResults(results); shown != nil || err != nil {
		return errors.Join(err, shown)
	}
	for _, r := range results {
		if r.Outcome == conformance.Differs {
			return &ExitError{Code: CodeFailed}
		}
	}
	return nil
}

// within runs the cases between two sweeps. The second comes whatever happens.
func (o *doctor) within(ctx context.Context, a *conformance.Account, cases []conformance.Case, first bool) (results []conformance.Result, err error) {
	defer func() {
		fmt.Fprintln(o.env.Err, "Cleaning up …")
		way, stop := context.WithTimeout(context.WithoutCancel(ctx), cleaning)
		defer stop()
		left, serr := a.Sweep(way)
		switch {
		case serr != nil:
			err = errors.Join(err, exit(CodeFailed, "the clean-up failed: %w; run the same command again, it begins with it", serr))
		case len(left) > 0:
			err = errors.Join(err, exit(CodeFailed, "still there, delete them by hand: %s", strings.Join(left, ", ")))
		default:
			fmt.Fprintln(o.env.Err, "Nothing is left.")
		}
	}()
	if first {
		if left, err := a.Sweep(ctx); err != nil || len(left) > 0 {
			return nil, errors.Join(err, fmt.Errorf("namespaces of an earlier run can't be deleted: %s", strings.Join(left, ", ")))
		}
	}
	a.Each = func(r conformance.Result) {
		if r.Outcome != conformance.NotRun {
			fmt.Fprintf(o.env.Err, "%-10s %s\n", r.Outcome, r.Title)
		}
	}
	return a.Run(ctx, cases)
}

// showResults prints how the cases came out, and of each that differs where.
func (o *doctor) showResults(results []conformance.Result) error {
	counts := map[conformance.Outcome]int{}
	for _, r := range results {
		counts[r.Outcome]++
	}
	if o.Output == "json" {
		return json.NewEncoder(o.env.Out).Encode(struct {
			APIVersion string                      `json:"apiVersion"`
			Counts     map[conformance.Outcome]int `json:"counts"`
			Cases      []conformance.Result        `json:"cases"`
		}{"tranship.dev/conformance/v1", counts, results})
	}
	w := tabwriter.NewWriter(o.env.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CASE\tMARK\tOUTCOME\tWHAT")
	for _, r := range results {
		what := r.Title
		if r.Outcome == conformance.NotRun {
			what += " (" + r.Reason + ")"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.Case, r.Mark, r.Outcome, what)
		if r.Outcome == conformance.Differs && len(r.Steps) > 0 {
			s := r.Steps[len(r.Steps)-1]
			fmt.Fprintf(w, "\t\t\t  %s: expected %q, seen %q\n", s.Command, s.Expected, s.Seen)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(o.env.Out, "%d agree, %d differ, %d are the other side of a switch, %d did not run\n",
		counts[conformance.Agrees], counts[conformance.Differs], counts[conformance.OtherSide], counts[conformance.NotRun])
	return nil
}
