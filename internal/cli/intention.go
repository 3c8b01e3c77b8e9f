package cli

import (
	"context"
	"fmt"
	"reflect"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/cutover"
)

// deed is what migrate does for one service.
type deed int

const (
	createIt deed = iota
	flipIt        // its goal is ECS
	turnIt        // it was rolled back by a command, which latches
	leaveIt       // it is on its way, or there
)

// intention is what migrate is about to do for one service.
type intention struct {
	do     deed
	object *v1alpha1.ServiceMigration // as it is, or as it is to be created
}

// plan compares what is asked for with what is there.
func (o *migrate) plan(ctx context.Context, c *Cluster, services []string) ([]intention, error) {
	var list v1alpha1.ServiceMigrationList
	if err := c.Client.List(ctx, &list, client.InNamespace(c.Namespace)); err != nil {
		return nil, fmt.Errorf("list the ServiceMigrations in %s: %w", c.Namespace, err)
	}
	there := map[string]*v1alpha1.ServiceMigration{}
	for i := range list.Items {
		there[list.Items[i].Name] = &list.Items[i]
	}
	var todo []intention
	for _, s := range services {
		want := o.object(c.Namespace, s)
		have, ok := there[want.Name]
		if !ok {
			todo = append(todo, intention{createIt, want})
			continue
		}
		if err := compatible(have, want); err != nil {
			return nil, err
		}
		todo = append(todo, intention{deedFor(have), have})
	}
	return todo, nil
}

func deedFor(have *v1alpha1.ServiceMigration) deed {
	if have.Spec.Goal == v1alpha1.GoalSource {
		return flipIt
	}
	switch cutover.Phase(have.Status.Phase) {
	case cutover.Recall, cutover.Readmit, cutover.Withdraw, cutover.Settle, cutover.RolledBack:
		return turnIt
	default:
	}
	if c, ok := commandOf(have); ok && c.Verb == cutover.VerbRollback && !taken(have) {
		return turnIt // its rollback is still to be seen
	}
	return leaveIt
}

// compatible refuses to take a migration for the one that is asked for if it is
// not. What was left out of the command line may be anything.
func compatible(have, want *v1alpha1.ServiceMigration) error {
	at := "ServiceMigration " + have.Namespace + "/" + have.Name
	h, w := have.Spec, want.Spec
	switch {
	case have.DeletionTimestamp != nil:
		return fmt.Errorf("%s is being deleted: wait until it is gone, then migrate again", at)
	case h.Source.Cluster != w.Source.Cluster, h.Source.Service != w.Source.Service,
		w.Source.Account != "" && h.Source.Account != w.Source.Account,
		w.Source.Region != "" && h.Source.Region != w.Source.Region:
		return fmt.Errorf("%s moves ECS service %s/%s already: choose another Service with --target", at, h.Source.Cluster, h.Source.Service)
	}
	for _, f := range []struct {
		flag       string
		have, want any
	}{
		{"--target", h.Target.Service, w.Target.Service},
		{"--kind", h.Kind, w.Kind},
		{"--withdrawal", h.Strategy.Withdrawal, w.Strategy.Withdrawal},
		{"--record-ttl", h.Strategy.RecordTTLSeconds, w.Strategy.RecordTTLSeconds},
		{"--ready-for", h.Strategy.ReadyFor, w.Strategy.ReadyFor},
		{"--step", shares(h.Strategy.Steps), shares(w.Strategy.Steps)},
	} {
		if !reflect.ValueOf(f.want).IsZero() && !reflect.DeepEqual(f.have, f.want) {
			return fmt.Errorf("%s exists and says something else than %s: leave the flag out, or change it with `kubectl edit`", at, f.flag)
		}
	}
	return nil
}

// shares is what matters of steps; a soak may have been filled in by default.
func shares(steps []v1alpha1.Step) string {
	s := ""
	for _, st := range steps {
		s += fmt.Sprintf("%d ", st.Share)
	}
	return s
}

// announce says what will be done, and what comes of it.
func (o *migrate) announce(c *Cluster, todo []intention) {
	p := func(format string, args ...any) { fmt.Fprintf(o.env.Err, format+"\n", args...) }
	p("In Kubernetes namespace %s:", c.Namespace)
	moves := 0
	for _, i := range todo {
		s := i.object.Spec
		what := fmt.Sprintf("%s: the name of ECS service %s/%s goes to Service %s", i.object.Name, s.Source.Cluster, s.Source.Service, s.Target.Service)
		switch i.do {
		case createIt:
			p("  create ServiceMigration %s", what)
		case flipIt:
			p("  set goal Target in ServiceMigration %s", what)
		case turnIt:
			p("  turn the rollback round in ServiceMigration %s", what)
		case leaveIt:
			p("  leave ServiceMigration %s; it is asked for already (%s)", what, orNew(i.object.Status.Phase))
		}
		if i.do != leaveIt {
			moves++
		}
	}
	if moves == 0 {
		return
	}
	p(`Then the controller, once all checks have passed, in AWS:
  lowers the record TTL of each name, and puts it back at the end
  registers pods in the name, then takes ECS tasks out of it while they keep running
  sets desiredCount to 0 when no client can hold their addresses any more; the ECS service stays
` + "`tranship rollback`" + ` turns it round from any phase.`)
}

func orNew(phase string) string {
	if phase == "" {
		return "not looked at yet"
	}
	return phase
}

// carry does one of them.
func (o *migrate) carry(ctx context.Context, c *Cluster, i intention) error {
	m, at := i.object, "ServiceMigration "+i.object.Namespace+"/"+i.object.Name
	said := ""
	switch i.do {
	case createIt:
		err := c.Client.Create(ctx, m, client.FieldOwner("tranship"), client.FieldValidation("Strict"))
		if apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("%s was created by someone else just now: look at it with `tranship status`, then migrate again", at)
		}
		if err != nil {
			return fmt.Errorf("create %s: %w", at, err)
		}
		said = "created"
	case flipIt:
		before := m.DeepCopy()
		m.Spec.Goal = v1alpha1.GoalTarget
		if err := c.Client.Patch(ctx, m, client.MergeFrom(before), client.FieldOwner("tranship")); err != nil {
			return fmt.Errorf("set the goal of %s: %w", at, err)
		}
		said = "goal set to Target"
	case turnIt:
		if err := c.command(ctx, m, cutover.Command{
			Verb: cutover.VerbResume, Nonce: o.env.Nonce(), By: c.who(ctx), Reason: "migrate again", Generation: m.Generation,
		}); err != nil {
			return err
		}
		said = "turned round"
	case leaveIt:
		said = "unchanged"
	}
	fmt.Fprintf(o.env.Out, "servicemigration.tranship.dev/%s %s\n", m.Name, said)
	return nil
}
