package engine

import (
	"context"
	"fmt"

	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

// settings says what of the service itself is to be written: its TTL, where it
// was made by us, and its description, where it is handed over.
func (e *Engine) settings(ctx context.Context, ref names.Ref, g Gathered, m *memory, v names.View, in *registrar.Intent) error {
	h := handover(g.Claimants)
	if h != nil {
		return h.intend(e, v, g, in)
	}
	ttl := wishedTTL(g.Claimants)
	if ttl == nil || e.Policy != registrar.Sync && e.Policy != registrar.UpsertOnly || v.Settings.SameTTLs(v.Settings.WithTTL(*ttl).Records) {
		return nil
	}
	made, err := e.made(ctx, ref, m)
	if err != nil {
		return fmt.Errorf("whether the service was made by us is not known: %w", err)
	}
	if made {
		in.TTL = ttl
	}
	return nil
}

// wishedTTL is the smallest that a claimant asks for; nil if none does.
func wishedTTL(cs []Claimant) *int64 {
	var ttl *int64
	for _, c := range cs {
		if c.Denied == "" && c.TTL != nil && (ttl == nil || *c.TTL < *ttl) {
			ttl = c.TTL
		}
	}
	return ttl
}

// made asks, once, whether the service was made by us.
func (e *Engine) made(ctx context.Context, ref names.Ref, m *memory) (bool, error) {
	if m.made == nil {
		yes := false
		if e.Creator != nil {
			made, err := e.Creator.Describe(ctx, ref)
			if err != nil {
				return false, err
			}
			yes = made.By(e.Bounds.Owner)
		}
		m.made = &yes
	}
	return *m.made, nil
}

// heritageOf is what ExternalDNS wrote into the description, if it did.
func heritageOf(s names.Settings) (names.Heritage, bool) {
	if s.Description == nil {
		return names.Heritage{}, false
	}
	return names.ParseHeritage(*s.Description)
}
