package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/view"
)

// status is the verb that shows migrations.
type status struct {
	env Env
	Access
	All, Watch bool
	Output     string
}

func newStatus(env Env) *cobra.Command {
	return verb("status [SERVICE…] [flags]", "phase, what is waited for and until when, shares of both sides",
		"status shows where each migration stands and what it waits for.\n\n"+view.Legend,
		`  tranship status -n shop
  tranship status -w -A
  tranship status orders -o json`,
		&status{env: env})
}

// outputs are the values of -o.
var outputs = []string{"table", "wide", "json", "yaml"}

// AddFlags implements options.
func (o *status) AddFlags(f *pflag.FlagSet) {
	o.AddNamespace(f)
	f.BoolVarP(&o.All, "all-namespaces", "A", false, "in all Kubernetes namespaces")
	f.BoolVarP(&o.Watch, "watch", "w", false, "go on showing what changes")
	f.StringVarP(&o.Output, "output", "o", "table", "table, wide, json or yaml")
	o.Access.AddFlags(f)
}

// Validate implements options.
func (o *status) Validate([]string) error {
	switch {
	case !slices.Contains(outputs, o.Output):
		return fmt.Errorf("-o %s: it is table, wide, json or yaml", o.Output)
	case o.All && o.Namespace != "":
		return errors.New("-A and -n exclude each other")
	}
	return nil
}

// Run implements options.
func (o *status) Run(ctx context.Context, args []string) error {
	c, err := o.env.Connect(o.Access)
	if err != nil {
		return err
	}
	namespace, where := c.Namespace, "Kubernetes namespace "+c.Namespace
	if o.All {
		namespace, where = "", "this cluster"
	}
	if o.Watch {
		return o.watch(ctx, c, namespace, args)
	}
	var list v1alpha1.ServiceMigrationList
	if err := c.Client.List(ctx, &list, client.InNamespace(namespace)); err != nil {
		return fmt.Errorf("list the ServiceMigrations: %w", err)
	}
	ms := list.Items
	if len(args) > 0 {
		if ms, err = o.pick(ms, args, c); err != nil {
			return err
		}
	}
	c.warnIfAlone(ctx, o.env)
	if len(ms) == 0 && (o.Output == "table" || o.Output == "wide") {
		fmt.Fprintf(o.env.Err, "There is no ServiceMigration in %s.\n", where)
		return nil
	}
	return o.show(o.env.Out, view.Of(ms))
}

// pick matches within each namespace, as the same name may be in several.
func (o *status) pick(ms []v1alpha1.ServiceMigration, args []string, c *Cluster) ([]v1alpha1.ServiceMigration, error) {
	if !o.All {
		return match(ms, args, c.Namespace)
	}
	var out []v1alpha1.ServiceMigration
	for _, m := range ms {
		if slices.Contains(args, m.Name) || slices.Contains(args, m.Spec.Source.Service) {
			out = append(out, m)
		}
	}
	for _, a := range args {
		if !slices.ContainsFunc(out, func(m v1alpha1.ServiceMigration) bool { return m.Name == a || m.Spec.Source.Service == a }) {
			return nil, fmt.Errorf("no ServiceMigration for %s in any Kubernetes namespace", a)
		}
	}
	return out, nil
}

func (o *status) show(w io.Writer, s view.Status) error {
	style := view.Style{Now: o.env.Now(), Width: o.env.Width, Color: o.env.Color, Namespaces: o.All}
	switch o.Output {
	case "wide":
		return view.Wide(w, s, style)
	case "json":
		return view.JSON(w, s)
	case "yaml":
		return view.YAML(w, s)
	}
	return view.Table(w, s, style)
}

// watch redraws on a terminal, and adds what changed elsewhere: lines, or whole
// documents for programs. It ends with the context.
func (o *status) watch(ctx context.Context, c *Cluster, namespace string, args []string) error {
	var progress view.Progress
	people := o.Output == "table" || o.Output == "wide"
	redraw := people && o.env.OutTTY
	f := follower{
		client: c.Client, namespace: namespace,
		trouble: func(err error) { fmt.Fprintf(o.env.Err, "%v; trying on\n", explain(err)) },
		see: func(all []v1alpha1.ServiceMigration) (bool, error) {
			if len(args) > 0 {
				all = slices.DeleteFunc(all, func(m v1alpha1.ServiceMigration) bool {
					return !slices.Contains(args, m.Name) && !slices.Contains(args, m.Spec.Source.Service)
				})
			}
			s := view.Of(all)
			switch {
			case redraw:
				fmt.Fprintf(o.env.Out, "\x1b[H\x1b[2J%s\n\n", view.Summary(s))
				if err := o.show(o.env.Out, s); err != nil {
					return true, err
				}
				fmt.Fprintf(o.env.Out, "\n%s\n", view.Legend)
			case people:
				for _, l := range progress.Lines(s, o.env.Now(), o.env.Color) {
					fmt.Fprintln(o.env.Out, l)
				}
			default:
				if news := progress.Changed(s); len(news) > 0 {
					return false, o.document(view.Status{APIVersion: s.APIVersion, Items: news})
				}
			}
			return false, nil
		},
	}
	if redraw {
		f.tick = time.Second // what is left counts down
	}
	c.warnIfAlone(ctx, o.env)
	err := f.run(ctx)
	if ctx.Err() != nil {
		return &ExitError{Code: CodeInterrupted} // that is how it is meant to end
	}
	return err
}

// document writes one of a stream.
func (o *status) document(s view.Status) error {
	if o.Output == "json" {
		return view.JSONLine(o.env.Out, s)
	}
	fmt.Fprintln(o.env.Out, "---")
	return view.YAML(o.env.Out, s)
}
