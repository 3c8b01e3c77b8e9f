package convert

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// fields is a line of the catalogue: fields of AWS' model that share a fate.
type fields struct {
	at string // what their paths begin with
	// names are the rest of each path, with spaces between. One that ends in * stands
	// for whatever begins so: the keys of a map, or a document of any form.
	names string
	usual ledger.Outcome // what becomes of them where nothing speaks against it
	words string         // where they go, or why they don't
}

// paths are those of each field of the line.
func (f fields) paths() []string {
	out := strings.Fields(f.names)
	for i := range out {
		out[i] = f.at + out[i]
	}
	return out
}

// fieldsBelow is the same lines one level deeper.
func fieldsBelow(at string, lines []fields) []fields {
	out := slices.Clone(lines)
	for i := range out {
		out[i].at = at + out[i].at
	}
	return out
}

// fieldsAll gives several lines one outcome.
func fieldsAll(usual ledger.Outcome, words string, lines []fields) []fields {
	out := slices.Clone(lines)
	for i := range out {
		out[i].usual, out[i].words = usual, words
	}
	return out
}

// catalogue has every field that AWS' model has, as `aws ecs describe-…` and `aws
// application-autoscaling describe-…` spell it, by kind of document. A test holds it
// against AWS' SDK, so that a field which AWS adds is thought about; docs/fields.md
// is made of it.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Types.html
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_Types.html
var catalogue = map[string][]fields{
	taskDocument:      slices.Concat(taskFields, containerFields, volumeFields),
	serviceDocument:   slices.Concat(serviceFields, deploymentFields, connectFields, taskSetFields),
	targetDocument:    targetFields,
	policyDocument:    policyFields,
	scheduledDocument: scheduledFields,
}

var catalogued = sync.OnceValue(func() map[string]map[string]bool {
	out := map[string]map[string]bool{}
	for _, kind := range slices.Sorted(maps.Keys(catalogue)) {
		out[kind] = map[string]bool{}
		for _, f := range catalogue[kind] {
			for _, p := range f.paths() {
				out[kind][p] = true
			}
		}
	}
	return out
})

// known says which fields AWS' model of a document has.
func known(kind string) func(field string) bool {
	return func(field string) bool { _, ok := entryOf(kind, field); return ok }
}

// entryOf is the path of the catalogue that stands for a field.
func entryOf(kind, field string) (string, bool) {
	paths := catalogued()[kind]
	if paths[field] {
		return field, true
	}
	for at := len(field); at > 0; at-- {
		if p := field[:at] + "*"; paths[p] {
			return p, true
		}
	}
	return "", false
}
