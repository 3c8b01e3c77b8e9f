package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tranship/tranship/internal/iam"
)

// permissions prints what AWS has to allow. It calls nothing and needs no cluster.
type permissions struct {
	env    Env
	scope  iam.Scope
	groups groups
	cmd    *cobra.Command // to know which flags were given

	create, deleteEmpty, healthChecks bool
	createNamespaces                  []string

	roles                            []string
	trust, namespace, serviceAccount string
	irsa, podIdentity, from          string
	taskDefinitions, keys            []string
	secrets, attach, output          string
	strict                           bool
}

// Beside the verbs that have policies, what the argument may be.
const (
	taskRole      = "task-role"
	executionRole = "execution-role"
)

func newIAM(env Env) *cobra.Command {
	o := &permissions{env: env}
	cmd := verb("iam [WHAT] [flags]", "print what AWS has to allow, as JSON, Terraform or CloudFormation",
		`Prints policies and statements to review and apply; it calls nothing itself. WHAT is

  a verb of tranship   the least that it needs, such as controller or inventory
  conformance          the same for doctor --conformance
  external-dns         the same for ExternalDNS with --provider=aws-sd, for those who keep it
  task-role            the statement that lets pods take a task's role as well; what its trust policy says stays
  execution-role       what becomes of the execution role: rights of nodes, log agent, and what reads secrets

and with --from and no WHAT, the last two for a whole fleet. What a policy is not narrowed to by a flag or by --from
stays as wide as the account and region, and is said. docs/iam.md has more.`,
		`  tranship iam controller --account 111122223333 --region eu-west-1 --ecs-service 'production/*' -o terraform
  tranship iam controller --from snapshot.json --attach tranship
  tranship iam external-dns --account 111122223333 --region eu-west-1 --cloud-map-namespace ns-0a1b
  aws iam get-role --role-name orders | tranship iam task-role --trust - --role arn:aws:iam::111122223333:role/orders \
    --namespace shop --service-account orders --pod-identity production
  tranship iam --from snapshot.json --pod-identity production -o terraform`, o)
	o.cmd = cmd
	cmd.SetUsageFunc(o.groups.usage)
	return cmd
}

// whats are what WHAT may be.
func whats() []string {
	var out []string
	for _, v := range iam.Verbs() {
		out = append(out, v.Name)
	}
	return append(out, taskRole, executionRole)
}

// Validate implements options.
func (o *permissions) Validate(args []string) error {
	what := ""
	switch {
	case len(args) > 1:
		return errors.New("one WHAT at a time")
	case len(args) == 1:
		what = args[0]
		if !slices.Contains(whats(), what) {
			return fmt.Errorf("%q is nothing that there is a policy for: it is one of %s", what, strings.Join(whats(), ", "))
		}
	case o.from == "":
		return errors.New("what is it for? name a verb such as controller, or external-dns, task-role or execution-role; or give a fleet with --from")
	}
	var errs []error
	if o.cmd != nil {
		o.cmd.Flags().Visit(func(f *pflag.Flag) {
			if !belongs(f.Name)(what) {
				errs = append(errs, fmt.Errorf("--%s means nothing for %s", f.Name, orFleet(what)))
			}
		})
	}
	if !slices.Contains(iam.Forms, o.output) {
		errs = append(errs, fmt.Errorf("-o %s: it is %s", o.output, strings.Join(iam.Forms, ", ")))
	}
	if s := iam.SecretReader(o.secrets); s != iam.ExternalSecrets && s != iam.CSI {
		errs = append(errs, fmt.Errorf("--secrets %s: it is %s or %s", o.secrets, iam.ExternalSecrets, iam.CSI))
	}
	for _, w := range o.createNamespaces {
		switch {
		case w == "public":
			o.scope.Features = append(o.scope.Features, iam.CreatePublic)
		case w == "http":
			o.scope.Features = append(o.scope.Features, iam.CreateHTTP)
		default:
			o.scope.Features, o.scope.VPCs = append(o.scope.Features, iam.CreatePrivate), append(o.scope.VPCs, w)
		}
	}
	if o.create {
		o.scope.Features = append(o.scope.Features, iam.Create)
	}
	if o.deleteEmpty {
		o.scope.Features = append(o.scope.Features, iam.DeleteEmpty)
	}
	o.scope.NoHealthChecks = !o.healthChecks
	errs = append(errs, o.missing(what)...)
	return sentences(errs...)
}

