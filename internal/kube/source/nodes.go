package source

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/internal/kube/pods"
)

// nodes are the addresses of the nodes on which a NodePort Service is reached.
func (a *about) nodes(ctx context.Context, r client.Reader, svc *corev1.Service) ([]string, error) {
	var all corev1.NodeList
	if err := r.List(ctx, &all, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("nodes: %w", err)
	}
	var with map[string]bool
	if svc.Spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal {
		of, err := pods.Of(ctx, r, a.s.pods, svc)
		if err != nil {
			return nil, fmt.Errorf("its pods: %w", err)
		}
		with = best(of)
	}
	var external, internal, ipv6 []string
	for i := range all.Items {
		n := &all.Items[i]
		if with != nil && !with[n.Name] || n.Spec.Unschedulable && !a.s.opt.IncludeUnschedulable {
			continue
		}
		for _, at := range n.Status.Addresses {
			switch at.Type {
			case corev1.NodeExternalIP:
				external = append(external, at.Address)
			case corev1.NodeInternalIP:
				internal = append(internal, at.Address)
				if recordType(at.Address) == "AAAA" {
					ipv6 = append(ipv6, at.Address)
				}
			}
		}
	}
	public := external
	if a.s.opt.ExposeInternalIPv6 {
		public = slices.Concat(external, ipv6)
	}
	switch a.oneOf(svc.Annotations, keyAccess, "the nodes' external addresses are taken, or their internal ones where there are none", "public", "private") {
	case "public":
		return public, nil
	case "private":
		return internal, nil
	}
	if len(external) > 0 {
		return public, nil
	}
	return internal, nil
}

// best are the nodes with the readiest pods: ready ones or, if there are none,
// ready ones that are leaving or, if there are none either, running ones.
func best(of []corev1.Pod) map[string]bool {
	const running, leaving, ready = 1, 2, 3
	rank := map[string]int{}
	top := 0
	for i := range of {
		p := &of[i]
		if p.Status.Phase != corev1.PodRunning || p.Spec.NodeName == "" {
			continue
		}
		n := running
		switch {
		case pods.Ready(p) && p.DeletionTimestamp.IsZero():
			n = ready
		case pods.Ready(p):
			n = leaving
		}
		rank[p.Spec.NodeName], top = max(rank[p.Spec.NodeName], n), max(top, n)
	}
	out := map[string]bool{}
	for node, n := range rank {
		if n == top {
			out[node] = true
		}
	}
	return out
}

// external are a node's addresses for endpoints-type NodeExternalIP.
func (s *Source) external(ctx context.Context, r client.Reader, node string) ([]netip.Addr, error) {
	if node == "" {
		return nil, nil
	}
	var n corev1.Node
	if err := r.Get(ctx, client.ObjectKey{Name: node}, &n); err != nil {
		return nil, client.IgnoreNotFound(err)
	}
	var out []netip.Addr
	for _, at := range n.Status.Addresses {
		ip, err := netip.ParseAddr(at.Address)
		if err == nil && (at.Type == corev1.NodeExternalIP || s.opt.ExposeInternalIPv6 && at.Type == corev1.NodeInternalIP && ip.Is6()) {
			out = append(out, ip.Unmap())
		}
	}
	return out, nil
}
