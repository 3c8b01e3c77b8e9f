package kube

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/kube/source"
	"github.com/tranship/tranship/internal/names"
)

// Claim is that an object asks for a name that was found.
type Claim struct {
	Ref  names.Ref
	Wish source.Wish
}

// Directory remembers which object leads to which name, both ways, so that an
// event of one object costs nothing that grows with the fleet. It is filled by
// whoever resolves; losing it costs look-ups, no more.
type Directory struct {
	mu         sync.RWMutex
	complete   bool
	seen       map[cutover.Key]bool // until it is complete
	migrations map[cutover.Key]names.Ref
	targets    map[cutover.Key]cutover.Key          // migration → its Service
	aimed      map[cutover.Key]map[cutover.Key]bool // Service → migrations that lead to it
	claims     map[cutover.Key][]Claim
	unresolved map[cutover.Key][]string                     // hosts that could not be looked up
	migrating  map[names.Ref]map[cutover.Key]bool           // name → migrations
	claimed    map[names.Ref]map[cutover.Key]bool           // name → objects that ask for it
	selectors  map[string]map[cutover.Key]map[string]string // Kubernetes namespace → Service → pods
}

// NewDirectory makes an empty one.
func NewDirectory() *Directory {
	return &Directory{
		seen: map[cutover.Key]bool{}, migrations: map[cutover.Key]names.Ref{}, targets: map[cutover.Key]cutover.Key{}, aimed: map[cutover.Key]map[cutover.Key]bool{},
		claims: map[cutover.Key][]Claim{}, unresolved: map[cutover.Key][]string{},
		migrating: map[names.Ref]map[cutover.Key]bool{}, claimed: map[names.Ref]map[cutover.Key]bool{},
		selectors: map[string]map[cutover.Key]map[string]string{},
	}
}

// Complete says that every object there was at the start has been looked at at
// least once, found or not. Until then an instance that nobody asks for may be
// one of those.
func (d *Directory) Complete() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.complete, d.seen = true, nil
}

// Looked says that an object has been looked at which asks for nothing by itself.
func (d *Directory) Looked(k cutover.Key) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.complete {
		d.seen[k] = true
	}
}

// Seen says that an object has been looked at, found or gone.
func (d *Directory) Seen(k cutover.Key) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.complete || d.seen[k]
}

// Unknown tells what the directory does not know: whether it is still partial,
// and the hosts asked for that could not be looked up. Sorted.
func (d *Directory) Unknown() (partial bool, hosts []string) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	for _, hs := range d.unresolved {
		hosts = append(hosts, hs...)
	}
	slices.Sort(hosts)
	return !d.complete, slices.Compact(hosts)
}

// SetUnresolved notes the hosts of an object that could not be looked up.
func (d *Directory) SetUnresolved(k cutover.Key, hosts []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(hosts) == 0 {
		delete(d.unresolved, k)
	} else {
		d.unresolved[k] = slices.Clone(hosts)
	}
}

// SetTarget says which Service a migration leads to, found or not; the zero Key
// forgets it. It returns the names of the Services that gain or lose a migration.
func (d *Directory) SetTarget(migration, service cutover.Key) []names.Ref {
	d.mu.Lock()
	defer d.mu.Unlock()
	old := d.targets[migration]
	if old == service {
		return nil
	}
	unset(d.aimed, old, migration)
	if service == (cutover.Key{}) {
		delete(d.targets, migration)
	} else {
		d.targets[migration] = service
		set(d.aimed, service, migration)
	}
	return distinct(append(refs(d.claims[old]), refs(d.claims[service])...)...)
}

// Awaited says that a migration leads to the Service whose name is not known.
func (d *Directory) Awaited(service cutover.Key) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	for m := range d.aimed[service] {
		if d.migrations[m].IsZero() {
			return true
		}
	}
	return false
}

// SetSelector says which pods a Service has; an empty one has none.
func (d *Directory) SetSelector(service cutover.Key, selector map[string]string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	of := d.selectors[service.Namespace]
	if len(selector) == 0 {
		delete(of, service)
		return
	}
	if of == nil {
		of = map[cutover.Key]map[string]string{}
		d.selectors[service.Namespace] = of
	}
	of[service] = maps.Clone(selector)
}

