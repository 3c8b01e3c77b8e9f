package kube

import (
	"cmp"
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
	services   map[cutover.Key][]names.Ref
}

// NewDirectory makes an empty one.
func NewDirectory() *Directory {
	return &Directory{migrations: map[cutover.Key]names.Ref{}, services: map[cutover.Key][]names.Ref{}}
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
