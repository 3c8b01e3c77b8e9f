package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	"github.com/spf13/cobra"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/tranship/tranship/lab/cloud"
	"github.com/tranship/tranship/lab/node/standin"
)

// Exit codes of tranship-lab, the same words as tranship's own.
const (
	exitOK          = 0
	exitError       = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// Verb makes a verb of tranship-lab: it prints what was asked for to out, and what
// else there is to say to errw.
type Verb func(out, errw io.Writer) *cobra.Command

// Main runs the lab's verbs, and those that others have built upon it, and returns
// the exit code.
func Main(args []string, out, errw io.Writer, more ...Verb) int {
	if standin.Called(args) {
		return standin.Main(args)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctrllog.SetLogger(logr.Discard()) // the clients of the API server have nothing to say here
	root := command(out, errw)
	for _, v := range more {
		root.AddCommand(v(out, errw))
	}
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	return ended(ctx.Err() != nil, err, errw)
}

// ended says what went wrong, and gives the exit code. Who interrupts a verb is told what it left, if anything.
func ended(interrupted bool, err error, errw io.Writer) int {
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case interrupted:
		fmt.Fprintf(errw, "tranship-lab: interrupted: %v\n", err)
		return exitInterrupted
	case errors.As(err, &usage):
		fmt.Fprintf(errw, "tranship-lab: %v\n", err)
		return exitUsage
	}
	fmt.Fprintf(errw, "tranship-lab: %v\n", err)
	return exitError
}

// usageError is a mistake in the command line.
type usageError struct{ error }

// Usage marks an error as a mistake in the command line, which ends with exit code 2.
func Usage(err error) error { return usageError{err} }

func command(out, errw io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use:           "tranship-lab",
		Short:         "A laboratory for tranship: AWS, DNS, a VPC, Kubernetes and load on loopback",
		SilenceErrors: true, SilenceUsage: true,
		Args: cobra.NoArgs,
	}
	root.SetOut(out)
	root.SetErr(errw)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(upCommand(out, errw), demoCommand(out), stateCommand(out), faultCommand(out), soakCommand(out))
	return root
}