// OfService lists the names that a Service has to do with: those it claims, and
// those of the migrations that lead to it. Sorted.
func (d *Directory) OfService(service cutover.Key) []names.Ref {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return distinct(d.of(service, nil)...)
}

// of appends the names that a Service has to do with. d.mu is held.
func (d *Directory) of(service cutover.Key, out []names.Ref) []names.Ref {
	out = append(out, refs(d.claims[service])...)
	for m := range d.aimed[service] {
		out = append(out, d.migrations[m])
	}
	return out
}

// OfPod lists the names that a pod may belong to. Sorted.
func (d *Directory) OfPod(namespace string, labels map[string]string) []names.Ref {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var out []names.Ref
	for service, sel := range d.selectors[namespace] {
		if selects(sel, labels) {
			out = d.of(service, out)
		}
	}
	return distinct(out...)
}

func selects(selector, labels map[string]string) bool {
	for k, v := range selector {
		if labels[k] != v {
			return false
		}
	}
	return true
}

// SetMigration says which name a migration is about; the zero Ref forgets it.
// It returns the names that have to be looked at, those of its Service too where
// that was waiting for it.
func (d *Directory) SetMigration(k cutover.Key, ref names.Ref) []names.Ref {
	d.mu.Lock()
	defer d.mu.Unlock()
	old := d.migrations[k]
	unset(d.migrating, old, k)
	if ref.IsZero() {
		delete(d.migrations, k)
	} else {
		d.migrations[k] = ref
		set(d.migrating, ref, k)
	}
	if old == ref {
		return distinct(ref)
	}
	return distinct(append(refs(d.claims[d.targets[k]]), old, ref)...)
}

// SetClaims says which names an object asks for. It returns the names that have
// to be looked at.
func (d *Directory) SetClaims(k cutover.Key, claims []Claim) []names.Ref {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.complete {
		d.seen[k] = true
	}
	old := d.claims[k]
	for _, c := range old {
		unset(d.claimed, c.Ref, k)
	}
	if len(claims) == 0 {
		delete(d.claims, k)
	} else {
		d.claims[k] = slices.Clone(claims)
	}
	for _, c := range claims {
		set(d.claimed, c.Ref, k)
	}
	return distinct(append(refs(old), refs(claims)...)...)
}

// Migration tells which name a migration is about.
func (d *Directory) Migration(k cutover.Key) (names.Ref, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	r, ok := d.migrations[k]
	return r, ok
}

// Claimed tells which names an object asks for. Sorted.
func (d *Directory) Claimed(k cutover.Key) []names.Ref {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return distinct(refs(d.claims[k])...)
}

// Claims tells what an object asks for, of one name or, with the zero Ref, of all.
func (d *Directory) Claims(k cutover.Key, ref names.Ref) []Claim {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return slices.DeleteFunc(slices.Clone(d.claims[k]), func(c Claim) bool { return !ref.IsZero() && c.Ref != ref })
}

// Of lists the migrations and objects that lead to a name, sorted.
func (d *Directory) Of(ref names.Ref) (migrations, claimants []cutover.Key) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return slices.SortedFunc(maps.Keys(d.migrating[ref]), compareKeys), slices.SortedFunc(maps.Keys(d.claimed[ref]), compareKeys)
}

// All lists every name that anything leads to, sorted.
func (d *Directory) All() []names.Ref {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return distinct(slices.AppendSeq(slices.Collect(maps.Keys(d.claimed)), maps.Keys(d.migrating))...)
}

func set[K comparable](m map[K]map[cutover.Key]bool, at K, k cutover.Key) {
	if m[at] == nil {
		m[at] = map[cutover.Key]bool{}
	}
	m[at][k] = true
}

func unset[K comparable](m map[K]map[cutover.Key]bool, at K, k cutover.Key) {
	delete(m[at], k)
	if len(m[at]) == 0 {
		delete(m, at)
	}
}

func refs(claims []Claim) []names.Ref {
	var out []names.Ref
	for _, c := range claims {
		out = append(out, c.Ref)
	}
	return out
}

func compareKeys(a, b cutover.Key) int {
	return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Kind, b.Kind))
}

func distinct(refs ...names.Ref) []names.Ref {
	refs = slices.DeleteFunc(refs, names.Ref.IsZero)
	slices.SortFunc(refs, names.Ref.Compare)
	return slices.Compact(refs)
}
