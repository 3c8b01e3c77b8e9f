//go:build linux || darwin

package lab

import (
	"fmt"
	"syscall"
)

// descriptors fails where the process may not open as many files as the lab
// needs: one for each task and each pod that listens, and some for what they
// are asked. The soft limit is the hard one already: Go raises it at the start.
func (o Options) descriptors() error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return nil //nolint:nilerr // where the limit can't be known, the lab is tried
	}
	need := uint64(o.Services*o.Tasks) + spareDescriptors
	if o.EKS == "ready" {
		need += uint64(o.Services * o.Pods)
	}
	if limit.Cur < need {
		return fmt.Errorf("%d services need %d open files and the limit is %d: raise it (ulimit -n %d), or start fewer", o.Services, need, limit.Cur, need)
	}
	return nil
}

// spareDescriptors are for the control plane's connections, clients and logs.
const spareDescriptors = 512
