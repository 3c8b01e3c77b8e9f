package process

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
)

// ErrUnknown says that the system does not tell.
var ErrUnknown = errors.New("not known on this system")

// PeakMemory is the most memory that the present incarnation had resident so far,
// in bytes. The kernel keeps it, so one look before the end says it all. (What it
// tells after the end, ru_maxrss, would count this process' memory, too.)
// https://man7.org/linux/man-pages/man5/proc_pid_status.5.html (VmHWM)
// Errors: ErrUnknown.
func (c *Child) PeakMemory() (int64, error) {
	c.mu.Lock()
	pid := c.cmd.Process.Pid
	c.mu.Unlock()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("memory of process %d: %w: %w", pid, ErrUnknown, err)
	}
	n, ok := peak(b)
	if !ok {
		return 0, fmt.Errorf("memory of process %d: %w", pid, ErrUnknown)
	}
	return n, nil
}

// peak finds the line VmHWM, in kB.
func peak(status []byte) (bytesUsed int64, ok bool) {
	for line := range bytes.Lines(status) {
		rest, found := bytes.CutPrefix(line, []byte("VmHWM:"))
		if !found {
			continue
		}
		n, err := strconv.ParseInt(string(bytes.TrimSpace(bytes.TrimSuffix(bytes.TrimSpace(rest), []byte("kB")))), 10, 64)
		return n << 10, err == nil
	}
	return 0, false
}
