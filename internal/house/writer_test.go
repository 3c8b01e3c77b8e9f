package house

import (
	"go/ast"
	"slices"
	"testing"
)

// One writer per name: the engine decides, the Cloud Map adapter carries out,
// and a composition root introduces them to each other. Nobody else can write.

// roots put the engine together, for users, for the simulation or in a test.
var roots = []string{"internal/controller", "internal/cli", "lab/sim"}

// writes are the operations that change what a name answers, as the SDK calls
// them. UpdateService is not among them: ECS has one of that name, too.
var writes = []string{
	"RegisterInstance", "DeregisterInstance", "UpdateInstanceCustomHealthStatus",
}

// scratch is where the same operations are called on names that nobody uses: it
// makes a namespace of its own for the cases, and takes it away again.
const scratch = "internal/aws/conformance"

func TestWriterPortIsForTheEngine(t *testing.T) {
	tr := load(t)
	if !tr.exists("internal/engine") {
		t.Skip("there is no engine yet")
	}
	for _, port := range []struct {
		in      string   // package that declares it
		names   []string // what gives the power to write
		holders []string // who may speak of it
	}{
		{"internal/engine", []string{"Writer"}, roots},
		{"internal/aws/cloudmap", []string{"Client", "New"}, append([]string{"internal/aws/clients"}, roots...)},
		{"internal/aws/clients", []string{"Clients", "New", "Fleet", "NewFleet"}, roots},
	} {
		for _, s := range tr.sources {
			if s.test || within(port.in, s.dir) || slices.ContainsFunc(port.holders, func(r string) bool { return within(r, s.dir) }) {
				continue
			}
			s.mentions(s.imported(module+"/"+port.in), func(sel *ast.SelectorExpr) {
				if slices.Contains(port.names, sel.Sel.Name) {
					t.Errorf("%s:%d: %s.%s gives the power to write names: it is for %v, which hand it to the engine",
						s.file, tr.line(sel), port.in, sel.Sel.Name, port.holders)
				}
			})
		}
	}
}

func TestNamesAreWrittenInOnePlace(t *testing.T) {
	tr := load(t)
	seen := false
	for _, s := range tr.sources {
		if s.test || !product(s.dir) {
			continue
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok || !slices.Contains(writes, sel.Sel.Name) {
				return true
			}
			seen = true
			if !within("internal/aws/cloudmap", s.dir) && !within(scratch, s.dir) {
				t.Errorf("%s:%d: %s is used in internal/aws/cloudmap and, in a namespace of its own, %s alone", s.file, tr.line(sel), sel.Sel.Name, scratch)
			}
			return true
		})
	}
	if !seen && tr.exists("internal/aws/cloudmap") {
		t.Errorf("none of %v is used anywhere: this test looks for the wrong words", writes)
	}
}
