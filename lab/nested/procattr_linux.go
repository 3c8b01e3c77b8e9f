package nested

import "syscall"

// OwnGroup puts a child into a process group of its own, so that Ctrl-C in the terminal reaches us alone, and has the kernel
// send it the signal when the thread that starts it dies.
func OwnGroup(onDeath syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: onDeath}
}
