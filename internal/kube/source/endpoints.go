package source

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/internal/kube/pods"
	"github.com/tranship/tranship/internal/names"
)

// Values of endpoints-type: addresses of a pod's node instead of its own.
const (
	typeHostIP         = "HostIP"
	typeNodeExternalIP = "NodeExternalIP"
)

// Endpoints are what could serve a wish now: the pods of a headless Service, or
// its targets. Pods that may not serve yet are among them, and say so.
func (s *Source) Endpoints(ctx context.Context, r client.Reader, w Wish, now time.Time) names.Fact[[]names.Endpoint] {
	if !w.Pods {
		return names.Known(s.ofTargets(w, w.Targets), now)
	}
	k := client.ObjectKey{Namespace: w.Namespace, Name: w.Object}
	unknown := func(format string, args ...any) names.Fact[[]names.Endpoint] {
		return names.Unknown[[]names.Endpoint](fmt.Sprintf("Service %s: ", k)+fmt.Sprintf(format, args...), now)
	}
	var svc corev1.Service
	switch err := r.Get(ctx, k, &svc); {
	case apierrors.IsNotFound(err):
		return names.Known[[]names.Endpoint](nil, now)
	case err != nil:
		return unknown("%v", err)
	case w.UID != "" && string(svc.UID) != w.UID:
		return unknown("it was replaced by another one of its name, which is still to be read")
	}
	all, err := pods.Of(ctx, r, s.pods, &svc)
	if err != nil {
		return unknown("its pods: %v", err)
	}
	out := s.ofTargets(w, w.Targets)
	for i := range all {
		p := &all[i]
		if w.OnlyPod != "" && w.OnlyPod != p.Name {
			continue
		}
		es, err := s.ofPod(ctx, r, &svc, p)
		if err != nil {
			return unknown("node of pod %s: %v", p.Name, err)
		}
		out = append(out, es...)
	}
	// Two pods may be annotated with one target: the one that serves counts.
	slices.SortFunc(out, func(a, b names.Endpoint) int {
		return cmp.Or(cmp.Compare(a.ID(), b.ID()), -cmp.Compare(number(a.Serves()), number(b.Serves())), cmp.Compare(a.UID, b.UID))
	})
	return names.Known(slices.CompactFunc(out, func(a, b names.Endpoint) bool { return a.ID() == b.ID() }), now)
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// ofTargets are endpoints that lead to a wish's object; they are as ready as
// whatever told their address.
func (s *Source) ofTargets(w Wish, targets []string) []names.Endpoint {
	e := names.Endpoint{Namespace: w.Namespace, Service: w.Object, Ready: true}
	if w.Kind != KindService {
		e.Kind = w.Kind
	}
	if len(w.Ports) == 1 {
		e.Port = w.Ports[0].Port
	}
	var out []names.Endpoint
	for _, t := range targets {
		e.Target = t
		out = append(out, e)
	}
	return out
}

// ofPod is a pod's endpoint, or one for each target that it is annotated with;
// none where filters leave out every address it has.
func (s *Source) ofPod(ctx context.Context, r client.Reader, svc *corev1.Service, p *corev1.Pod) ([]names.Endpoint, error) {
	e := pods.Endpoint(p, svc)
	var err error
	if e.Zone, err = pods.Zone(ctx, r, p.Spec.NodeName); err != nil {
		return nil, err
	}
	notReady := svc.Spec.PublishNotReadyAddresses || s.opt.PublishNotReady
	if targets, ok := s.about(KindService, svc).targets(p.Annotations, ""); ok {
		e.Ready, e.IPv4, e.IPv6 = e.Ready || notReady, netip.Addr{}, netip.Addr{}
		var out []names.Endpoint
		for _, t := range s.keep(targets) {
			e.Target = t
			out = append(out, e)
		}
		return out, nil
	}
	at, err := s.at(ctx, r, svc, p)
	if err != nil {
		return nil, err
	}
	left := slices.DeleteFunc(slices.Clone(at), func(a netip.Addr) bool { return !s.kept(a.String()) })
	if len(at) > 0 && len(left) == 0 {
		return nil, nil
	}
	e.IPv4, e.IPv6 = pods.Pair(left)
	e.Ready = e.Ready || notReady // without an address it serves nobody all the same
	return []names.Endpoint{e}, nil
}

// at are the addresses under which a pod is to be found.
func (s *Source) at(ctx context.Context, r client.Reader, svc *corev1.Service, p *corev1.Pod) ([]netip.Addr, error) {
	kind, _ := s.first(svc.Annotations, keyEndpointsType)
	switch {
	case strings.EqualFold(kind.value, typeNodeExternalIP):
		return s.external(ctx, r, p.Spec.NodeName)
	case strings.EqualFold(kind.value, typeHostIP) || s.opt.PublishHostIP:
		return pods.HostAddresses(p), nil
	}
	return pods.Addresses(p), nil
}
