package loadbalancer

import (
	"context"
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// tell writes the DNS name, or none, into the object's status, unless it stands
// there already. An AWS load balancer has no address in the status, as those may
// change.
func (c *Controller) tell(ctx context.Context, o object, dns string) error {
	if c.told(o) == dns {
		return nil
	}
	type point struct {
		Hostname string `json:"hostname"`
	}
	list := []point{}
	if dns != "" {
		list = append(list, point{dns})
	}
	patch, err := json.Marshal(map[string]any{"status": map[string]any{"loadBalancer": map[string]any{"ingress": list}}})
	if err != nil {
		return fmt.Errorf("status of %s: %w", o, err)
	}
	if o.kind == network {
		_, err = c.cfg.Client.CoreV1().Services(o.namespace).Patch(ctx, o.name, types.MergePatchType, patch, metav1.PatchOptions{}, "status")
	} else {
		_, err = c.cfg.Client.NetworkingV1().Ingresses(o.namespace).Patch(ctx, o.name, types.MergePatchType, patch, metav1.PatchOptions{}, "status")
	}
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("status of %s: %w", o, err)
	}
	return nil
}

// told is the DNS name that the status has now.
func (c *Controller) told(o object) string {
	key := o.namespace + "/" + o.name
	if o.kind == network {
		x, _, _ := c.services.GetStore().GetByKey(key) // a key of this form is never refused
		if s, ok := x.(*corev1.Service); ok && len(s.Status.LoadBalancer.Ingress) == 1 {
			return s.Status.LoadBalancer.Ingress[0].Hostname
		}
		return ""
	}
	x, _, _ := c.ingresses.GetStore().GetByKey(key)
	if in, ok := x.(*networkingv1.Ingress); ok && len(in.Status.LoadBalancer.Ingress) == 1 {
		return in.Status.LoadBalancer.Ingress[0].Hostname
	}
	return ""
}
