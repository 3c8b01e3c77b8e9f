package churn

import (
	"context"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	product "github.com/tranship/tranship/internal/controller"
	"github.com/tranship/tranship/lab"
	"github.com/tranship/tranship/lab/process"
)

// controller is one replica.
type controller struct {
	*process.Child
	identity string
	args     []string
	dead     bool
}

// ask finds out which flags of the trial the controller knows. Without a webhook,
// the gate is written into the templates.
func (t *trial) ask(ctx context.Context) (err error) {
	if t.known, err = process.Flags(ctx, t.o.Tranship, "controller"); err != nil {
		return err
	}
	wanted := []string{"resolver"}
	if t.o.Gate {
		wanted = append(wanted, "webhook-address", "webhook-url")
	}
	for _, f := range wanted {
		if !t.known[f] {
			t.report.MissingFlags = append(t.report.MissingFlags, f)
		}
	}
	t.o.GateInTemplate = t.o.Gate && (t.o.GateInTemplate || !t.known["webhook-url"])
	t.report.GateInTemplate = t.o.GateInTemplate
	return nil
}

// start runs the replicas.
func (t *trial) start(ctx context.Context) (err error) {
	if t.front, err = newFront(ctx); err != nil {
		return err
	}
	for n := range t.o.Replicas {
		var wishes [][2]string // the lab gives it the resolver
		if t.o.Gate {
			addr, err := t.front.add(ctx)
			if err != nil {
				return err
			}
			wishes = append(wishes, [2]string{"webhook-address", addr}, [2]string{"webhook-url", "https://" + t.front.address})
		}
		var args []string
		for _, w := range wishes {
			if t.known[w[0]] {
				args = append(args, "--"+w[0], w[1])
			}
		}
		c := &controller{identity: fmt.Sprintf("lab-%d", n+1), args: append(args, t.o.More...)}
		if err := t.launch(ctx, c); err != nil {
			return err
		}
		t.controllers = append(t.controllers, c)
	}
	return nil
}

// launch starts the process of a replica, also anew.
func (t *trial) launch(ctx context.Context, c *controller) error {
	p, err := t.lab.Controller(ctx, t.o.Tranship, c.identity, c.args...)
	if err != nil {
		return err
	}
	p.Once, p.Failed = true, t.fail
	c.Child, err = process.Start(ctx, p)
	return err
}

// weigh takes the memory that the controllers have needed so far.
func (t *trial) weigh() {
	for _, c := range t.controllers {
		if c.dead {
			continue
		}
		if n, err := c.PeakMemory(); err == nil {
			t.report.PeakMemoryBytes = max(t.report.PeakMemoryBytes, n)
		}
	}
}

// end stops the controllers, in order.
func (t *trial) end(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	t.weigh()
	var errs []error
	for _, c := range t.controllers {
		errs = append(errs, c.Stop(ctx))
	}
	if t.front != nil {
		errs = append(errs, t.front.close())
	}
	return errors.Join(errs...)
}

// leading is the replica that holds the lease.
func (t *trial) leading(ctx context.Context) (*controller, error) {
	l, err := t.lab.Kubernetes().CoordinationV1().Leases(lab.LeaseNamespace).Get(ctx, product.LeaseName, metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("who leads: %w", err)
	}
	for _, c := range t.controllers {
		if l.Spec.HolderIdentity != nil && c.identity == *l.Spec.HolderIdentity && !c.dead {
			return c, nil
		}
	}
	return nil, errors.New("no replica leads")
}
