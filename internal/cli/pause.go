package cli

import (
	"github.com/spf13/cobra"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/cutover"
)

func newPause(env Env) *cobra.Command {
	return verb("pause SERVICE… [flags]", "stop crossings where they are",
		"pause stops crossings where they are; nothing is undone. They go on after `tranship resume`.",
		`  tranship pause orders -n shop --reason "sale today" --yes`,
		&command{env: env, verb: cutover.VerbPause, until: "all stand still", judge: toPause,
			say: func(*v1alpha1.ServiceMigration) string {
				return "it stays where it is; nothing is undone, both sides keep running"
			}})
}
