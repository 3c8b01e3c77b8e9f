package controller

import (
	"context"
	"fmt"
	"time"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/kube"
	"github.com/tranship/tranship/internal/kube/rival"
	"github.com/tranship/tranship/internal/names"
)

// rivalsEvery is how often the cluster is searched for another registrar.
const rivalsEvery = 10 * time.Minute

// rivals tells objects that ask for a name which an ExternalDNS of the cluster
// would write, too: two writers of one name undo each other's work.
type rivals struct {
	live      client.Reader // the API server: workloads are not worth a watch
	directory *kube.Directory
	kinds     []kind
	event     func(client.Object, cutover.Event)
	log       logr.Logger

	told map[string]bool // object, host and rival; of the last look
}

// Start looks until ctx ends.
func (r *rivals) Start(ctx context.Context) error {
	t := time.NewTimer(time.Minute) // what asks for names is read first
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			if err := r.round(ctx); err != nil && ctx.Err() == nil {
				r.log.Info("whether ExternalDNS runs in the cluster is not known", "error", err.Error())
			}
			t.Reset(rivalsEvery)
		}
	}
}

// round looks once, and tells what it did not tell last time.
func (r *rivals) round(ctx context.Context) error {
	found, err := rival.Find(ctx, r.live)
	if err != nil {
		return err
	}
	told := map[string]bool{}
	for _, k := range r.kinds {
		if len(found) == 0 {
			break
		}
		objects, err := k.list(ctx)
		if err != nil {
			return fmt.Errorf("list every %s: %w", k.name, err)
		}
		for _, o := range objects {
			r.object(k, o, found, told)
		}
	}
	r.told = told
	return nil
}

// object tells one object of the rivals for its names.
func (r *rivals) object(k kind, o client.Object, found []rival.Rival, told map[string]bool) {
	key := engine.Key{Namespace: o.GetNamespace(), Name: o.GetName(), Kind: keyKind(k.name)}
	for _, c := range r.directory.Claims(key, names.Ref{}) {
		for _, other := range found {
			if !other.Claims(c.Wish.Host, k.name, key.Namespace, o.GetLabels(), o.GetAnnotations()) {
				continue
			}
			id := key.Object() + " " + c.Wish.Host + " " + other.String()
			if told[id] = true; r.told[id] {
				continue
			}
			text := fmt.Sprintf("%s would write %s, too: leave the name to one of the two, by its --domain-filter or --exclude-domains, or hand it over with `tranship handover`", other, c.Wish.Host)
			r.log.Info(text, "object", key.Object())
			r.event(o, cutover.Event{Warning: true, Reason: "AnotherRegistrar", Message: text})
		}
	}
}
