package cluster

import (
	"bytes"
	"fmt"
	"os"
)

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
