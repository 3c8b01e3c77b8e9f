package cli

import (
	"github.com/spf13/cobra"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/cutover"
)

func newHalt(env Env) *cobra.Command {
	return verb("halt SERVICE… [flags]", "stop crossings because something is wrong",
		`halt stops crossings where they are, as pause does, and marks them as stalled, so that whoever watches hears of
it. They go on after `+"`tranship resume`"+`, or back with `+"`tranship rollback`"+`.`,
		`  tranship halt orders -n shop --reason "errors at the checkout" --yes`,
		&command{env: env, verb: cutover.VerbHalt, until: "all stand still", judge: toPause,
			say: func(*v1alpha1.ServiceMigration) string {
				return "it stays where it is and counts as stalled; nothing is undone, both sides keep running"
			}})
}
