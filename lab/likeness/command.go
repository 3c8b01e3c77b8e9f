package likeness

import (
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/tranship/tranship/lab"
	"github.com/tranship/tranship/lab/cloud"
)

// Command is the verb likeness of tranship-lab.
func Command(out, _ io.Writer) *cobra.Command {
	var (
		o Options
		v lab.TrialCommand
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
			return v.Run(out, func() (lab.Tried, error) {
				o.Tranship, o.Log, o.Out = v.Tranship, v.Log, out
				r, err := Run(c.Context(), o)
				if r == nil {
					return nil, err
				}
				return r, err
			})
		},
	}
	f := c.Flags()
	f.IntVar(&o.Services, "services", 50, "ECS services, each of a shape of its own as far as there are shapes")
	f.IntVar(&o.Tasks, "tasks", 2, "tasks of each")
	f.DurationVar(&o.TTL, "ttl", 5*time.Second, "record TTL")
	f.Uint64Var(&o.Seed, "seed", 1, "of everything that is drawn")
	f.StringVar(&o.Timing, "timing", "fast", "fast (AWS's times divided by ten) or aws")
	f.StringVar(&o.Rates, "rates", cloud.DefaultRates, "how many calls AWS takes: mcs, appmesh or unlimited, or a fraction such as mcs/10")
	f.StringVar(&o.Temper, "temper", "graceful", "how workloads take SIGTERM: graceful, plain or rude")
	f.StringVar(&o.CoreDNS, "coredns", "never", "CoreDNS in the path of some clients: never, built or always")
	f.Float64Var(&o.Rate, "rate", 100, "requests per second over all client habits")
	f.DurationVar(&o.Control, "control", 10*time.Second, "length of the control run")
	f.IntVar(&o.AtOnce, "at-once", 10, "services that are moved at the same time")
	f.BoolVar(&o.Still, "still", false, "compare alone: nothing is moved")
	f.StringVar(&o.Dir, "dir", "", "an empty folder that keeps the snapshot and what was made of it (default: none is kept)")
	v.Flags(c, "log", "the product prints")
	return c
}