// flags are those that up and demo share.
func (o *Options) flags(c *cobra.Command) {
	f := c.Flags()
	f.IntVar(&o.Services, "services", 12, "ECS services, svc-001 and so on")
	f.IntVar(&o.Tasks, "tasks", 2, "tasks of each service")
	f.IntVar(&o.Pods, "pods", 2, "pods of each service")
	f.DurationVar(&o.TTL, "ttl", 5*time.Second, "record TTL")
	f.Uint64Var(&o.Seed, "seed", 1, "of everything that is drawn")
	f.StringVar(&o.Timing, "timing", "fast", "fast (AWS's times divided by ten) or aws")
	f.StringVar(&o.Temper, "temper", "graceful", "how workloads take SIGTERM: graceful, plain or rude")
	f.BoolVar(&o.Processes, "processes", false, "run each task and pod as an OS process")
	f.BoolVar(&o.CustomHealth, "custom-health", false, "give the Cloud Map services HealthCheckCustomConfig")
	f.StringVar(&o.ReactionDeregister, "reaction-deregister", "ignore", "what ECS does when a task's instance is deregistered: ignore, reregister or replace")
	f.StringVar(&o.ReactionHealth, "reaction-health", "ignore", "what ECS does when it is set unhealthy: ignore, reassert or replace")
	f.DurationVar(&o.ReactionAfter, "reaction-after", 0, "how much later it does so")
	f.StringVar(&o.Rates, "rates", cloud.DefaultRates, "how many calls AWS takes: mcs, appmesh or unlimited, or a fraction such as mcs/10")
	f.StringArrayVar(&o.Faults, "fault", nil, "what goes wrong, such as throttle:servicediscovery:RegisterInstance,every=10; may be repeated")
	f.StringVar(&o.CoreDNS, "coredns", "built", "CoreDNS in the path of some clients: never, built (if `make coredns` has built it), or always")
	f.DurationVar(&o.Slow, "slow", 20*time.Second, "how long the slow requests of clients take")
	f.StringVar(&o.Autoscaling, "autoscaling", "", "make each ECS service a scalable target, MIN:MAX tasks that track 60 % of CPU, such as 2:6 (default: none is)")
	f.Float64Var(&o.Utilisation, "utilisation", 0, "with --autoscaling: how many per cent of CPU each task has at the start; more tasks share the same load")
	f.BoolVar(&o.ContainerHealth, "container-health", false, "give the task definitions a container health check, which ECS reports to Cloud Map")
	f.BoolVar(&o.CircuitBreaker, "circuit-breaker", false, "let failed deployments of the ECS services roll back")
	f.BoolVar(&o.ZoneRebalancing, "zone-rebalancing", false, "let ECS move tasks between availability zones that are out of balance")
	f.BoolVar(&o.PacketLimit, "packet-limit", false, "let the resolver drop more than 1,024 packets per second of one network interface")
	f.DurationVar(&o.ServeStale, "serve-stale", 0, "how long past its TTL the resolver gives an answer while no name server answers")
	f.StringVar(&o.QueryLog, "query-log", "", "write the resolver query log to this file, as JSON lines")
	f.StringVar(&o.FlowLog, "flow-log", "", "write the VPC flow log to this file")
	f.StringVar(&o.FlowFormat, "flow-format", "", "its format string, as CreateFlowLogs takes it (default: the fields of version 2)")
	f.DurationVar(&o.FlowInterval, "flow-interval", 0, "its aggregation interval (default: 1 minute, by the timing)")
	f.BoolVar(&o.TargetGroups, "target-groups", false, "give each ECS service a target group behind an internal load balancer")
	f.BoolVar(&o.TaskRoles, "task-roles", false, "give each ECS service a task role")
	f.BoolVar(&o.PodPrefixes, "pod-prefixes", false, "give pods addresses from /28 prefixes of their nodes, as with prefix delegation")
	f.IntVar(&o.KeepLogs, "keep-logs", 0, "how many events a log group keeps (default 200,000)")
	f.StringVar(&o.Tranship, "tranship", "", "the tranship binary (default: the one beside this one)")
}

// noneGiven refuses a 0 for what there must be some of: in Options a 0 is the
// default, but whoever writes it means none.
func noneGiven(c *cobra.Command) error {
	for _, name := range []string{"services", "tasks", "pods", "ttl", "seed", "rate", "control"} {
		f := c.Flags().Lookup(name)
		if f != nil && f.Changed && (f.Value.String() == "0" || f.Value.String() == "0s") {
			return usageError{fmt.Errorf("%s: it can't be 0", name)}
		}
	}
	return nil
}

// Sibling is the tranship binary beside this executable.
func Sibling() (string, error) {
	exe, err := os.Executable()
	if err != nil {
		return "", err
	}
	p := filepath.Join(filepath.Dir(exe), "tranship")
	if _, err := os.Stat(p); err != nil {
		return "", fmt.Errorf("no tranship binary beside this one: run `make build`, or name one with --tranship (%w)", err)
	}
	return p, nil
}

// last returns when the lab is to end: with ctx, or with the control plane.
func (l *Lab) last(ctx context.Context) error {
	if l.cluster == nil {
		<-ctx.Done()
		return nil
	}
	select {
	case <-ctx.Done():
		return nil
	case <-l.cluster.Lost():
		return l.cluster.Err()
	}
}

