//go:build unix && !linux

package cluster

import (
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// ownGroup puts a child into a process group of its own, so that Ctrl-C in the terminal reaches us alone. Nothing here tells a
// child that its parent has died: what is left then is ended by the sweep of the next start.
func ownGroup(syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

// startTime returns when a process started, as the system says it, or "" if there is no such process. With it a process can be
// told from a later one of the same number.
func startTime(pid int) string {
	out, err := exec.Command("ps", "-o", "lstart=", "-p", strconv.Itoa(pid)).Output() //nolint:noctx // ends at once
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
