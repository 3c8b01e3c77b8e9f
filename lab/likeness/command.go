package likeness

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/tranship/tranship/lab"
	"github.com/tranship/tranship/lab/cloud"
)

// Command is the verb likeness of tranship-lab.
func Command(out, _ io.Writer) *cobra.Command {
	var (
		o         Options
		log, file string
	)
	c := &cobra.Command{
		Use:   "likeness",
		Short: "Try the conversion: convert a fleet, apply it, compare what containers see, and move it",
		Long: `Starts a lab with ECS services of many shapes, and clients that ask for them. Then the
product's own verbs do all of it, with nobody editing anything: inventory, convert, the
plain YAML applied strictly, migrate. Before the names move, a task and a pod of each
service print what their containers see: environment, command, ports, user, mounts,
limits. Each difference must have its word in the ledger.
It exits 0 only if every service was converted, applied, ready and, where it has a name,
moved; no request failed; and the ledger explains every difference.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return lab.Usage(err)
			}
			if o.Tranship == "" {
				var err error
				if o.Tranship, err = lab.Sibling(); err != nil {
					return err
				}
			}
			o.Out, o.Log = out, io.Discard
			if log != "" {
				f, err := os.Create(log)
				if err != nil {
					return err
				}
				defer func() { _ = f.Close() }()
				o.Log = f
			}
			r, err := Run(c.Context(), o)
			if r == nil {
				return err
			}
			r.Print(out)
			if file != "" {
				if werr := r.Write(file); werr != nil {
					return werr
				}
			}
			if err != nil {
				return err
			}
			if err := r.OK(o.Still); err != nil {
				return err
			}
			fmt.Fprintln(out, "\nall of it held")
			return nil
		},
	}
	f := c.Flags()
	f.IntVar(&o.Services, "services", 50, "ECS services, each of a shape of its own as far as there are shapes")
	f.IntVar(&o.Tasks, "tasks", 2, "tasks of each")
	f.DurationVar(&o.TTL, "ttl", 5*time.Second, "record TTL")
	f.Uint64Var(&o.Seed, "seed", 1, "of everything that is drawn")
	f.StringVar(&o.Timing, "timing", "fast", "fast (AWS's times divided by ten) or aws")
	f.StringVar(&o.Rates, "rates", cloud.DefaultRates, "how many calls AWS takes: mcs, appmesh or unlimited")
	f.StringVar(&o.Temper, "temper", "graceful", "how workloads take SIGTERM: graceful, plain or rude")
	f.StringVar(&o.CoreDNS, "coredns", "never", "CoreDNS in the path of some clients: never, built or always")
	f.Float64Var(&o.Rate, "rate", 100, "requests per second over all client habits")
	f.DurationVar(&o.Control, "control", 10*time.Second, "length of the control run")
	f.IntVar(&o.AtOnce, "at-once", 10, "services that are moved at the same time")
	f.BoolVar(&o.Still, "still", false, "compare alone: nothing is moved")
	f.StringVar(&o.Tranship, "tranship", "", "the tranship binary (default: the one beside this one)")
	f.StringVar(&o.Dir, "dir", "", "an empty folder that keeps the snapshot and what was made of it (default: none is kept)")
	f.StringVar(&file, "json", "", "write the report to this file, as JSON")
	f.StringVar(&log, "log", "", "write what the product prints to this file")
	return c
}
