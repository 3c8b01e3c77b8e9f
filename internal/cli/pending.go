package cli

import "context"

type controllerOptions struct{ control }

const leaseNamespace, leaseName = "tranship-system", "tranship"

func runController(context.Context, controllerOptions) error { return nil }

func (o *control) options() (controllerOptions, error) { return controllerOptions{*o}, nil }
