//go:build !linux

package externaldns

import "syscall"

// dieWithParent is only known to Linux; elsewhere a child may outlive a killed lab.
func dieWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
