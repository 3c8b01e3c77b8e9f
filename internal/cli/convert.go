package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tranship/tranship/internal/convert"
	"github.com/tranship/tranship/internal/pace"
	"github.com/tranship/tranship/internal/render"
	"github.com/tranship/tranship/internal/view"
)

// convertServices is the verb that turns ECS services into manifests.
type convertServices struct {
	env    Env
	source takeInventory
	groups groups

	All, Strict       bool
	From              []string
	Out, Decisions    string
	Output            string
	Diff              bool
	write             render.WriteOptions
	forms             []string
	render            render.Options
	convert           convert.Options
	secrets, identity string
}

func newConvert(env Env) *cobra.Command {
	o := &convertServices{env: env, source: takeInventory{env: env}}
	cmd := verb("convert SERVICE… | --all --out DIR [flags]", "turn ECS services into Kubernetes manifests, with a ledger of every field", `convert writes what ECS services are on Kubernetes, and says of every field what became of it: mapped, dropped because
nothing is missed, approximated with what differs, unsupported, or for a person to decide. It changes nothing in AWS or a cluster.

Questions that only people can answer are collected in a file: write an answer's word behind each and run it again. Secrets stay
where they are; manifests refer to them. Run again after a change in ECS, it writes what changed and leaves your own files alone.`,
		`  tranship convert --all --out manifests
  tranship convert orders users --ecs-cluster production --format kustomize --out manifests
  tranship convert --all --from fleet.json --format helm --format argocd --out manifests --strict
  tranship convert --from service.json --from task.json --out manifests --diff`, o)
	cmd.SetUsageFunc(o.groups.usage)
	return cmd
}

// AddFlags implements options.
func (o *convertServices) AddFlags(f *pflag.FlagSet) {
	o.groups.add("What is converted", func(f *pflag.FlagSet) {
		f.BoolVar(&o.All, "all", false, "every service")
		f.StringArrayVar(&o.source.Clusters, "ecs-cluster", nil, "`name` of an ECS cluster; may be repeated (default: all)")
		f.StringArrayVar(&o.From, "from", nil, "`file` that tranship inventory --save or aws ecs describe-… wrote, or a template of CloudFormation or a plan of Terraform as JSON; may be repeated (default: AWS is read)")
		f.StringVar(&o.source.Region, "region", "", "AWS `region` (default: that of the AWS environment)")
		f.StringArrayVar(&o.source.Accounts, "account", nil, "another `account` to read, as ACCOUNT=ROLE-ARN[,REGION…][,external-id=ID]; may be repeated")
	})
	o.groups.add("How it is on Kubernetes", func(f *pflag.FlagSet) {
		f.StringVarP(&o.convert.Namespace, "namespace", "n", "", "`namespace` for all (default: the tag tranship.dev/namespace of the ECS service, or the name of its cluster)")
		f.StringVar(&o.secrets, "secrets", string(convert.ExternalSecrets), "how secrets come into the cluster: external-secrets or csi")
		f.StringVar(&o.identity, "identity", string(convert.PodIdentity), "how pods get the rights of the task's role: pod-identity or irsa")
		f.BoolVar(&o.convert.NetworkPolicy, "network-policy", false, "make NetworkPolicies of the rules of security groups")
		f.BoolVar(&o.convert.Fargate, "fargate", false, "the pods run on EKS' Fargate")
	})
	o.groups.add("What is written", func(f *pflag.FlagSet) {
		f.StringVar(&o.Out, "out", "", "`folder` to write to (needed)")
		f.StringArrayVar(&o.forms, "format", nil, "`form`: yaml, kustomize, helm, helm-one, argocd or flux; may be repeated (default yaml)")
		f.StringArrayVar(&o.render.Environments, "environment", nil, "`name` of an environment to make overlays or values for; may be repeated (default production)")
		f.StringVar(&o.render.Repository.URL, "repository", "", "`URL` of the Git or OCI repository that Argo CD or Flux reads")
		f.StringVar(&o.render.Repository.Revision, "revision", "", "`branch` or tag in it (default main)")
		f.StringVar(&o.render.Repository.Path, "path", "", "`path` of the output in it")
		f.BoolVar(&o.render.WithoutNamespaces, "without-namespaces", false, "make no Namespace objects")
		f.BoolVar(&o.write.Overwrite, "overwrite", false, "write also over files that were edited, though each run writes them anew")
		f.BoolVar(&o.write.Gone, "remove-gone", false, "also remove the files of services that are no more in ECS")
		f.BoolVar(&o.write.DryRun, "dry-run", false, "say what would be written, and write nothing")
		f.BoolVar(&o.Diff, "diff", false, "show what changes in the manifests, line by line, in place of what became of the fields")
	})
	o.groups.add("What is asked and told", func(f *pflag.FlagSet) {
		f.StringVar(&o.Decisions, "decisions", "", "`file` with questions and answers (default decisions.yaml in the output folder)")
		f.BoolVar(&o.Strict, "strict", false, "exit with 7 if a decision is open")
		f.StringVarP(&o.Output, "output", "o", "text", "what is told of it: text, json or html")
	})
	for _, g := range o.groups {
		f.AddFlagSet(g.flags)
	}
}

