package cli

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// version is the verb that tells which build this is.
type version struct {
	env    Env
	Output string
}

func newVersion(env Env) *cobra.Command {
	return verb("version [flags]", "which build this is", "", "", &version{env: env})
}

// AddFlags implements options.
func (o *version) AddFlags(f *pflag.FlagSet) {
	f.StringVarP(&o.Output, "output", "o", "", "json, or nothing for a line")
}

// Validate implements options.
func (o *version) Validate(args []string) error {
	if o.Output != "" && o.Output != "json" {
		return fmt.Errorf("-o %s: it is json, or left out", o.Output)
	}
	return noArgs(args)
}

// Run implements options.
func (o *version) Run(context.Context, []string) error {
	b := o.env.Build
	if o.Output == "json" {
		e := json.NewEncoder(o.env.Out)
		e.SetIndent("", "  ")
		return e.Encode(struct {
			APIVersion string `json:"apiVersion"`
			Version    string `json:"version"`
			Revision   string `json:"revision,omitempty"`
			Go         string `json:"go"`
			Platform   string `json:"platform"`
		}{"tranship.dev/version/v1", b.Version, b.Revision, b.Go, b.Platform})
	}
	line := "tranship " + b.Version
	if b.Revision != "" {
		line += " (" + b.Revision[:min(12, len(b.Revision))] + ")"
	}
	_, err := fmt.Fprintf(o.env.Out, "%s, %s, %s\n", line, b.Go, b.Platform)
	return err
}
