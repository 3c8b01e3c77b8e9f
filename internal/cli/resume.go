package cli

import (
	"github.com/spf13/cobra"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/cutover"
)

func newResume(env Env) *cobra.Command {
	return verb("resume SERVICE… [flags]", "let crossings go on that were paused, or halted by themselves",
		`resume lets crossings go on that a person paused, or that halted because something changed under them. What
is seen now is then taken as what was meant. It also takes the word of a rollback back.`,
		`  tranship resume orders -n shop --yes`,
		&command{env: env, verb: cutover.VerbResume, until: "all go on", judge: toResume,
			say: func(m *v1alpha1.ServiceMigration) string {
				switch {
				case m.Spec.Paused:
					return "spec.paused is set as well, and must be cleared where it was set"
				case m.Status.Waiting.Text != "":
					return "it goes on from: " + m.Status.Waiting.Text
				}
				return "it goes on"
			}})
}
