package controller

import (
	"context"
	"fmt"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

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
}

// lookAgain is how often it is seen whether they all have been.
const lookAgain = time.Second

// Start lists what there is and waits until each was looked at, or is gone.
func (f *firstLook) Start(ctx context.Context) error {
	waits, err := f.list(ctx)
	if err != nil {
		return err
	}
	t := time.NewTicker(lookAgain)
	defer t.Stop()
	for {
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
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}

// list is everything that may ask for a name.
func (f *firstLook) list(ctx context.Context) (map[engine.Key]bool, error) {
	out := map[engine.Key]bool{}
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
