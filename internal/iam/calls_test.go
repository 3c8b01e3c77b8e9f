package iam_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tranship/tranship/internal/iam"
)

const (
	module = "github.com/tranship/tranship/"
	sdk    = "github.com/aws/aws-sdk-go-v2/service/"
)

// prefixes are the IAM prefixes of SDK packages that are called otherwise.
var prefixes = map[string]string{
	"applicationautoscaling": "application-autoscaling", "elasticloadbalancingv2": "elasticloadbalancing",
	"cloudwatchlogs": "logs",
}

// renamed are operations whose permission has another name.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
var renamed = map[string]string{"s3:ListObjectsV2": "s3:ListBucket", "s3:HeadObject": "s3:GetObject", "s3:HeadBucket": "s3:ListBucket"}

// TestCallsAreThoseOfTheCode walks what is compiled of internal/aws and compares the
// methods of SDK clients that it uses, also through interfaces and paginators, with
// the table that policies are made from.
func TestCallsAreThoseOfTheCode(t *testing.T) {
	made := callsOf(t, "./../aws/...")
	if len(made) < 5 {
		t.Fatalf("only %d packages call AWS: the walk has lost its way", len(made))
	}
	rows := map[string]bool{}
	for _, a := range iam.Actions() {
		rows[a.Name] = true
	}
	for _, pkg := range slices.Sorted(maps.Keys(made)) {
		stated := map[string]bool{}
		for _, c := range iam.Calls[pkg] {
			stated[c.Action] = true
		}
		for _, action := range slices.Sorted(maps.Keys(made[pkg])) {
			if !stated[action] {
				t.Errorf("%s calls %s, which no policy allows: in internal/iam/call.go add to Calls[%q] the line\n\t\t{Action: %q},\n(or With: a Feature, if it is made only when told so), or else no role that `tranship iam` prints can make the call",
					made[pkg][action], action, pkg, action)
			}
			if !rows[action] && action != "sts:GetCallerIdentity" {
				t.Errorf("%s calls %s, of which internal/iam does not know what AWS looks at: add to internal/iam/actions_….go the line\n\t{Name: %q, On: …, Keys: …},\nwith the resource types and condition keys of %s", made[pkg][action], action, action, iam.Source(action))
			}
		}
	}
	for _, pkg := range slices.Sorted(maps.Keys(iam.Calls)) {
		for _, c := range iam.Calls[pkg] {
			if _, ok := made[pkg][c.Action]; !ok {
				t.Errorf("no code in %s calls %s: take the line {Action: %q} out of Calls[%q] in internal/iam/call.go, for a policy allows no more than is used", pkg, c.Action, c.Action, pkg)
			}
		}
	}
}

// Every package that calls AWS belongs to a verb, else its calls are in no policy.
func TestEveryCallBelongsToAVerb(t *testing.T) {
	named := map[string]bool{}
	for _, v := range iam.Verbs() {
		for _, p := range v.Packages {
			named[p] = true
		}
	}
	for _, p := range slices.Sorted(maps.Keys(iam.Calls)) {
		if !named[p] {
			t.Errorf("%s calls AWS for no verb: name it in Packages of the verb that uses it, in internal/iam/call.go", p)
		}
	}
}

// callsOf finds the actions that packages use, and where first: package → action → file:line.
func callsOf(t *testing.T, patterns ...string) map[string]map[string]string {
	t.Helper()
	exports, list := listed(t, patterns)
	fset := token.NewFileSet()
	imports := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		if f := exports[path]; f != "" {
			return os.Open(f)
		}
		return nil, fmt.Errorf("no export data of %s", path)
	})
	out := map[string]map[string]string{}
	for _, p := range list {
		var files []*ast.File
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
		info := &types.Info{Uses: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}}
		if _, err := (&types.Config{Importer: imports}).Check(p.ImportPath, fset, files, info); err != nil {
			t.Fatal(err)
		}
		pkg := strings.TrimPrefix(p.ImportPath, module)
		add := func(action string, at token.Pos) {
			if action == "" {
				return
			}
			if out[pkg] == nil {
				out[pkg] = map[string]string{}
			}
			pos := fset.Position(at)
			where := fmt.Sprintf("%s/%s:%d", pkg, filepath.Base(pos.Filename), pos.Line)
			if old, ok := out[pkg][action]; !ok || where < old {
				out[pkg][action] = where
			}
		}
		for sel, s := range info.Selections {
			if f, ok := s.Obj().(*types.Func); ok {
				add(operation(f.Name(), f.Type()), sel.Pos())
			}
		}
		for id, obj := range info.Uses {
			if f, ok := obj.(*types.Func); ok {
				add(paginated(f), id.Pos())
			}
		}
	}
	return out
}

// operation is the action of a method with the signature of an SDK operation,
// func(context.Context, *XInput, ...func(*Options)) (*XOutput, error); "" for another.
func operation(name string, t types.Type) string {
	sig, ok := t.(*types.Signature)
	if !ok || !sig.Variadic() || sig.Params().Len() != 3 || sig.Results().Len() != 2 {
		return ""
	}
	in, ok := pointee(sig.Params().At(1).Type())
	if !ok || in.Obj().Name() != name+"Input" {
		return ""
	}
	return action(in.Obj().Pkg(), name)
}

// paginated is the action that a paginator of the SDK calls.
func paginated(f *types.Func) string {
	name, isNew := strings.CutPrefix(f.Name(), "New")
	name, isPaginator := strings.CutSuffix(name, "Paginator")
	if !isNew || !isPaginator {
		return ""
	}
	return action(f.Pkg(), name)
}

func action(p *types.Package, operation string) string {
	if p == nil || !strings.HasPrefix(p.Path(), sdk) {
		return ""
	}
	service := strings.TrimPrefix(p.Path(), sdk)
	if other := prefixes[service]; other != "" {
		service = other
	}
	a := service + ":" + operation
	if other := renamed[a]; other != "" {
		return other
	}
	return a
}

func pointee(t types.Type) (*types.Named, bool) {
	p, ok := t.(*types.Pointer)
	if !ok {
		return nil, false
	}
	n, ok := types.Unalias(p.Elem()).(*types.Named)
	return n, ok
}

type listing struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
	DepOnly                 bool
}

// listed asks the go command for the packages, and for what the compiler has made of
// everything that they import.
func listed(t *testing.T, patterns []string) (exports map[string]string, list []listing) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles,DepOnly"}, patterns...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	exports = map[string]string{}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var l listing
		if err := d.Decode(&l); errors.Is(err, io.EOF) {
			return exports, list
		} else if err != nil {
			t.Fatal(err)
		}
		exports[l.ImportPath] = l.Export
		if !l.DepOnly {
			list = append(list, l)
		}
	}
}