func upCommand(out, errw io.Writer) *cobra.Command {
	var (
		o          Options
		controller bool
		ready      string
	)
	c := &cobra.Command{
		Use:   "up",
		Short: "Start the lab and keep it until Ctrl-C",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := noneGiven(c); err != nil {
				return err
			}
			if _, err := o.withDefaults(); err != nil {
				return usageError{err}
			}
			o.Progress = errw
			switch {
			case !controller:
				o.Tranship = ""
			case o.Tranship == "":
				var err error
				if o.Tranship, err = Sibling(); err != nil {
					return err
				}
			}
			o.ControllerLog = errw
			l, err := Up(c.Context(), o)
			if err != nil {
				return err
			}
			if ready != "" {
				err = l.Ready.WriteFile(ready)
			}
			if err == nil {
				err = l.startFaults()
			}
			if err == nil {
				fmt.Fprint(out, l.Ready.Exports())
				fmt.Fprintf(errw, "ready (%s); Ctrl-C stops everything\n", l.profiles())
				err = l.last(c.Context())
			}
			err = errors.Join(err, l.Down(c.Context()))
			if ready != "" {
				_ = os.Remove(ready)
			}
			return err
		},
	}
	o.flags(c)
	f := c.Flags()
	f.StringVar(&o.EKS, "eks", "none", "ready: a Deployment and a headless Service for each ECS service; none")
	f.BoolVar(&o.LoadBalancers, "load-balancers", false, "give Services of type LoadBalancer and Ingresses internal load balancers")
	f.BoolVar(&o.NoKubernetes, "no-kubernetes", false, "without the control plane: AWS, DNS, VPC and ECS tasks alone")
	f.DurationVar(&o.History, "history", time.Hour, "how much of its past the lab remembers; 0: all of it")
	f.BoolVar(&controller, "controller", false, "run tranship's controller, too")
	f.StringVar(&ready, "ready-file", "", "write how to reach the lab to this file, as JSON, once it is ready")
	return c
}

func demoCommand(out io.Writer) *cobra.Command {
	var (
		o   DemoOptions
		log string
	)
	c := &cobra.Command{
		Use:   "demo",
		Short: "Move a fleet from ECS to EKS under load and report what its clients saw",
		Long: `Starts a lab, runs the load without any crossing (it must count 0 failures),
moves every service with tranship under the same load, and reports. It exits 0
only if every service is migrated and no request failed.

--procedure poc does what is done without tranship: the outage it shows is what
the counting is checked against, so it is expected to end with exit code 1.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if o.Procedure != "tranship" && o.Procedure != "poc" {
				return usageError{fmt.Errorf("procedure: %q is neither tranship nor poc", o.Procedure)}
			}
			if err := noneGiven(c); err != nil {
				return err
			}
			if _, err := o.withDefaults(); err != nil {
				return usageError{err}
			}
			if o.Tranship == "" && o.Procedure != "poc" {
				var err error
				if o.Tranship, err = Sibling(); err != nil {
					return err
				}
			}
			o.Progress, o.Out, o.ControllerLog = out, out, io.Discard
			if log != "" {
				f, err := os.Create(log)
				if err != nil {
					return err
				}
				defer func() { _ = f.Close() }()
				o.ControllerLog = f
			}
			r, err := Demo(c.Context(), o)
			if err != nil {
				return err
			}
			if err := r.OK(); err != nil {
				return err
			}
			fmt.Fprintln(out, "\nevery service moved, no request failed")
			return nil
		},
	}
	o.flags(c)
	f := c.Flags()
	f.StringVar(&o.Procedure, "procedure", "tranship", "tranship, or poc: today's way")
	f.Float64Var(&o.Rate, "rate", 600, "requests per second over all client habits")
	f.DurationVar(&o.Control, "control", 15*time.Second, "length of the control run")
	f.DurationVar(&o.KillEvery, "kill-every", 0, "kill -9 the controller that often")
	f.BoolVar(&o.Surge, "surge", true, "let autoscaling start one more ECS task of the first service as it is drained")
	f.StringVar(&o.Report, "report", "", "write the report to this file, as JSON")
	f.StringVar(&log, "controller-log", "", "write what the controller prints to this file")
	return c
}
