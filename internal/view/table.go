package view

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Style is how a table is to look.
type Style struct {
	Now time.Time
	// Width in columns that lines are cut to; 0: they are not cut.
	Width int
	Color bool
	// Namespaces shows the namespace of each line, for lists over several.
	Namespaces bool
}

// column of a table. The last one takes what is left of the width.
type column struct {
	head  string
	right bool
	cell  func(it Item, now time.Time) string
}

var (
	colNamespace = column{head: "NAMESPACE", cell: func(it Item, _ time.Time) string { return it.Namespace }}
	colName      = column{head: "NAME", cell: func(it Item, _ time.Time) string { return it.Name }}
	colPhase     = column{head: "PHASE", cell: func(it Item, _ time.Time) string { return orDash(it.Phase) }}
	colECS       = column{head: "ECS", cell: func(it Item, _ time.Time) string { return counts(it, it.ECS) }}
	colEKS       = column{head: "EKS", cell: func(it Item, _ time.Time) string { return counts(it, it.EKS) }}
	colShare     = column{head: "EKS %", right: true, cell: func(it Item, _ time.Time) string { return share(it) }}
	colLeft      = column{head: "LEFT", right: true, cell: left}
	colWaiting   = column{head: "WAITING FOR", cell: func(it Item, _ time.Time) string { return waiting(it) }}
)

// Legend says how the columns of a table are read.
const Legend = "ECS and EKS: healthy instances in the name / tasks or pods that run. EKS %: share of the name's addresses, not of traffic."

// Table writes one line per migration: where it stands and what it waits for. A
// text that was cut and that somebody has to act on follows in full below.
func Table(w io.Writer, s Status, st Style) error {
	cols := []column{colName, colPhase, colECS, colEKS, colShare, colLeft, colWaiting}
	if st.Namespaces {
		cols = append([]column{colNamespace}, cols...)
	}
	return render(w, s, st, cols)
}

// Wide writes all that fits on a line; it is never cut.
func Wide(w io.Writer, s Status, st Style) error {
	st.Width = 0
	return render(w, s, st, []column{
		colNamespace, colName, colPhase,
		{head: "GOAL", cell: func(it Item, _ time.Time) string { return it.Goal }},
		colECS, colEKS, colShare,
		{head: "FOREIGN", right: true, cell: func(it Item, _ time.Time) string { return strconv.Itoa(int(it.ForeignInstances)) }},
		{head: "BACK WITHIN", right: true, cell: func(it Item, _ time.Time) string { return back(it) }},
		{head: "AGE", right: true, cell: age},
		{head: "DNS NAME", cell: func(it Item, _ time.Time) string { return orDash(it.DNSName) }},
		{head: "ECS SERVICE", cell: func(it Item, _ time.Time) string { return it.Source }},
		{head: "REASON", cell: func(it Item, _ time.Time) string { return orDash(it.Reason) }},
		colLeft, colWaiting,
	})
}

func render(w io.Writer, s Status, st Style, cols []column) error {
	rows := make([][]string, len(s.Items))
	widths := make([]int, len(cols))
	for c, col := range cols {
		widths[c] = utf8.RuneCountInString(col.head)
		for r, it := range s.Items {
			cell := oneLine(col.cell(it, st.Now))
			rows[r] = append(rows[r], cell)
			widths[c] = max(widths[c], utf8.RuneCountInString(cell))
		}
	}
	heads := make([]string, len(cols))
	for c, col := range cols {
		heads[c] = col.head
	}
	var b strings.Builder
	line(&b, heads, widths, cols, st.Width, func(_ int, cell string) string { return bold(cell, st.Color) })
	for r, it := range s.Items {
		line(&b, rows[r], widths, cols, st.Width, func(c int, cell string) string {
			if cols[c].head == colPhase.head {
				return paint(cell, phaseColor(it), st.Color)
			}
			return cell
		})
	}
	for r, it := range s.Items {
		text := rows[r][len(cols)-1]
		if st.Width > 0 && needsSomebody(it) && utf8.RuneCountInString(text) > room(widths, st.Width) {
			fmt.Fprintf(&b, "%s: %s\n", paint(it.Name, phaseColor(it), st.Color), text)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// room is what the other columns leave to the last one.
func room(widths []int, width int) int {
	for _, w := range widths[:len(widths)-1] {
		width -= w + 2
	}
	return max(12, width)
}

// line pads, cuts and paints, in this order, so that colour takes no room.
func line(b *strings.Builder, cells []string, widths []int, cols []column, width int, painted func(c int, cell string) string) {
	for c, cell := range cells {
		last := c == len(cells)-1
		switch pad := strings.Repeat(" ", widths[c]-utf8.RuneCountInString(cell)); {
		case cols[c].right:
			cell = pad + cell
		case !last:
			cell += pad
		}
		if last && width > 0 {
			cell = Cut(cell, room(widths, width))
		}
		b.WriteString(painted(c, cell))
		if !last {
			b.WriteString("  ")
		}
	}
	b.WriteByte('\n')
}

// Cut shortens text to n columns, with an ellipsis where something is missing.
func Cut(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	r := []rune(text)
	return strings.TrimRight(string(r[:max(0, n-1)]), " ") + "…"
}

// oneLine keeps a text from breaking a table, or a terminal.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case r < ' ' || r == 0x7f:
			return -1
		}
		return r
	}, s)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// counts are unknown, not zero, until a controller has looked.
func counts(it Item, s Side) string {
	if it.Phase == "" {
		return "-"
	}
	return fmt.Sprintf("%d/%d", s.InName, s.Running)
}

func share(it Item) string {
	if it.Phase == "" {
		return "-"
	}
	return strconv.Itoa(int(it.EKSShare))
}

func back(it Item) string {
	if it.RollbackBoundSeconds == 0 {
		return "-"
	}
	return Duration(time.Duration(it.RollbackBoundSeconds) * time.Second)
}

func left(it Item, now time.Time) string {
	if it.Waiting.Until == nil {
		return "-"
	}
	return Duration(max(0, it.Waiting.Until.Sub(now)))
}

func age(it Item, now time.Time) string {
	if it.Created == nil {
		return "-"
	}
	return Duration(max(0, now.Sub(*it.Created)))
}

func waiting(it Item) string {
	switch {
	case it.Phase == "" && it.Waiting.Text == "":
		return "a controller to look at it"
	case !it.Current && it.Phase != "":
		return "a controller to see the newest word; before: " + it.Waiting.Text
	}
	return orDash(it.Waiting.Text)
}

// Duration writes whole seconds in at most two units: 45s, 2m05s, 3h20m, 4d06h.
func Duration(d time.Duration) string {
	s := int64((d + time.Second - 1) / time.Second) // a wait of 0.2 s is not over
	switch {
	case s < 60:
		return fmt.Sprintf("%ds", s)
	case s < 3600:
		return fmt.Sprintf("%dm%02ds", s/60, s%60)
	case s < 86400:
		return fmt.Sprintf("%dh%02dm", s/3600, s%3600/60)
	}
	return fmt.Sprintf("%dd%02dh", s/86400, s%86400/3600)
}