func orFleet(what string) string {
	if what == "" {
		return "a fleet"
	}
	return what
}

// missing says what has to be given beside.
func (o *permissions) missing(what string) []error {
	var errs []error
	need := func(given bool, otherwise string) {
		if !given {
			errs = append(errs, errors.New(otherwise))
		}
	}
	switch what {
	case taskRole, "":
		need((o.irsa == "") != (o.podIdentity == ""), "how do pods get credentials? say --irsa ISSUER or --pod-identity CLUSTER")
		if o.from == "" {
			need(len(o.roles) == 1, "which role? give the ARN of one with --role, or a fleet with --from")
			need(o.namespace != "" && o.serviceAccount != "", "whose pods? say --namespace and --service-account")
		} else {
			need(o.trust == "" && o.serviceAccount == "", "--trust and --service-account go with --role: --from has them all")
		}
	case executionRole:
		need((len(o.taskDefinitions) > 0) != (o.from != ""), "of which task definitions? name files with --task-definition, or a fleet with --from")
		need(o.from != "" || o.scope.Account != "" && len(o.scope.Regions) == 1, "where do they run? say --account and one --region")
	default:
		need(o.from != "" || o.scope.Account != "" && len(o.scope.Regions) > 0, "where is it? say --account and --region, or give a snapshot with --from")
		if o.from == "" && o.scope.Account != "" && len(o.scope.Regions) > 0 {
			o.scope.Roles = o.roles
			if err := o.scope.Check(); err != nil {
				errs = append(errs, err)
			}
		}
	}
	return errs
}

// Run implements options.
func (o *permissions) Run(_ context.Context, args []string) error {
	what := ""
	if len(args) == 1 {
		what = args[0]
	}
	b, err := o.bundle(what)
	if err != nil {
		return err
	}
	b.Attach = o.attach
	text, err := b.Text(o.output)
	if err != nil {
		return err
	}
	if _, err := o.env.Out.Write(text); err != nil {
		return err
	}
	decisions := b.Decisions()
	for _, d := range decisions {
		fmt.Fprintf(o.env.Err, "needs decision: %s: %s\n", d.Where, d.What)
	}
	if o.strict && len(decisions) > 0 {
		return exit(CodeIncomplete, "somebody has to decide: %d are open", len(decisions))
	}
	return nil
}

func (o *permissions) bundle(what string) (iam.Bundle, error) {
	if o.from != "" {
		return o.ofFleet(what)
	}
	switch what {
	case taskRole:
		r, err := o.taskRole()
		return iam.Bundle{Roles: []iam.Role{r}}, err
	case executionRole:
		var tasks []iam.Task
		for _, name := range o.taskDefinitions {
			data, err := o.read(name)
			if err != nil {
				return iam.Bundle{}, err
			}
			t, err := iam.ReadTask(data, o.scope.Account, o.scope.Regions[0])
			if err != nil {
				return iam.Bundle{}, fmt.Errorf("%s: %w", name, err)
			}
			tasks = append(tasks, t)
		}
		ps, err := iam.Execution(tasks, iam.SecretReader(o.secrets), o.keys)
		return iam.Bundle{Policies: ps}, err
	}
	return o.policies(what)
}

// policies are those of a verb.
func (o *permissions) policies(what string) (iam.Bundle, error) {
	ps, err := iam.Of(what, o.scope)
	if err != nil {
		return iam.Bundle{}, sentences(err)
	}
	if len(ps) == 0 {
		for _, v := range iam.Verbs() {
			if v.Name == what {
				fmt.Fprintf(o.env.Err, "%s needs nothing of AWS: it %s\n", what, v.About)
			}
		}
	}
	return iam.Bundle{Policies: ps}, nil
}
