package cli

import (
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/cutover"
)

// approve is a command that says which check it is about.
type approve struct{ command }

func newApprove(env Env) *cobra.Command {
	o := &approve{command{env: env, verb: cutover.VerbApprove, until: "all go on", judge: toResume}}
	o.say = func(m *v1alpha1.ServiceMigration) string {
		for _, c := range m.Status.Checks {
			if c.ID == o.gate {
				return "check " + c.ID + " counts as passed though it is " + c.Outcome + ": " + c.Value
			}
		}
		return "check " + o.gate + " will count as passed where it comes out unknown"
	}
	return verb("approve SERVICE… --check ID [flags]", "say yes to a check whose outcome is unknown",
		`approve is a person's word for a check of which the controller can't tell whether it passes; it never passes one
that failed. It holds for the migration as it is specified now, in its present direction, and for nothing later.`,
		`  tranship approve orders -n shop --check foreign-instances --reason "the old batch job, stays" --yes`, o)
}

// AddFlags implements options.
func (o *approve) AddFlags(f *pflag.FlagSet) {
	f.StringVar(&o.gate, "check", "", "`id` of the check, as tranship status shows it")
	o.command.AddFlags(f)
}

// Validate implements options.
func (o *approve) Validate(args []string) error {
	if o.gate == "" {
		return errors.New("which check? name it with --check")
	}
	return o.command.Validate(args)
}
