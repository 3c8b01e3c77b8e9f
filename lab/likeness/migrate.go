package likeness

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/lab"
)

// migrate moves the names, so many at once, by the product's own verb.
func (t *trial) migrate(ctx context.Context) error {
	var names []string
	for _, s := range t.report.Services {
		if s.Ready && !s.Nameless {
			names = append(names, s.Name)
		}
	}
	var failed error
	for len(names) > 0 && failed == nil {
		some := names[:min(t.o.AtOnce, len(names))]
		names = names[len(some):]
		t.say("  %d services, %d to go", len(some), len(names))
		failed = t.product.migrate(ctx, some)
	}
	if err := t.moved(ctx); err != nil {
		return err
	}
	return failed
}

// moved looks who has crossed.
func (t *trial) moved(ctx context.Context) error {
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		return err
	}
	c, err := client.New(t.lab.RESTConfig(), client.Options{Scheme: scheme})
	if err != nil {
		return err
	}
	var list v1alpha1.ServiceMigrationList
	if err := c.List(context.WithoutCancel(ctx), &list, client.InNamespace(lab.KubeNamespace)); err != nil {
		return fmt.Errorf("list the migrations: %w", err)
	}
	for _, m := range list.Items {
		for i := range t.report.Services {
			s := &t.report.Services[i]
			if s.Name != m.Name {
				continue
			}
			if s.Moved = m.Status.Phase == "Migrated"; !s.Moved && !s.Nameless {
				s.Why = "it is in phase " + m.Status.Phase
			}
		}
	}
	return nil
}
