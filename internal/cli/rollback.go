package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/view"
)

func newRollback(env Env) *cobra.Command {
	return verb("rollback SERVICE… [flags]", "lead names back to ECS, from any phase",
		`rollback brings the ECS tasks back, puts them in the name, and only then takes the pods out of it. It says
first how long that takes at the worst. It holds until `+"`tranship migrate`"+` asks for the way forward again.`,
		`  tranship rollback orders -n shop --reason "error rate" --wait`,
		&command{env: env, verb: cutover.VerbRollback, until: "all are RolledBack", judge: toSource, say: bound})
}

// bound says how long the way back takes.
func bound(m *v1alpha1.ServiceMigration) string {
	if cutover.Phase(m.Status.Phase) == cutover.RolledBack {
		return "its name leads to ECS already"
	}
	if m.Status.RollbackBoundSeconds <= 0 {
		return "how long it takes is not known yet"
	}
	return fmt.Sprintf("its name leads to ECS alone within %s at the worst (%d s)",
		view.Duration(time.Duration(m.Status.RollbackBoundSeconds)*time.Second), m.Status.RollbackBoundSeconds)
}
