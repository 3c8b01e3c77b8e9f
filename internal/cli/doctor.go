package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/internal/aws/clients"
	"github.com/tranship/tranship/internal/check"
)

// doctor looks whether what a crossing needs is there.
type doctor struct {
	env Env
	Access
	Region, Output string

	Conformance bool
	VPC         string
	Scratch     string // what scratch namespaces' names end with
	Yes         bool
	Transcript  string
}

func newDoctor(env Env) *cobra.Command {
	return verb("doctor [flags]", "look whether AWS and the cluster are ready for crossings", `Looks whether AWS and the cluster are ready for crossings. It changes nothing: every permission to read is tried
on something that does not exist. Permissions to write can't be tried without writing; the README lists them all.

With --conformance it asks AWS Cloud Map itself whether it behaves as tranship's lab says, in namespaces of its
own, which it takes away again. What it will make, and what that costs, it says first.`, `  tranship doctor
  tranship doctor --conformance --vpc vpc-0a1b2c3d --transcript conformance.jsonl`, &doctor{env: env})
}

// AddFlags implements options.
func (o *doctor) AddFlags(f *pflag.FlagSet) {
	f.StringVarP(&o.Output, "output", "o", "table", "table or json")
	f.StringVar(&o.Region, "region", "", "AWS `region` (default: that of the AWS environment)")
	f.BoolVar(&o.Conformance, "conformance", false, "ask Cloud Map whether it behaves as the lab says, in scratch namespaces")
	f.StringVar(&o.VPC, "vpc", "", "with --conformance: `id` of the VPC for private namespaces (default: cases that need one do not run)")
	f.StringVar(&o.Scratch, "namespace", "conformance.tranship.internal", "with --conformance: `name` that every scratch namespace ends with")
	f.StringVar(&o.Transcript, "transcript", "", "with --conformance: `file` for what was expected and seen, without ids and keys")
	f.BoolVar(&o.Yes, "yes", false, "with --conformance: do not ask")
	o.Access.AddFlags(f)
}

var domain = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$`)

// Validate implements options.
func (o *doctor) Validate(args []string) error {
	if err := noArgs(args); err != nil {
		return err
	}
	if o.Output != "table" && o.Output != "json" {
		return fmt.Errorf("-o %s: it is table or json", o.Output)
	}
	if !o.Conformance && (o.VPC != "" || o.Transcript != "" || o.Yes) {
		return errors.New("--vpc, --transcript and --yes are for --conformance")
	}
	if !domain.MatchString(o.Scratch) || len(o.Scratch) > 100 {
		return fmt.Errorf("--namespace %s: it is a domain name in small letters, such as conformance.tranship.internal", o.Scratch)
	}
	return nil
}

// Run implements options.
func (o *doctor) Run(ctx context.Context, _ []string) error {
	if o.Conformance {
		return o.conform(ctx)
	}
	results := append(o.aws(ctx), o.kubernetes(ctx)...)
	check.Sort(results)
	if err := o.show(results); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for _, r := range results {
		if r.Outcome == check.Fail || r.Outcome == check.Error {
			return &ExitError{Code: CodePreflightFailed}
		}
	}
	return nil
}

// aws looks at the configuration, the credentials and every read.
func (o *doctor) aws(ctx context.Context) []check.Result {
	cfg, err := aws.Load(ctx, aws.Options{Region: o.Region, Version: o.env.Build.Version})
	if err != nil {
		return []check.Result{{
			ID: "aws-configuration", Outcome: check.Fail, Evidence: err.Error(), Remedy: "set AWS_REGION, or name a region in the AWS profile",
		}}
	}
	out := []check.Result{{ID: "aws-configuration", Outcome: check.Pass, Value: cfg.Region}}
	c, err := clients.New(ctx, cfg, o.env.Now)
	if err != nil {
		return append(out, check.Result{ID: "aws-credentials", Outcome: check.Fail, Evidence: err.Error(), Remedy: "give credentials that AWS accepts, and a way to it"})
	}
	out = append(out, check.Result{ID: "aws-credentials", Outcome: check.Pass, Value: c.ARN, Evidence: "account " + c.Account})
	return append(out, clients.Reads(ctx, cfg)...)
}

// kubernetes looks whether there is a cluster that knows ServiceMigrations.
func (o *doctor) kubernetes(ctx context.Context) []check.Result {
	const id = "kubernetes-migrations"
	c, err := o.env.Connect(o.Access)
	if err != nil {
		return []check.Result{{
			ID: "kubernetes-cluster", Outcome: check.Unknown, Evidence: err.Error(), Remedy: "set KUBECONFIG or pass --kubeconfig to have the cluster looked at",
		}}
	}
	out := []check.Result{{ID: "kubernetes-cluster", Outcome: check.Pass, Value: "as " + c.who(ctx)}}
	var list v1alpha1.ServiceMigrationList
	if err := c.Client.List(ctx, &list, client.InNamespace(c.Namespace), client.Limit(1)); err != nil {
		return append(out, check.Result{ID: id, Outcome: check.Fail, Evidence: explain(err).Error(), Remedy: "install the definitions, and a role that may read ServiceMigrations"})
	}
	return append(out, check.Result{ID: id, Outcome: check.Pass, Value: "readable in " + c.Namespace})
}

// show prints results.
func (o *doctor) show(results []check.Result) error {
	if o.Output == "json" {
		return json.NewEncoder(o.env.Out).Encode(struct {
			APIVersion string         `json:"apiVersion"`
			Checks     []check.Result `json:"checks"`
		}{"tranship.dev/doctor/v1", results})
	}
	w := tabwriter.NewWriter(o.env.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CHECK\tOUTCOME\tFOUND\tWHAT TO DO")
	for _, r := range results {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.ID, r.Outcome, cmp.Or(r.Value, "-"), cmp.Or(r.Remedy, "-"))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, r := range results {
		if r.Outcome != check.Pass {
			fmt.Fprintf(o.env.Err, "%s: %s\n", r.ID, r.Evidence)
		}
	}
	return nil
}

// openTranscript makes the file anew.
func openTranscript(name string) (*os.File, error) {
	f, err := os.Create(name)
	if err != nil {
		return nil, fmt.Errorf("the transcript can't be written: %w", err)
	}
	return f, nil
}
