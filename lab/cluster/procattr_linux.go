package cluster

import (
	"bytes"
	"fmt"
	"os"
	"syscall"
)

// ownGroup puts a child into a process group of its own, so that Ctrl-C in the terminal reaches us alone, and has the kernel
// send it the signal when the thread that starts it dies.
func ownGroup(onDeath syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: onDeath}
}

// startTime returns when a process started, as the system counts it, or "" if there is no such process. With it a process can
// be told from a later one of the same number.
func startTime(pid int) string {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	// After the name, which may hold anything, in parentheses come state (field 3) and others; the start time is field 22.
	_, after, _ := bytes.Cut(stat[bytes.LastIndexByte(stat, ')')+1:], []byte(" "))
	fields := bytes.Fields(after)
	if len(fields) < 20 || fields[0][0] == 'Z' {
		return ""
	}
	return string(fields[19])
}
