package cli

import (
	"encoding/json"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/check"
	"github.com/tranship/tranship/internal/cutover"
)

// verdict is how a migration stands, seen from someone who waits for it.
type verdict struct {
	settled bool // nothing more happens by itself
	code    Code
	why     string // for people, if code is not CodeFine
}

// judge looks at one migration.
type judge func(*v1alpha1.ServiceMigration) verdict

// going says that it is under way.
var going = verdict{}

func settled(code Code, why string) verdict { return verdict{settled: true, code: code, why: why} }

// taken says that the status speaks of the newest spec and of the newest command.
func taken(m *v1alpha1.ServiceMigration) bool {
	if m.Status.ObservedGeneration < m.Generation {
		return false
	}
	_, pending := untaken(m)
	return !pending
}

// untaken is the command that the controller has not seen yet, if there is one.
func untaken(m *v1alpha1.ServiceMigration) (c cutover.Command, pending bool) {
	c, ok := commandOf(m)
	if !ok || m.Status.Crossing == nil {
		return c, ok
	}
	var state struct {
		Command string `json:"command"`
	}
	return c, json.Unmarshal(m.Status.Crossing.Raw, &state) != nil || state.Command != c.Nonce
}

// commandOf reads the command that the annotation carries; the controller
// ignores one without verb or nonce, too.
func commandOf(m *v1alpha1.ServiceMigration) (cutover.Command, bool) {
	var c cutover.Command
	err := json.Unmarshal([]byte(m.Annotations[v1alpha1.AnnotationCommand]), &c)
	return c, err == nil && c.Verb != "" && c.Nonce != ""
}

// refused is common to both directions: what needs somebody.
func refused(m *v1alpha1.ServiceMigration) verdict {
	w := m.Status.Waiting
	stalled := meta.FindStatusCondition(m.Status.Conditions, v1alpha1.ConditionStalled)
	switch cutover.Reason(w.Reason) {
	case cutover.WaitDenied:
		return settled(CodePreflightFailed, w.Text)
	case cutover.WaitChecks:
		if stalled != nil && stalled.Status == metav1.ConditionFalse {
			return going // the check passes by itself, such as that of a deployment under way
		}
		unknown := func(c v1alpha1.Check) bool { return c.Outcome == check.Unknown.String() || c.Outcome == "" }
		if cs := m.Status.Checks; len(cs) > 0 && !slices.ContainsFunc(cs, func(c v1alpha1.Check) bool { return !unknown(c) }) {
			return settled(CodeNeedsPerson, w.Text)
		}
		return settled(CodePreflightFailed, w.Text)
	case cutover.WaitPerson, cutover.WaitPaused:
		return settled(CodeNeedsPerson, w.Text)
	default:
	}
	if stalled != nil && stalled.Status == metav1.ConditionTrue {
		return settled(CodeNeedsPerson, stalled.Message)
	}
	return going
}

// toTarget waits for Migrated.
func toTarget(m *v1alpha1.ServiceMigration) verdict {
	switch {
	case !taken(m):
		return going
	case cutover.Phase(m.Status.Phase) == cutover.RolledBack:
		return settled(CodeRolledBack, "the name leads to ECS")
	case cutover.Phase(m.Status.Phase) == cutover.Migrated &&
		meta.IsStatusConditionTrue(m.Status.Conditions, v1alpha1.ConditionReady):
		return settled(CodeFine, "")
	}
	return refused(m)
}

// toSource waits for RolledBack.
func toSource(m *v1alpha1.ServiceMigration) verdict {
	switch {
	case !taken(m):
		return going
	case cutover.Phase(m.Status.Phase) == cutover.RolledBack:
		return settled(CodeFine, "")
	}
	return refused(m)
}

// toPause waits until it stands still.
func toPause(m *v1alpha1.ServiceMigration) verdict {
	switch {
	case !taken(m):
		return going
	case atAnEnd(m):
		return settled(CodeFine, "")
	}
	if v := refused(m); v.settled {
		return settled(CodeFine, "") // for whatever reason
	}
	return going
}

// toResume waits until it moves.
func toResume(m *v1alpha1.ServiceMigration) verdict {
	switch {
	case !taken(m):
		return going
	case atAnEnd(m):
		return settled(CodeFine, "")
	}
	if v := refused(m); v.settled {
		return v
	}
	return settled(CodeFine, "")
}

func atAnEnd(m *v1alpha1.ServiceMigration) bool {
	p := cutover.Phase(m.Status.Phase)
	return p == cutover.Migrated || p == cutover.RolledBack
}

// worst of several codes: what a script has to know first.
func worst(a, b Code) Code {
	order := []Code{CodeFine, CodeNeedsPerson, CodePreflightFailed, CodeRolledBack, CodeFailed}
	if slices.Index(order, b) > slices.Index(order, a) {
		return b
	}
	return a
}

// ended is the error for what did not come out as wished.
func ended(code Code, whys []string) error {
	if code == CodeFine {
		return nil
	}
	text := whys[0]
	if n := len(whys) - 1; n > 0 {
		text += fmt.Sprintf(" (and %d more, see `tranship status`)", n)
	}
	return exit(code, "%s", text)
}
