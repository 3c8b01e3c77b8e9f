package view

import "github.com/tranship/tranship/internal/cutover"

// color is an SGR code of a terminal.
type color string

const (
	plain  color = ""
	red    color = "31"
	green  color = "32"
	yellow color = "33"
	cyan   color = "36"
)

func paint(s string, c color, on bool) string {
	if !on || c == plain {
		return s
	}
	return "\x1b[" + string(c) + "m" + s + "\x1b[0m"
}

func bold(s string, on bool) string {
	if !on {
		return s
	}
	return "\x1b[1m" + s + "\x1b[0m"
}

// phaseColor: green is at its end, red needs somebody, yellow goes back or
// stands still, cyan moves.
func phaseColor(it Item) color {
	if needsSomebody(it) {
		return red
	}
	switch cutover.Reason(it.Reason) {
	case cutover.WaitPaused, cutover.WaitUnknown:
		return yellow
	default:
	}
	switch cutover.Phase(it.Phase) {
	case cutover.Migrated:
		return green
	case cutover.Recall, cutover.Readmit, cutover.Withdraw, cutover.Settle, cutover.RolledBack:
		return yellow
	case "":
		return plain
	default:
		return cyan
	}
}

// needsSomebody says that it goes nowhere until a person does something.
func needsSomebody(it Item) bool {
	switch cutover.Reason(it.Reason) {
	case cutover.WaitChecks, cutover.WaitDenied, cutover.WaitPerson:
		return true
	default:
		return false
	}
}
