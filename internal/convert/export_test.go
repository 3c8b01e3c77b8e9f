package convert

import (
	"slices"
	"strings"
	"testing"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// CatalogueLine is a line of the catalogue, for tests of the corpus, which lies in a
// package that knows this one.
type CatalogueLine struct {
	Paths []string
	Usual ledger.Outcome
	Words string
}

// Kinds are the documents of the catalogue, in the order of a conversion.
func Kinds() []string {
	return []string{taskDocument, serviceDocument, targetDocument, policyDocument, scheduledDocument}
}

// Catalogue is that of a document.
func Catalogue(kind string) []CatalogueLine {
	var out []CatalogueLine
	for _, f := range catalogue[kind] {
		out = append(out, CatalogueLine{f.paths(), f.usual, f.words})
	}
	return out
}

// CatalogueEntry is the path of the catalogue that stands for a field.
func CatalogueEntry(e ledger.Entry) (kind, path string) {
	kind, _, _ = strings.Cut(e.Document, ":")
	path, _ = entryOf(kind, e.Field)
	return kind, path
}

// AlwaysDropped says that the catalogue drops a field, wherever it is.
func AlwaysDropped(e ledger.Entry) bool {
	kind, path := CatalogueEntry(e)
	for _, f := range Catalogue(kind) {
		for _, p := range f.Paths {
			if p == path {
				return f.Usual == ledger.Dropped
			}
		}
	}
	return false
}

// Taken are the fields that people set: those which AWS takes, not those which it
// only tells. What it tells with the deployment alone was taken with the service.
func Taken(t testing.TB, e ledger.Entry) bool {
	kind, path := CatalogueEntry(e)
	if rest, deployed := strings.CutPrefix(path, "deployments[]."); deployed {
		name, _, _ := strings.Cut(rest, ".")
		if !slices.Contains([]string{"serviceConnectConfiguration", "volumeConfigurations[]", "vpcLatticeConfigurations[]"}, name) {
			return false
		}
		path = rest
	}
	return modelled(t, kind, true)[path] != nil
}
