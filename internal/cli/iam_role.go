package cli

import (
	"fmt"
	"io"
	"os"

	"github.com/tranship/tranship/internal/iam"
)

// taskRole is the one role that flags name.
func (o *permissions) taskRole() (iam.Role, error) {
	r := iam.Role{Trust: iam.Trust{
		Role: o.roles[0], Issuer: o.irsa, Cluster: o.podIdentity,
		Subjects: []iam.Subject{{Namespace: o.namespace, ServiceAccount: o.serviceAccount}},
	}}
	if err := r.Check(); err != nil {
		return r, usagef("%w", sentences(err))
	}
	if o.trust == "" {
		return r, nil
	}
	data, err := o.read(o.trust)
	if err != nil {
		return r, err
	}
	document, err := iam.TrustPolicy(data)
	if err != nil {
		return r, fmt.Errorf("%s: %w", o.trust, err)
	}
	m, err := iam.Merge(document, r.Trust)
	if err != nil {
		return r, err
	}
	r.Merged = &m
	return r, nil
}

// read reads a file, or the standard input for -.
func (o *permissions) read(name string) ([]byte, error) {
	var data []byte
	var err error
	if name == "-" {
		data, err = io.ReadAll(o.env.In)
	} else {
		data, err = os.ReadFile(name)
	}
	if err != nil {
		return nil, fmt.Errorf("read what AWS printed: %w", err)
	}
	return data, nil
}
