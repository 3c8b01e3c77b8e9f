package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tranship/tranship/internal/controller"
	"github.com/tranship/tranship/internal/cutover"
)

// control is the verb that carries crossings out.
type control struct {
	env Env
	Access
	InstallCRDs                               bool
	Identity, Owner, Region, LeaseNamespace   string
	Allow, ClientCaches                       []string
	Propagation, Operation, Health, TaskStart time.Duration
	Busy                                      time.Duration
	Concurrency                               int
	MetricsAddress, HealthAddress             string
	LogFormat, LogLevel                       string

	caches []cutover.Cache
}

func newController(env Env) *cobra.Command {
	return verb("controller [flags]", "carry the crossings out; nothing else does",
		`controller carries out the crossings that ServiceMigrations ask for, and keeps names true afterwards. It runs
in a cluster as well as from a shell, with a kubeconfig and the usual AWS environment (AWS_REGION, AWS_PROFILE,
AWS_ENDPOINT_URL, …). One at a time holds the lease; killed at any point, the next one goes on.

Who may take which ECS service is an administrator's word: --allow, or the tag tranship.dev/namespace on the
ECS service. Without it, nothing moves.`,
		`  tranship controller --install-crds --allow 'shop=production/*'`,
		&control{env: env})
}

// AddFlags implements options. The bounds are what a crossing may count on; too
// small a value breaks what is promised.
func (o *control) AddFlags(f *pflag.FlagSet) {
	f.BoolVar(&o.InstallCRDs, "install-crds", false, "create or update the CustomResourceDefinitions first")
	f.StringArrayVar(&o.Allow, "allow", nil, "`NAMESPACE=CLUSTER/GLOB`: this Kubernetes namespace may take these ECS services; may be repeated")
	f.StringVar(&o.Identity, "identity", "", "who holds the lease; one that finds its own identity there takes over at once (default: host name)")
	f.StringVar(&o.Owner, "owner", "", "`id` by which our instances are recognised in a name (default: from the cluster)")
	f.StringVar(&o.Region, "region", "", "AWS `region` (default: AWS_REGION or the profile)")
	f.StringVar(&o.LeaseNamespace, "lease-namespace", "", "Kubernetes `namespace` of the lease (default: "+leaseNamespace+")")
	f.DurationVar(&o.Propagation, "propagation", 60*time.Second, "from a change until Route 53's last server knows it")
	f.DurationVar(&o.Operation, "operation", 6*time.Second, "from a call to Cloud Map until its operation has succeeded")
	f.DurationVar(&o.Health, "health", 30*time.Second, "from a custom health status until it counts")
	f.DurationVar(&o.TaskStart, "task-start", 2*time.Minute, "from desiredCount until a task runs")
	f.StringArrayVar(&o.ClientCaches, "client-cache", nil, "`NAME=DURATION`: a cache on the clients' side that keeps answers beyond their TTL; may be repeated, they add up")
	f.DurationVar(&o.Busy, "busy", 2*time.Second, "how often a name in motion is looked at")
	f.IntVar(&o.Concurrency, "concurrency", 16, "how many names are looked at, at the same time")
	f.StringVar(&o.MetricsAddress, "metrics-address", "", "`host:port` of the metrics (default: none)")
	f.StringVar(&o.HealthAddress, "health-address", "", "`host:port` of the health checks (default: none)")
	f.StringVar(&o.LogFormat, "log-format", "json", "json or text")
	f.StringVar(&o.LogLevel, "log-level", "info", "debug, info, warn or error")
	o.Access.AddFlags(f)
}

// Validate implements options.
func (o *control) Validate(args []string) error {
	if err := noArgs(args); err != nil {
		return err
	}
	for _, b := range []struct {
		flag string
		d    time.Duration
	}{
		{"--propagation", o.Propagation}, {"--operation", o.Operation}, {"--health", o.Health},
		{"--task-start", o.TaskStart}, {"--busy", o.Busy},
	} {
		if b.d <= 0 {
			return fmt.Errorf("%s must be more than 0", b.flag)
		}
	}
	if o.Concurrency < 1 {
		return errors.New("--concurrency must be at least 1")
	}
	if err := controller.CheckAllow(o.Allow); err != nil {
		return err
	}
	for _, a := range []struct{ flag, address string }{{"--metrics-address", o.MetricsAddress}, {"--health-address", o.HealthAddress}} {
		if a.address == "" || a.address == "0" {
			continue
		}
		if _, _, err := net.SplitHostPort(a.address); err != nil {
			return fmt.Errorf("%s %s: it is host:port", a.flag, a.address)
		}
	}
	if o.LogFormat != "text" && o.LogFormat != "json" {
		return fmt.Errorf("--log-format %s: it is json or text", o.LogFormat)
	}
	if _, ok := levels[o.LogLevel]; !ok {
		return fmt.Errorf("--log-level %s: it is debug, info, warn or error", o.LogLevel)
	}
	var err error
	o.caches, err = parseCaches(o.ClientCaches)
	return err
}

func parseCaches(words []string) ([]cutover.Cache, error) {
	var cs []cutover.Cache
	for _, w := range words {
		name, text, _ := strings.Cut(w, "=")
		d, err := time.ParseDuration(text)
		if name == "" || err != nil || d <= 0 {
			return nil, fmt.Errorf("--client-cache %s: it is NAME=DURATION, such as jvm=30s", w)
		}
		if slices.ContainsFunc(cs, func(c cutover.Cache) bool { return c.Name == name }) {
			return nil, fmt.Errorf("--client-cache %s is there twice", name)
		}
		cs = append(cs, cutover.Cache{Name: name, For: d})
	}
	return cs, nil
}

// Run implements options. It ends in order when the context does.
func (o *control) Run(ctx context.Context, _ []string) error {
	opts, err := o.options()
	if err != nil {
		return err
	}
	err = o.env.Control(ctx, opts)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil // that is how it is meant to end
	}
	return err
}
