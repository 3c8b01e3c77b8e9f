package controller

import (
	"context"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/kube/gate"
)

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

// strays opens the gates of pods that no Service with a name selects any more:
// they would never be ready.
func strays(r client.Reader, claims gate.Claims, gates *gate.Opener, event func(client.Object, cutover.Event), log logr.Logger) *gate.Sweeper {
	return &gate.Sweeper{
		Reader: r, Claims: claims, Opener: *gates, Log: log,
		Tell: func(ctx context.Context, p gate.Pod, reason gate.Reason, text string) {
			pod := &corev1.Pod{}
			if r.Get(ctx, client.ObjectKey{Namespace: p.Namespace, Name: p.Name}, pod) == nil && pod.UID == p.UID { // from a cache
				event(pod, cutover.Event{Warning: true, Reason: string(reason), Message: text})
			}
		},
	}
}

// opened tells the people of a pod whose gate was opened although it is not
// proved in its name.
func opened(ctx context.Context, r client.Reader, event func(client.Object, cutover.Event)) func(engine.Opening) {
	return func(o engine.Opening) {
		if o.Reason != engine.OpenedTimedOut {
			return
		}
		pod := &corev1.Pod{}
		if r.Get(ctx, client.ObjectKey{Namespace: o.Pod.Namespace, Name: o.Pod.Pod}, pod) == nil { // from a cache
			event(pod, cutover.Event{Warning: true, Reason: "GateTimedOut", Message: "the readiness gate is opened: " + o.Text})
		}
	}
}
