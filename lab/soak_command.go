package lab

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
)

func soakCommand(out io.Writer) *cobra.Command {
	var o SoakOptions
	c := &cobra.Command{
		Use:   "soak",
		Short: "Keep a lab under load and faults for hours, and see whether it grows",
		Long: `Starts a lab, and keeps it under load, rotating faults, dying tasks and deployments.
Prints a sample of goroutines, descriptors and heap each minute, and exits 0 only if
none of the three grew: the line through the samples of the second half may rise by a
twentieth of their mean and a little (40 goroutines, 40 descriptors, 4 MiB).`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := noneGiven(c); err != nil {
				return err
			}
			if _, err := o.Options.withDefaults(); err != nil {
				return usageError{err}
			}
			if o.For < 0 || o.Every < 0 || o.For/max(o.Every, 1) < 2*enough {
				return usageError{fmt.Errorf("for: %s at one sample each %s is not enough to tell; take at least %d samples", o.For, o.Every, 2*enough)}
			}
			o.Progress, o.Out = out, out
			s, err := Soak(c.Context(), o)
			if s != nil {
				fmt.Fprintf(out, "%d requests, %d failed; %d deployments; %d calls of AWS\n", s.Requests, s.Failed, s.Deployments, s.Calls)
			}
			if err != nil {
				return err
			}
			for _, g := range s.Growth() {
				fmt.Fprintln(out, g)
			}
			return s.OK()
		},
	}
	o.flags(c)
	f := c.Flags()
	f.DurationVar(&o.For, "for", 2*time.Hour, "how long")
	f.DurationVar(&o.Every, "every", time.Minute, "between samples")
	f.DurationVar(&o.Turn, "turn", 20*time.Second, "how long each fault is active")
	f.Float64Var(&o.Rate, "rate", 100, "requests per second over all client habits")
	f.BoolVar(&o.NoKubernetes, "no-kubernetes", false, "without the control plane and pods")
	f.DurationVar(&o.History, "history", 0, "how much of its past the lab remembers (default: ten minutes)")
	return c
}
