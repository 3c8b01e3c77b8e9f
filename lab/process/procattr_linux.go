package process

import "syscall"

// DieWithParent has the kernel kill a child whose parent was killed.
func DieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}
