//go:build !linux

package lab

import "syscall"

// dieWithParent is only known to Linux; elsewhere a child may outlive a killed lab.
func dieWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
