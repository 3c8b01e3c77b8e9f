package house

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// unclean are packages of the standard library that bring the world in. What
// lies below them counts too, but for the exceptions.
var unclean = []string{
	"net", "os", "io/ioutil", "log", "syscall", "plugin", "unsafe",
	"math/rand", "crypto/rand", "database/sql", "runtime/debug",
}

// clean are below an unclean one and values only.
var clean = []string{"net/netip", "net/url"}

// clockwork is what package time may not be asked for where runs must replay.
var clockwork = []string{
	"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker",
}

// noClock are the rooms that get the time as an input though they are not pure.
var noClock = []string{"internal/engine", "lab/cloud", "lab/estate", "lab/fault", "lab/sim"}

// owned says who alone may know a family of modules. A room that ends in "/." is
// the folder alone, without what lies below.
var owned = []struct {
	family string
	rooms  []string
	why    string
}{
	// The simulation's ports have the SDK's own signatures, and whoever is not the
	// product writes through them, as the lab's own procedures do.
	{"github.com/aws", []string{"internal/aws", "lab/cloud", "lab/estate", "lab/aws", "lab/sim", "lab/sees/ecstask", "lab/likeness/fleet", "lab/.",
		// Cases for tests are generated from the SDK's types; the product does not know them.
		"internal/convert/corpus"},
		"everybody else speaks names"},
	{"k8s.io/client-go", []string{"internal/kube", "internal/controller", "internal/cli", "lab"},
		"the engine sees Kubernetes through its ports"},
	{"sigs.k8s.io/controller-runtime", []string{"api/v1alpha1", "internal/kube", "internal/controller", "internal/cli", "lab"},
		"the engine sees Kubernetes through its ports"},
	{"github.com/spf13/cobra", []string{"internal/cli", "lab", "cmd/tranship-lab"},
		"flags belong to the verbs"},
	{"github.com/pkg/errors", nil, "wrap with %w"},
}

// modelled are lab rooms that lie below "lab" and yet stay clear of Kubernetes.
var modelled = []string{"lab/fault", "lab/cloud", "lab/estate", "lab/aws", "lab/dns", "lab/vpc", "lab/sim", "lab/load"}

func TestPureRoomsTakeNothingFromOutside(t *testing.T) {
	for _, s := range load(t).sources {
		name, _ := roomOf(s.dir)
		if s.test || !rooms[name].pure {
			continue
		}
		for _, p := range s.imports {
			if _, ours := local(p); ours {
				continue // TestArrows
			}
			switch {
			case !stdlib(p):
				// Kubernetes objects are what convert is about.
				if name == "internal/convert" && (within("k8s.io/api", p) || within("k8s.io/apimachinery", p)) {
					continue
				}
				t.Errorf("%s imports %s: %s is pure and knows the standard library alone", s.file, p, name)
			case dirty(p):
				t.Errorf("%s imports %s: %s is pure: take it as an input", s.file, p, name)
			}
		}
	}
}

func TestTimeIsAnInput(t *testing.T) {
	tr := load(t)
	for _, s := range tr.sources {
		name, _ := roomOf(s.dir)
		if s.test || !rooms[name].pure && !slices.Contains(noClock, name) {
			continue
		}
		s.mentions(s.imported("time"), func(sel *ast.SelectorExpr) {
			if slices.Contains(clockwork, sel.Sel.Name) {
				t.Errorf("%s:%d: time.%s: %s has no clock, time is an input", s.file, tr.line(sel), sel.Sel.Name, name)
			}
		})
	}
}

func TestModulesAreKnownByTheirOwnersOnly(t *testing.T) {
	for _, s := range load(t).sources {
		if s.test {
			continue
		}
		for _, p := range s.imports {
			for _, o := range owned {
				if !within(o.family, p) {
					continue
				}
				known := slices.ContainsFunc(o.rooms, func(r string) bool {
					if alone, ok := strings.CutSuffix(r, "/."); ok {
						return s.dir == alone
					}
					return within(r, s.dir)
				})
				if slices.Contains(o.rooms, "lab") && slices.ContainsFunc(modelled, func(r string) bool { return within(r, s.dir) }) {
					known = false
				}
				if !known {
					t.Errorf("%s imports %s, which is for %v alone: %s", s.file, p, o.rooms, o.why)
				}
			}
		}
	}
}

func TestNoSleepInTests(t *testing.T) {
	tr := load(t)
	for _, s := range tr.sources {
		if !s.test {
			continue
		}
		s.mentions(s.imported("time"), func(sel *ast.SelectorExpr) {
			if sel.Sel.Name == "Sleep" {
				t.Errorf("%s:%d: a test never sleeps: await the event", s.file, tr.line(sel))
			}
		})
	}
}

// stdlib says that an import path is of the standard library: no dot in its
// first element.
func stdlib(p string) bool {
	first, _, _ := strings.Cut(p, "/")
	return !strings.Contains(first, ".")
}

func dirty(p string) bool {
	in := func(families []string) bool {
		return slices.ContainsFunc(families, func(f string) bool { return within(f, p) })
	}
	return in(unclean) && !in(clean)
}