// Validate implements options.
func (o *convertServices) Validate(args []string) error {
	var errs []error
	say := func(bad bool, format string, a ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, a...))
		}
	}
	say(o.Out == "", "where to? say it with --out DIR")
	say(o.All && len(args) > 0, "--all is every service, so name none")
	say(!o.All && len(args) == 0 && len(o.From) == 0, "which service? name at least one, or say --all")
	say(len(o.From) > 0 && (o.source.Region != "" || len(o.source.Accounts) > 0), "--from asks AWS nothing, so no --region and --account go with it")
	say(!slices.Contains([]string{"text", "json", "html"}, o.Output), "-o %s: it is text, json or html", o.Output)
	o.convert.Secrets, o.convert.Identity = convert.SecretsVia(o.secrets), convert.IdentityVia(o.identity)
	say(!slices.Contains([]convert.SecretsVia{convert.ExternalSecrets, convert.SecretsStoreCSI}, o.convert.Secrets), "--secrets %s: it is external-secrets or csi", o.secrets)
	say(!slices.Contains([]convert.IdentityVia{convert.PodIdentity, convert.IRSA}, o.convert.Identity), "--identity %s: it is pod-identity or irsa", o.identity)
	for _, w := range o.forms {
		o.render.Forms = append(o.render.Forms, render.Form(w))
		say(!slices.Contains(render.Forms(), render.Form(w)), "--format %s: it is one of %v", w, render.Forms())
	}
	if len(args) > 0 {
		errs = append(errs, someServices(args))
	}
	if err := sentences(errs...); err != nil {
		return err
	}
	o.source.Share = pace.Share
	if o.Decisions == "" {
		o.Decisions = filepath.Join(o.Out, "decisions.yaml")
	}
	if len(o.From) == 0 {
		return o.source.parseAccounts()
	}
	return nil
}

// Run implements options.
func (o *convertServices) Run(ctx context.Context, args []string) error {
	inputs, digest, err := o.inputs(ctx)
	if err != nil {
		return err
	}
	inputs = convert.Named(inputs, o.convert)
	if inputs, err = pick(inputs, args); err != nil {
		return err
	}
	said, err := readDecisions(o.Decisions)
	if err != nil {
		return err
	}
	o.convert.Chosen = said.All
	for i := range inputs {
		inputs[i].Chosen = said.of(serviceKey(inputs[i].Service))
	}
	results, failed := convert.Fleet(inputs, o.convert)
	summary := view.Summarize(results, failed)
	o.render.Snapshot = digest
	changes, err := o.put(results, summary)
	if err != nil {
		return err
	}
	asked := said.after(results)
	if !o.write.DryRun {
		if err := asked.save(o.Decisions); err != nil {
			return err
		}
	}
	if err := o.tell(changes, summary, asked); err != nil {
		return err
	}
	switch {
	case o.Strict && summary.Open > 0:
		return exit(CodeIncomplete, "%s open: answer them in %s and run it again", plural(summary.Open, "decision is", "decisions are"), o.Decisions)
	case len(failed) > 0:
		return exit(CodeFailed, "%s could not be converted: %w", plural(len(failed), "service", "services"), errors.Join(failed...))
	}
	return nil
}

// put writes the manifests, and beside them what became of each field.
func (o *convertServices) put(results []convert.Result, s view.Conversion) (render.Changes, error) {
	files, err := render.Render(results, o.render)
	if err != nil {
		return render.Changes{}, err
	}
	reports, err := reportFiles(results, s)
	if err != nil {
		return render.Changes{}, err
	}
	if files, err = render.NewFiles(append(files, reports...)...); err != nil {
		return render.Changes{}, err
	}
	return render.Write(o.Out, files, o.write)
}

// tell says what became of it: the summary to the one, what was written to the other.
func (o *convertServices) tell(c render.Changes, s view.Conversion, d decisions) error {
	word := "written"
	if o.write.DryRun {
		word = "would be written"
	}
	fmt.Fprintf(o.env.Err, "%s: %s, %d new, %d changed, %d removed; %d stay as they are, %d are yours\n",
		o.Out, plural(len(c.Created)+len(c.Changed)+len(c.Removed), "file", "files")+" "+word,
		len(c.Created), len(c.Changed), len(c.Removed), c.Unchanged, len(c.Kept))
	if n := len(c.Orphaned); n > 0 {
		fmt.Fprintf(o.env.Err, "%s of services that are not converted now left alone, such as %s\n", plural(n, "file", "files"), c.Orphaned[0])
	}
	d.warn(o.env.Err)
	if o.Diff {
		return c.Only(func(path string) bool { return !strings.HasPrefix(path, reportFolder) }).Diff(o.env.Out)
	}
	switch o.Output {
	case "json":
		return view.ConversionJSON(o.env.Out, s)
	case "html":
		return view.ConversionHTML(o.env.Out, s)
	}
	return view.ConversionText(o.env.Out, s, view.Style{Width: o.env.Width, Color: o.env.Color})
}

// plural counts things.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
