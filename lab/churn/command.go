package churn

import (
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/tranship/tranship/lab"
	"github.com/tranship/tranship/lab/cloud"
)

// Command is the verb churn of tranship-lab.
func Command(out, _ io.Writer) *cobra.Command {
	var (
		o Options
		v lab.TrialCommand
	)
	c := &cobra.Command{
		Use:   "churn",
		Short: "Try tranship's controller on a fleet in its names: fill, rest, restarts, outages",
		Long: `Starts a lab with services whose names are in Cloud Map already, and the controller
that is to keep them true; measures the first fill, what a fleet at rest costs, a
rolling restart of everything under load with the lag of each pod, and how soon an
instance is back that somebody else took out. With --outage, Cloud Map fails while
pods come and go; with --fault and --kill-every, calls go wrong and the controller
dies again and again while all is restarted once more; with --kill-leader, one of two
controllers dies in mid-restart.
It exits 0 only if everything came out as promised.

Clients that hold an answer for 30 s whatever its TTL are counted apart: no preStop
of TTL, propagation and usual caches covers them.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if !c.Flags().Changed("client-caches") {
				o.Caches = caches(o.TTL)
			}
			if err := o.check(); err != nil {
				return lab.Usage(err)
			}
			return v.Run(out, func() (lab.Tried, error) {
				o.Tranship, o.ControllerLog, o.Out = v.Tranship, v.Log, out
				r, err := Run(c.Context(), o)
				if r == nil {
					return nil, err
				}
				return r, err
			})
		},
	}
	f := c.Flags()
	f.IntVar(&o.Services, "services", 20, "Services with a name each, svc-001 and so on")
	f.IntVar(&o.Pods, "pods", 3, "pods of each")
	f.DurationVar(&o.TTL, "ttl", 5*time.Second, "record TTL")
	f.Uint64Var(&o.Seed, "seed", 1, "of everything that is drawn")
	f.StringVar(&o.Timing, "timing", "fast", "fast (AWS's times divided by ten) or aws")
	f.StringVar(&o.Rates, "rates", cloud.DefaultRates, "how many calls AWS takes: mcs, appmesh or unlimited, or a fraction such as mcs/10")
	f.StringVar(&o.Temper, "temper", "graceful", "how pods take SIGTERM: graceful, plain or rude")
	f.StringVar(&o.CoreDNS, "coredns", "built", "CoreDNS in the path of some clients: never, built (if `make coredns` has built it), or always")
	f.DurationVar(&o.Slow, "slow", 10*time.Second, "how long the slow requests of clients take")
	f.Float64Var(&o.Rate, "rate", 300, "requests per second over all client habits")
	f.DurationVar(&o.Control, "control", 10*time.Second, "length of the control run")
	f.DurationVar(&o.Rest, "rest", 2*time.Minute, "how long the fleet at rest is watched")
	f.IntVar(&o.AtOnce, "at-once", 20, "Deployments that are restarted at the same time")
	f.BoolVar(&o.Gate, "gate", true, "let the Services ask for the readiness gate")
	f.BoolVar(&o.GateInTemplate, "gate-in-template", false, "write the gate into the pods' templates, too, instead of relying on the webhook (done by itself where the controller has none)")
	f.DurationVar(&o.Caches, "client-caches", 0, "what preStop allows for clients' caches beyond the TTL (default: the longest of the lab, but for the fixed one)")
	f.DurationVar(&o.Outage, "outage", 0, "let Cloud Map fail for so long (default: it doesn't)")
	f.IntVar(&o.Replicas, "replicas", 1, "of the controller")
	f.BoolVar(&o.KillLeader, "kill-leader", false, "kill -9 the leading one in mid-restart; needs --replicas 2")
	f.StringArrayVar(&o.Faults, "fault", nil, "what goes wrong while all is restarted once more, such as unavailable:servicediscovery,every=3; may be repeated")
	f.DurationVar(&o.KillEvery, "kill-every", 0, "kill -9 the leading controller so often while all is restarted once more")
	f.StringSliceVar(&o.Only, "only", nil, "hold these phases alone, after the first fill: fill, rest, restart, vanish, outage, hardship, leader")
	f.StringArrayVar(&o.More, "controller-arg", nil, "one more argument of the controller, such as --log-level=debug; may be repeated")
	v.Flags(c, "controller-log", "the controllers print")
	return c
}
