package render

import (
	"bytes"
	"fmt"
)

// snapshotLine begins the line of a header that names the Snapshot. A file that
// differs from its predecessor in that line alone is left as it was: it then names
// the Snapshot in which it changed last.
const snapshotLine = "# Snapshot "

// header says where a regenerated file comes from, and whose it is.
func header(from, snapshot string, notes ...string) []byte {
	var b bytes.Buffer
	lines := []string{oneLine(from) + ", by tranship convert.", "The next run writes this file anew: " +
		"what you change belongs elsewhere, see README.md."}
	for _, l := range lines {
		fmt.Fprintln(&b, comment(l))
	}
	if snapshot != "" {
		fmt.Fprintln(&b, snapshotLine+oneLine(snapshot))
	}
	for _, n := range notes {
		fmt.Fprintf(&b, "#\n%s\n", comment(n))
	}
	return b.Bytes()
}

// withoutSnapshot is a file without the line of its header that names the Snapshot.
func withoutSnapshot(data []byte) []byte {
	for at := 0; at < len(data) && data[at] == '#'; {
		end := bytes.IndexByte(data[at:], '\n') + 1
		if end == 0 {
			break
		}
		if bytes.HasPrefix(data[at:], []byte(snapshotLine)) {
			return append(bytes.Clone(data[:at]), data[at+end:]...)
		}
		at += end
	}
	return data
}
