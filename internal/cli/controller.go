package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/klog/v2"

	"github.com/tranship/tranship/internal/controller"
)

// The lease by which a controller is recognised.
const leaseNamespace, leaseName = controller.LeaseNamespace, controller.LeaseName

// control is the verb that carries crossings out and keeps names true. Its flags
// are many, so each subject has a file of its own.
type control struct {
	env Env
	Access
	InstallCRDs   bool
	Owner, Region string
	Allow         []string

	sources
	writes
	reach
	gates
	crossings
	process
	externalDNS externalDNS
	headed      groups
}

func newController(env Env) *cobra.Command {
	o := &control{env: env}
	cmd := verb("controller [flags]", "carry crossings out and keep names true; nothing else does",
		`controller carries out the crossings that ServiceMigrations ask for, and keeps the names true that Services,
Ingresses and Gateway API routes ask for. It runs in a cluster as well as from a shell, with a kubeconfig and
the usual AWS environment (AWS_REGION, AWS_PROFILE, AWS_ENDPOINT_URL, …). One at a time holds the lease; killed
at any point, the next one goes on.

Who may take which ECS service is an administrator's word: --allow, or the tag tranship.dev/namespace on the
ECS service. Without it, nothing moves. Without --create, no name is made.

To begin with, the first group of flags is all that is needed. Where ExternalDNS has a flag of the same meaning,
it has the same name; of its other flags you are told what to do instead.`,
		`  tranship controller --install-crds --allow 'shop=production/*'
  tranship controller --source=service --source=ingress --domain-filter=shop.internal --create 'shop=*.shop.internal'
  tranship controller --dry-run --log-format text`, o)
	cmd.SetUsageFunc(o.headed.usage)
	cmd.SetFlagErrorFunc(unknownFlag)
	return cmd
}

// AddFlags implements options.
func (o *control) AddFlags(f *pflag.FlagSet) {
	g := &o.headed
	g.add("To begin with", func(f *pflag.FlagSet) {
		f.BoolVar(&o.InstallCRDs, "install-crds", false, "create or update the CustomResourceDefinitions first")
		f.StringArrayVar(&o.Allow, "allow", nil, "`NAMESPACE=CLUSTER/GLOB`: this Kubernetes namespace may take these ECS services; may be repeated")
		f.StringVar(&o.Region, "region", "", "AWS `region` (default: AWS_REGION or the profile)")
		f.StringVar(&o.Owner, "owner", "", "`id` by which our instances are recognised in a name (default: from the cluster)")
	}, o.Access.AddFlags)
	g.add("Which objects ask for names, and for which (as ExternalDNS)", o.sources.objects)
	g.add("What stands behind a name (as ExternalDNS)", o.sources.targets)
	g.add("How much is written to names that are not crossing", o.writes.bounds)
	g.add("New names", o.writes.creation)
	g.add("Readiness gates", o.gates.flags)
	g.add("AWS and its DNS", o.reach.flags)
	g.add("What is counted on; too small a value breaks what is promised", o.crossings.flags)
	g.add("The process", o.process.flags)
	for _, x := range *g {
		f.AddFlagSet(x.flags)
	}
	o.externalDNS.flags(f)
}

// Validate implements options. All that is wrong is said at once: the arguments
// of a Deployment are tried more slowly than a line in a shell.
func (o *control) Validate(args []string) error {
	if err := noArgs(args); err != nil {
		return err
	}
	return sentences(o.externalDNS.validate(), o.crossings.validate(), o.writes.validate(), o.reach.validate(), o.gates.validate(), o.process.validate(), o.options().Check())
}

// options turns flags into the controller's options.
func (o *control) options() controller.Options {
	to := controller.Options{
		InstallCRDs: o.InstallCRDs, Allow: o.Allow, Region: o.Region, Owner: o.Owner, Version: o.env.Build.Version,
	}
	o.sources.into(&to)
	o.writes.into(&to)
	o.reach.into(&to)
	o.gates.into(&to)
	o.crossings.into(&to)
	o.process.into(&to)
	return to
}

// Run implements options. It ends in order when the context does.
func (o *control) Run(ctx context.Context, _ []string) error {
	opts := o.options()
	var err error
	if opts.REST, _, _, err = configOf(o.Access); err != nil {
		return err
	}
	opts.Log = newLog(o.env.Err, o.logFormat, o.logLevel)
	klog.SetLogger(opts.Log)
	err = o.env.Control(ctx, opts)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil // that is how it is meant to end
	}
	return err
}
