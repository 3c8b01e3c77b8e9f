package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/yaml"

	"github.com/tranship/tranship/api/v1alpha1"
)

// migrate is the verb that asks for crossings.
type migrate struct {
	env Env
	Access
	Waiting
	Cluster, Account, Region string
	Target, Kind, Withdrawal string
	Steps                    []string
	RecordTTL, ReadyFor      time.Duration
	Yes, DryRun              bool

	flags *pflag.FlagSet
	steps []v1alpha1.Step
}

func newMigrate(env Env) *cobra.Command {
	return verb("migrate SERVICE… --ecs-cluster CLUSTER [flags]", "move ECS services to the Kubernetes Services beside them",
		`migrate makes one ServiceMigration for each ECS service; the controller then moves its name from the ECS
tasks to the pods of the Kubernetes Service, without a gap. One whose goal is ECS, or that was rolled back,
is turned round. One that is under way already is left as it is.`,
		`  tranship migrate orders --ecs-cluster production -n shop --wait
  tranship migrate orders carts --ecs-cluster production --step 10:5m --step 50:10m --yes
  tranship migrate orders --ecs-cluster production --dry-run > orders.yaml`,
		&migrate{env: env})
}

// AddFlags implements options.
func (o *migrate) AddFlags(f *pflag.FlagSet) {
	o.flags = f
	f.StringVar(&o.Cluster, "ecs-cluster", "", "`name` of the ECS cluster (needed)")
	o.AddNamespace(f)
	f.StringVar(&o.Target, "target", "", "`name` of the Kubernetes Service (default: that of the ECS service)")
	f.BoolVar(&o.Yes, "yes", false, "do not ask")
	f.BoolVar(&o.DryRun, "dry-run", false, "print what would be created, and create nothing")
	o.Waiting.AddFlags(f, "all are Migrated")
	f.StringVar(&o.Withdrawal, "withdrawal", "", "how a running task is taken out of the name: Auto, Deregister or CustomHealth (default Auto)")
	f.StringArrayVar(&o.Steps, "step", nil, "`SHARE[:SOAK]`: share of EKS addresses in percent, and how long to watch it; may be repeated")
	f.DurationVar(&o.RecordTTL, "record-ttl", 0, "record TTL while the crossing lasts (default 10s)")
	f.DurationVar(&o.ReadyFor, "ready-for", 0, "how long the workload must have been ready before anything is changed (default 30s)")
	f.StringVar(&o.Kind, "kind", "", "overrides what evidence says of the service; only request services cross")
	f.StringVar(&o.Account, "account", "", "AWS account `id` (default: the controller's)")
	f.StringVar(&o.Region, "region", "", "AWS `region` (default: the controller's)")
	o.Access.AddFlags(f)
}

// Validate implements options.
func (o *migrate) Validate(args []string) error {
	if err := someServices(args); err != nil {
		return err
	}
	switch {
	case o.Cluster == "":
		return errors.New("which ECS cluster? say it with --ecs-cluster")
	case o.Target != "" && len(args) > 1:
		return errors.New("--target names one Service, so it needs exactly one SERVICE")
	case !slices.Contains([]string{"", "Auto", "Deregister", "CustomHealth"}, o.Withdrawal):
		return fmt.Errorf("--withdrawal %s: it is Auto, Deregister or CustomHealth", o.Withdrawal)
	case !slices.Contains([]string{"", "request", "worker", "singleton", "scheduled", "stateful"}, o.Kind):
		return fmt.Errorf("--kind %s: it is request, worker, singleton, scheduled or stateful", o.Kind)
	case o.RecordTTL < 0 || o.RecordTTL%time.Second != 0:
		return fmt.Errorf("--record-ttl %s: a TTL is in whole seconds", o.RecordTTL)
	case o.ReadyFor < 0:
		return errors.New("--ready-for must not be negative")
	}
	var err error
	if o.steps, err = parseSteps(o.Steps); err != nil {
		return err
	}
	seen := map[string]string{}
	for _, a := range args {
		n := o.target(a)
		if errs := validation.IsDNS1035Label(n); errs != nil {
			return fmt.Errorf("%q is no name of a Kubernetes Service: choose one with --target", n)
		}
		if other, ok := seen[n]; ok {
			return fmt.Errorf("%s and %s would both go to the Kubernetes Service %s: move one of them alone, with --target", other, a, n)
		}
		seen[n] = a
	}
	return o.Waiting.Validate()
}

