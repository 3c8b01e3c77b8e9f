//go:build !linux

package process

import "syscall"

// DieWithParent is only known to Linux; elsewhere a child may outlive a killed lab.
func DieWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
