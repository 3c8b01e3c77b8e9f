package kube

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
)

// Directory remembers which object leads to which name. It is filled by whoever
// resolves; losing it costs look-ups, no more.
type Directory struct {
	mu         sync.RWMutex
	migrations map[cutover.Key]names.Ref
	targets    map[cutover.Key]cutover.Key // migration → its Service
	services   map[cutover.Key][]names.Ref
	selectors  map[cutover.Key]map[string]string // of Services
}

// NewDirectory makes an empty one.
func NewDirectory() *Directory {
	return &Directory{
		migrations: map[cutover.Key]names.Ref{}, targets: map[cutover.Key]cutover.Key{},
		services: map[cutover.Key][]names.Ref{}, selectors: map[cutover.Key]map[string]string{},
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
	if service == (cutover.Key{}) {
		delete(d.targets, migration)
	} else {
		d.targets[migration] = service
	}
	return distinct(slices.Concat(d.services[old], d.services[service])...)
}

// Targeted says that a migration leads to the Service.
func (d *Directory) Targeted(service cutover.Key) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	for _, t := range d.targets {
		if t == service {
			return true
		}
	}
	return false
}

// SetSelector says which pods a Service has; an empty one has none.
func (d *Directory) SetSelector(service cutover.Key, selector map[string]string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(selector) == 0 {
		delete(d.selectors, service)
	} else {
		d.selectors[service] = maps.Clone(selector)
	}
}

// OfService lists the names that a Service has to do with: those it claims, and
// those of the migrations that lead to it. Sorted.
func (d *Directory) OfService(service cutover.Key) []names.Ref {
	d.mu.RLock()
	defer d.mu.RUnlock()
	refs := slices.Clone(d.services[service])
	for m, t := range d.targets {
		if t == service {
			refs = append(refs, d.migrations[m])
		}
	}
	return distinct(refs...)
}

// OfPod lists the names that a pod may belong to. Sorted.
func (d *Directory) OfPod(namespace string, labels map[string]string) []names.Ref {
	d.mu.RLock()
	defer d.mu.RUnlock()
	has := func(service cutover.Key) bool {
		sel, ok := d.selectors[service]
		if !ok || service.Namespace != namespace {
			return false
		}
		for k, v := range sel {
			if labels[k] != v {
				return false
			}
		}
		return true
	}
	var refs []names.Ref
	for s, claimed := range d.services {
		if has(s) {
			refs = append(refs, claimed...)
		}
	}
	for m, s := range d.targets {
		if has(s) {
			refs = append(refs, d.migrations[m])
		}
	}
	return distinct(refs...)
}

// SetMigration says which name a migration is about; the zero Ref forgets it.
// It returns the names that have to be looked at.
func (d *Directory) SetMigration(k cutover.Key, ref names.Ref) []names.Ref {
	d.mu.Lock()
	defer d.mu.Unlock()
	old := d.migrations[k]
	if ref.IsZero() {
		delete(d.migrations, k)
	} else {
		d.migrations[k] = ref
	}
	return distinct(old, ref)
}

// SetService says which names a Service claims. It returns the names that have
// to be looked at.
func (d *Directory) SetService(k cutover.Key, refs []names.Ref) []names.Ref {
	d.mu.Lock()
	defer d.mu.Unlock()
	old := d.services[k]
	if len(refs) == 0 {
		delete(d.services, k)
	} else {
		d.services[k] = slices.Clone(refs)
	}
	return distinct(append(slices.Clone(old), refs...)...)
}

// Migration tells which name a migration is about.
func (d *Directory) Migration(k cutover.Key) (names.Ref, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	r, ok := d.migrations[k]
	return r, ok
}

// Service tells which names a Service claims.
func (d *Directory) Service(k cutover.Key) []names.Ref {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return slices.Clone(d.services[k])
}

// Of lists the migrations and Services that lead to a name, sorted.
func (d *Directory) Of(ref names.Ref) (migrations, services []cutover.Key) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	for k, r := range d.migrations {
		if r == ref {
			migrations = append(migrations, k)
		}
	}
	for k, rs := range d.services {
		if slices.Contains(rs, ref) {
			services = append(services, k)
		}
	}
	slices.SortFunc(migrations, compareKeys)
	slices.SortFunc(services, compareKeys)
	return migrations, services
}

func compareKeys(a, b cutover.Key) int {
	return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}

func distinct(refs ...names.Ref) []names.Ref {
	refs = slices.DeleteFunc(refs, names.Ref.IsZero)
	slices.SortFunc(refs, names.Ref.Compare)
	return slices.Compact(refs)
}