// target is the Kubernetes Service that an ECS service goes to, and the name of
// its migration: names on ECS may have capitals and underscores, others not.
func (o *migrate) target(service string) string {
	if o.Target != "" {
		return o.Target
	}
	return strings.ReplaceAll(strings.ToLower(service), "_", "-")
}

func parseSteps(words []string) ([]v1alpha1.Step, error) {
	var steps []v1alpha1.Step
	for _, w := range words {
		share, soak, timed := strings.Cut(w, ":")
		n, err := strconv.Atoi(strings.TrimSuffix(share, "%"))
		if err != nil || n < 1 || n > 100 {
			return nil, fmt.Errorf("--step %s: the share is a number from 1 to 100", w)
		}
		s := v1alpha1.Step{Share: int32(n)}
		if timed {
			d, err := time.ParseDuration(soak)
			if err != nil || d < 0 {
				return nil, fmt.Errorf("--step %s: the soak is a duration such as 30s or 5m", w)
			}
			s.Soak = &metav1.Duration{Duration: d}
		}
		if len(steps) > 0 && steps[len(steps)-1].Share > s.Share {
			return nil, fmt.Errorf("--step %s: shares must not fall from one step to the next", w)
		}
		steps = append(steps, s)
	}
	return steps, nil
}

// object is the migration of one ECS service.
func (o *migrate) object(namespace, service string) *v1alpha1.ServiceMigration {
	m := &v1alpha1.ServiceMigration{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1alpha1.GroupVersion.String(), Kind: "ServiceMigration"},
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: o.target(service)},
		Spec: v1alpha1.ServiceMigrationSpec{
			Goal:   v1alpha1.GoalTarget,
			Source: v1alpha1.Source{Account: o.Account, Region: o.Region, Cluster: o.Cluster, Service: service},
			Target: v1alpha1.Target{Service: o.target(service)},
			Kind:   o.Kind,
			Strategy: v1alpha1.Strategy{
				Withdrawal: o.Withdrawal,
				Steps:      o.steps,
			},
		},
	}
	if o.flags.Changed("record-ttl") {
		ttl := int64(o.RecordTTL / time.Second)
		m.Spec.Strategy.RecordTTLSeconds = &ttl
	}
	if o.flags.Changed("ready-for") {
		m.Spec.Strategy.ReadyFor = &metav1.Duration{Duration: o.ReadyFor}
	}
	return m
}

// Run implements options.
func (o *migrate) Run(ctx context.Context, args []string) error {
	slices.Sort(args)
	if o.DryRun {
		return o.print(args)
	}
	c, err := o.env.Connect(o.Access)
	if err != nil {
		return err
	}
	todo, err := o.plan(ctx, c, args)
	if err != nil {
		return err
	}
	o.announce(c, todo)
	if slices.ContainsFunc(todo, func(i intention) bool { return i.do != leaveIt }) {
		if err := o.env.confirm(ctx, o.Yes); err != nil {
			return err
		}
	}
	var names []string
	for _, i := range todo {
		if err := o.carry(ctx, c, i); err != nil {
			return err
		}
		names = append(names, i.object.Name)
	}
	c.warnIfAlone(ctx, o.env)
	if !o.Wait {
		fmt.Fprintf(o.env.Err, "Follow it with: tranship status -w -n %s\n", c.Namespace)
		return nil
	}
	return o.await(ctx, o.env, c, names, toTarget)
}

// print writes the objects as YAML, without asking any cluster.
func (o *migrate) print(args []string) error {
	namespace := o.Namespace
	if namespace == "" {
		if _, ns, _, err := configOf(o.Access); err == nil {
			namespace = ns
		}
	}
	for i, a := range args {
		if i > 0 {
			fmt.Fprintln(o.env.Out, "---")
		}
		if err := writeYAML(o.env.Out, o.object(namespace, a)); err != nil {
			return err
		}
	}
	return nil
}

// writeYAML leaves out what only an API server fills in.
func writeYAML(w io.Writer, m *v1alpha1.ServiceMigration) error {
	b, err := yaml.Marshal(m)
	if err != nil {
		return err
	}
	var tree map[string]any
	if err := yaml.Unmarshal(b, &tree); err != nil {
		return err
	}
	delete(tree, "status")
	if meta, ok := tree["metadata"].(map[string]any); ok {
		delete(meta, "creationTimestamp")
	}
	if spec, ok := tree["spec"].(map[string]any); ok {
		if s, ok := spec["strategy"].(map[string]any); ok && len(s) == 0 {
			delete(spec, "strategy")
		}
	}
	if b, err = yaml.Marshal(tree); err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}
