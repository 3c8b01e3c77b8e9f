package engine

import (
	"slices"
	"strings"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

// hand is a hand-over to or from ExternalDNS, as a claimant asks for it.
type hand struct {
	cutover.Handover
	claimant Claimant
}

// handover is the one that the claimants of a name ask for; nil without one.
func handover(cs []Claimant) *hand {
	for _, c := range cs {
		if c.Handover != nil && c.Denied == "" {
			return &hand{Handover: *c.Handover, claimant: c}
		}
	}
	return nil
}

// of says that a foreign instance is what the hand-over is about, and so keeps
// the name from nobody.
func (h *hand) of(i names.Instance, s names.Settings) bool {
	if h == nil || !registrar.Plain(i) {
		return false
	}
	if h.To {
		return true
	}
	her, ok := heritageOf(s)
	return !ok || h.Owner == "" || her.Owner == h.Owner
}

// given says that the name is ExternalDNS' now: nothing of ours is in it, and
// the description says whose it is.
func (h *hand) given(v names.View, owner string) bool {
	if h == nil || !h.To {
		return false
	}
	her, ok := heritageOf(v.Settings)
	return ok && her.Owner == h.Owner && !slices.ContainsFunc(v.Instances, func(i names.Instance) bool {
		return names.SideOf(i, owner, nil) == names.Ours
	})
}

// taken says that the name was taken over: nothing that the hand-over is about is in
// it, and the description does not say any more that it is ExternalDNS'. Others may be.
func (h *hand) taken(v names.View, owner string) bool {
	if h == nil || h.To {
		return false
	}
	her, has := heritageOf(v.Settings)
	return !(has && (h.Owner == "" || her.Owner == h.Owner)) && !slices.ContainsFunc(v.Instances, func(i names.Instance) bool {
		return names.SideOf(i, owner, nil) != names.Ours && h.of(i, v.Settings)
	})
}

// adopted is what the description says once a name was taken over: without
// ExternalDNS' own words there it leaves the service alone.
const adopted = "kept by tranship"

// intend is what the hand-over wants of the name. The description changes last
// in both directions: whoever it names has all instances by then.
func (h *hand) intend(e *Engine, v names.View, g Gathered, in *registrar.Intent) error {
	if h.given(v, e.Bounds.Owner) {
		in.Hold = "it was handed over to ExternalDNS, owner " + h.Owner
		return nil
	}
	mine, plain := false, false
	for _, i := range v.Instances {
		if names.SideOf(i, e.Bounds.Owner, nil) == names.Ours {
			mine = true
			continue
		}
		if !registrar.Plain(i) {
			continue
		}
		plain = true
	}
	her, has := heritageOf(v.Settings)
	if h.To {
		in.Plain, in.TTL = true, wishedTTL(g.Claimants)
		if !mine && plain {
			text := names.Heritage{Owner: h.Owner, Resource: strings.ToLower(kind(h.claimant.Kind)) + "/" + h.claimant.String()}.String()
			in.Description = &text
		}
		return nil
	}
	in.Adopt = true
	if has && !plain && (h.Owner == "" || her.Owner == h.Owner) {
		text := adopted
		in.Description = &text
	}
	return nil
}
