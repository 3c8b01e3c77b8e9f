//go:build !linux && !darwin

package lab

// descriptors are not limited here.
func (o Options) descriptors() error { return nil }
