package view

import (
	"strings"
	"unicode/utf8"
)

// grid is a table of texts. The last column takes what is left of the width.
type grid struct {
	cols []column // of which the heads, and the side, count
	rows [][]string
}

// heads makes the columns of a grid; a head that begins with > is of numbers.
func heads(all ...string) (cols []column) {
	for _, h := range all {
		text, right := strings.CutPrefix(h, ">")
		cols = append(cols, column{head: text, right: right})
	}
	return cols
}

func (g *grid) add(cells ...string) {
	row := make([]string, 0, len(cells))
	for _, c := range cells {
		row = append(row, oneLine(orDash(c)))
	}
	g.rows = append(g.rows, row)
}

func (g *grid) write(b *strings.Builder, st Style) {
	first := make([]string, len(g.cols))
	widths := make([]int, len(g.cols))
	for c, col := range g.cols {
		first[c], widths[c] = col.head, utf8.RuneCountInString(col.head)
		for _, row := range g.rows {
			widths[c] = max(widths[c], utf8.RuneCountInString(row[c]))
		}
	}
	line(b, first, widths, g.cols, st.Width, func(_ int, cell string) string { return bold(cell, st.Color) })
	for _, row := range g.rows {
		line(b, row, widths, g.cols, st.Width, func(_ int, cell string) string { return cell })
	}
}
