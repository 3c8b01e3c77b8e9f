package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/cutover"
)

// command is a verb that gives a person's word to migrations, by annotation: a
// spec may belong to Git, which would take the word back.
type command struct {
	env Env
	Access
	Waiting
	Reason      string
	Yes, DryRun bool

	verb  cutover.Verb
	gate  string // of an approval: the check
	until string // what --wait waits for
	judge judge
	// say tells what the word means for one migration.
	say func(*v1alpha1.ServiceMigration) string
}

// AddFlags implements options.
func (o *command) AddFlags(f *pflag.FlagSet) {
	o.AddNamespace(f)
	f.StringVar(&o.Reason, "reason", "", "why, for whoever reads the events later")
	f.BoolVar(&o.Yes, "yes", false, "do not ask")
	f.BoolVar(&o.DryRun, "dry-run", false, "say what would be done, and do nothing")
	o.Waiting.AddFlags(f, o.until)
	o.Access.AddFlags(f)
}

// Validate implements options.
func (o *command) Validate(args []string) error {
	if err := someServices(args); err != nil {
		return err
	}
	return o.Waiting.Validate()
}

// Run implements options.
func (o *command) Run(ctx context.Context, args []string) error {
	c, err := o.env.Connect(o.Access)
	if err != nil {
		return err
	}
	ms, err := c.find(ctx, args)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.env.Err, "In Kubernetes namespace %s:\n", c.Namespace)
	for i := range ms {
		fmt.Fprintf(o.env.Err, "  %s %s (%s): %s\n", o.verb, ms[i].Name, orNew(ms[i].Status.Phase), o.say(&ms[i]))
		if c, pending := untaken(&ms[i]); pending {
			fmt.Fprintf(o.env.Err, "    in place of the %s of %s, which the controller has not seen yet and then never will\n", c.Verb, cmp.Or(c.By, "somebody"))
		}
	}
	if o.DryRun {
		return nil
	}
	if err := o.env.confirm(ctx, o.Yes); err != nil {
		return err
	}
	by := c.who(ctx)
	var names []string
	for i := range ms {
		word := cutover.Command{Verb: o.verb, Nonce: o.env.Nonce(), By: by, Reason: o.Reason, Gate: o.gate, Generation: ms[i].Generation}
		if err := c.command(ctx, &ms[i], word); err != nil {
			return err
		}
		names = append(names, ms[i].Name)
		fmt.Fprintf(o.env.Out, "servicemigration.tranship.dev/%s %s asked for\n", ms[i].Name, o.verb)
	}
	c.warnIfAlone(ctx, o.env)
	if !o.Wait {
		return nil
	}
	return o.await(ctx, o.env, c, names, o.judge)
}

// command writes a person's word. It replaces an older one.
func (c *Cluster) command(ctx context.Context, m *v1alpha1.ServiceMigration, word cutover.Command) error {
	b, err := json.Marshal(word)
	if err != nil {
		return err
	}
	before := m.DeepCopy()
	if m.Annotations == nil {
		m.Annotations = map[string]string{}
	}
	m.Annotations[v1alpha1.AnnotationCommand] = string(b)
	if err := c.Client.Patch(ctx, m, client.MergeFrom(before), client.FieldOwner("tranship")); err != nil {
		return fmt.Errorf("give the word to ServiceMigration %s/%s: %w", m.Namespace, m.Name, err)
	}
	return nil
}

// find turns names of migrations, or of the ECS services they move, into
// migrations, sorted, each once.
func (c *Cluster) find(ctx context.Context, args []string) ([]v1alpha1.ServiceMigration, error) {
	var list v1alpha1.ServiceMigrationList
	if err := c.Client.List(ctx, &list, client.InNamespace(c.Namespace)); err != nil {
		return nil, fmt.Errorf("list the ServiceMigrations in %s: %w", c.Namespace, err)
	}
	return match(list.Items, args, c.Namespace)
}

// match picks migrations by their own name, or else by that of the ECS service.
func match(all []v1alpha1.ServiceMigration, args []string, namespace string) ([]v1alpha1.ServiceMigration, error) {
	var out []v1alpha1.ServiceMigration
	var missing []string
	for _, a := range args {
		var hits []v1alpha1.ServiceMigration
		for _, m := range all {
			if m.Name == a {
				hits = []v1alpha1.ServiceMigration{m}
				break
			}
			if m.Spec.Source.Service == a {
				hits = append(hits, m)
			}
		}
		switch len(hits) {
		case 0:
			missing = append(missing, a)
		case 1:
			out = append(out, hits[0])
		default:
			var names []string
			for _, h := range hits {
				names = append(names, h.Name)
			}
			slices.Sort(names)
			return nil, fmt.Errorf("%s is moved by several migrations: name one of %s", a, strings.Join(names, ", "))
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return nil, fmt.Errorf("no ServiceMigration for %s in Kubernetes namespace %s: `tranship status -A` lists those there are", strings.Join(missing, ", "), namespace)
	}
	slices.SortFunc(out, func(a, b v1alpha1.ServiceMigration) int { return strings.Compare(a.Name, b.Name) })
	return slices.CompactFunc(out, func(a, b v1alpha1.ServiceMigration) bool { return a.Name == b.Name }), nil
}
