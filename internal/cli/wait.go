package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/view"
)

// Waiting is the part of a verb that waits for an end.
type Waiting struct {
	Wait    bool
	Timeout time.Duration
}

// AddFlags adds --wait and --timeout.
func (w *Waiting) AddFlags(f *pflag.FlagSet, what string) {
	f.BoolVar(&w.Wait, "wait", false, "wait until "+what)
	f.DurationVar(&w.Timeout, "timeout", 0, "wait no longer than this (default: for ever)")
}

// Validate checks both.
func (w *Waiting) Validate() error {
	switch {
	case w.Timeout < 0:
		return errors.New("--timeout must not be negative")
	case w.Timeout > 0 && !w.Wait:
		return errors.New("--timeout needs --wait")
	}
	return nil
}

// await watches the named migrations until each is settled, tells on Err what
// happens, and ends with the worst code and the reasons.
func (w *Waiting) await(ctx context.Context, env Env, c *Cluster, names []string, j judge) error {
	if w.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, w.Timeout, errTimedOut)
		defer cancel()
	}
	var (
		progress view.Progress
		left     []string
		last     []v1alpha1.ServiceMigration
	)
	f := follower{
		client: c.Client, namespace: c.Namespace,
		trouble: func(err error) { fmt.Fprintf(env.Err, "%v; trying on\n", explain(err)) },
		see: func(all []v1alpha1.ServiceMigration) (bool, error) {
			last = chosen(all, names)
			for _, l := range progress.Lines(view.Of(last), env.Now(), env.ErrColor) {
				fmt.Fprintln(env.Err, l)
			}
			code, whys := CodeFine, []string(nil)
			left = nil
			for _, name := range names {
				v := settled(CodeFailed, "its ServiceMigration was deleted")
				if i := slices.IndexFunc(last, func(m v1alpha1.ServiceMigration) bool { return m.Name == name }); i >= 0 {
					v = j(&last[i])
				}
				switch {
				case !v.settled:
					left = append(left, name)
				case v.code != CodeFine:
					code, whys = worst(code, v.code), append(whys, name+": "+v.why)
				}
			}
			if len(left) > 0 {
				return false, nil
			}
			return true, ended(code, whys)
		},
	}
	err := f.run(ctx)
	switch {
	case errors.Is(err, errTimedOut):
		return exit(CodeTimedOut, "timed out after %s, still under way: %s; the controller goes on, `tranship status -w` shows how", w.Timeout, strings.Join(left, ", "))
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		return exit(CodeInterrupted, "interrupted; the controller goes on, `tranship status -w` shows how")
	}
	if len(last) > 0 {
		if terr := env.table(view.Of(last), false); terr != nil {
			return errors.Join(err, terr)
		}
	}
	return err
}

// chosen keeps those with the names.
func chosen(all []v1alpha1.ServiceMigration, names []string) []v1alpha1.ServiceMigration {
	var out []v1alpha1.ServiceMigration
	for _, m := range all {
		if slices.Contains(names, m.Name) {
			out = append(out, m)
		}
	}
	return out
}

// table writes the table as this terminal wants it; it is cut only where a person reads.
func (e Env) table(s view.Status, namespaces bool) error {
	return view.Table(e.Out, s, view.Style{Now: e.Now(), Width: e.Width, Color: e.Color, Namespaces: namespaces})
}
