//go:build unix && !linux

package nested

import "syscall"

// OwnGroup puts a child into a process group of its own, so that Ctrl-C in the terminal reaches us alone. Nothing here tells a
// child that its parent has died: what is left then is ended by the sweep of the next start.
func OwnGroup(syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
