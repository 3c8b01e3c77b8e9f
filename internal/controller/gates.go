package controller

import (
	"context"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/kube/gate"
	"github.com/tranship/tranship/internal/kube/source"
)

// claimed says whether a Service asks for a name, by what is read in this
// replica: one that does not lead has no directory, and its webhook answers all
// the same.
func claimed(r client.Reader, src *source.Source) gate.Claims {
	return func(svc *corev1.Service) bool {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second) // from a cache
		defer cancel()
		if wishes, _, err := src.Service(ctx, r, svc); err == nil && len(wishes) > 0 {
			return true
		}
		var list v1alpha1.ServiceMigrationList
		if err := r.List(ctx, &list, client.InNamespace(svc.Namespace), client.UnsafeDisableDeepCopy); err != nil {
			return false
		}
		for n := range list.Items {
			if list.Items[n].Spec.Target.Service == svc.Name {
				return true
			}
		}
		return false
	}
}

// webhook adds the server that puts the gate into pods, where it has an address.
func webhook(mgr manager.Manager, claims gate.Claims, live client.Client, m *gate.Metrics, o Options) error {
	if o.WebhookAddress == "" {
		return nil
	}
	w, err := gate.New(gate.Config{
		Services: mgr.GetClient(), Live: live, Namespace: o.LeaseNamespace, Claims: claims,
		Address: o.WebhookAddress, URL: o.WebhookURL, Metrics: m, Log: o.Log.WithName("webhook"),
	})
	if err != nil {
		return err
	}
	if err := mgr.Add(w); err != nil {
		_ = w.Close()
		return err
	}
	return mgr.AddReadyzCheck("webhook", w.Ready)
}

// strayEvery is how often pods are looked for whose gate nobody would open.
const strayEvery = 20 * time.Second

// strays opens the gates of pods that no Service with a name selects any more:
// they would never be ready.
type strays struct {
	reader client.Reader
	claims gate.Claims
	gates  *gate.Opener
	event  func(client.Object, cutover.Event)
	log    logr.Logger
}

// Start looks until ctx ends.
func (s *strays) Start(ctx context.Context) error {
	t := time.NewTicker(strayEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			s.round(ctx)
		}
	}
}

func (s *strays) round(ctx context.Context) {
	found, err := gate.FindStrays(ctx, s.reader, "", s.claims)
	if err != nil {
		if ctx.Err() == nil {
			s.log.Info("pods without a name could not be looked for", "error", err.Error())
		}
		return
	}
	for _, p := range found {
		const why = "no Service that asks for a name selects this pod, so it waits for none"
		if err := s.gates.Open(ctx, []gate.Pod{p}, gate.ReasonNotClaimed, why); err != nil {
			if ctx.Err() == nil {
				s.log.Info("a gate could not be opened", "pod", p.String(), "error", err.Error())
			}
			continue
		}
		pod := &corev1.Pod{}
		if s.reader.Get(ctx, client.ObjectKey{Namespace: p.Namespace, Name: p.Name}, pod) == nil && pod.UID == p.UID {
			s.event(pod, cutover.Event{Reason: string(gate.ReasonNotClaimed), Message: "the readiness gate is opened: " + why})
		}
	}
}

// opened tells the people of a pod whose gate was opened although it is not
// proved in its name.
func opened(r client.Reader, event func(client.Object, cutover.Event)) func(engine.Opening) {
	return func(o engine.Opening) {
		if o.Reason != engine.OpenedTimedOut {
			return
		}
		pod := &corev1.Pod{}
		if r.Get(context.Background(), client.ObjectKey{Namespace: o.Pod.Namespace, Name: o.Pod.Pod}, pod) == nil { // from a cache
			event(pod, cutover.Event{Warning: true, Reason: "GateTimedOut", Message: "the readiness gate is opened: " + o.Text})
		}
	}
}
