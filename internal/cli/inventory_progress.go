package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tranship/tranship/internal/aws/read"
	"github.com/tranship/tranship/internal/view"
)

// readProgress tells how far a reading is: one line that is written over where a
// person watches, else a line for each part when it has ended.
type readProgress struct {
	Streams
	places bool // there are several
	parts  map[string]read.Progress
	shown  bool
}

func newReadProgress(s Streams, places bool) *readProgress {
	return &readProgress{Streams: s, places: places, parts: map[string]read.Progress{}}
}

// tell takes what read.Options.Tell says.
func (p *readProgress) tell(now read.Progress) {
	if !p.ErrTTY {
		if now.Ended {
			fmt.Fprintf(p.Err, "%s%s\n", p.where(now), amount(now))
		}
		return
	}
	key := p.where(now) + now.Part
	if p.parts[key] = now; now.Ended {
		delete(p.parts, key)
	}
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(p.parts)) {
		parts = append(parts, p.where(p.parts[k])+amount(p.parts[k]))
	}
	width := p.Width
	if width == 0 {
		width = 80
	}
	fmt.Fprintf(p.Err, "\r\x1b[K%s", view.Cut("Reading "+strings.Join(parts, ", "), width-1))
	p.shown = true
}

// end leaves an empty line.
func (p *readProgress) end() {
	if p.shown {
		fmt.Fprint(p.Err, "\r\x1b[K")
	}
}

func (p *readProgress) where(now read.Progress) string {
	if !p.places {
		return ""
	}
	return now.Account + " " + now.Region + " "
}

func amount(p read.Progress) string {
	if p.Total == 0 {
		return p.Part
	}
	return fmt.Sprintf("%s %d of %d", p.Part, p.Done, p.Total)
}
