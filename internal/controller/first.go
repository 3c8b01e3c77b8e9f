package controller

import (
	"context"
	"fmt"
	"time"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/kube/source"
)

// blanks makes an empty object of each kind but Service.
func blanks(all []kind) map[string]func() client.Object {
	out := map[string]func() client.Object{}
	for _, k := range all {
		if k.name != source.KindService {
			out[k.name] = k.make
		}
	}
	return out
}

// firstLook says when the directory is complete: every object that was there at
// the start has been looked at. Until then no instance leaves because nobody
// seems to ask for it.
type firstLook struct {
	r   *resolver
	all []kind
	log logr.Logger
}

// lookAgain is how often it is seen whether they all have been; sayEvery is after
// how many of those it is said which are missing.
const (
	lookAgain = time.Second
	sayEvery  = 60
)

// Start lists what there is and waits until each was looked at, or is gone.
func (f *firstLook) Start(ctx context.Context) error {
	waits, err := f.list(ctx)
	if err != nil {
		return err
	}
	t := time.NewTicker(lookAgain)
	defer t.Stop()
	for n := 1; ; n++ {
		for k := range waits {
			if f.r.directory.Seen(k) {
				delete(waits, k)
			}
		}
		if len(waits) == 0 {
			f.r.directory.Complete()
			f.r.send(ctx, f.r.directory.All()) // what was held back for this may go on
			return nil
		}
		if n%sayEvery == 0 {
			f.log.Info("nothing leaves a name for want of a claim until these could be read, too", "objects", len(waits), "first", first(waits))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}

// first is the first of them, by name.
func first(waits map[engine.Key]bool) string {
	var out string
	for k := range waits {
		if s := k.Object(); out == "" || s < out {
			out = s
		}
	}
	return out
}

// migrationKey is a ServiceMigration among objects of other kinds.
func migrationKey(namespace, name string) engine.Key {
	return engine.Key{Namespace: namespace, Name: name, Kind: "ServiceMigration"}
}

// list is everything that may ask for a name, or lead to one.
func (f *firstLook) list(ctx context.Context) (map[engine.Key]bool, error) {
	out := map[engine.Key]bool{}
	var ms v1alpha1.ServiceMigrationList
	if err := f.r.client.List(ctx, &ms, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list every ServiceMigration: %w", err)
	}
	for n := range ms.Items {
		out[migrationKey(ms.Items[n].Namespace, ms.Items[n].Name)] = true
	}
	for _, k := range f.all {
		list, err := k.list(ctx)
		if err != nil {
			return nil, fmt.Errorf("list every %s: %w", k.name, err)
		}
		for _, o := range list {
			out[engine.Key{Namespace: o.GetNamespace(), Name: o.GetName(), Kind: keyKind(k.name)}] = true
		}
	}
	return out, nil
}
