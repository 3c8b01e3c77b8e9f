//go:build unix && !linux

package cluster

import (
	"os/exec"
	"strconv"
	"strings"
)

// startTime returns when a process started, as the system says it, or "" if there is no such process. With it a process can be
// told from a later one of the same number.
func startTime(pid int) string {
	out, err := exec.Command("ps", "-o", "lstart=", "-p", strconv.Itoa(pid)).Output() //nolint:noctx // ends at once
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
