package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// module is the import path of the root module.
const module = "github.com/tranship/tranship"

// source is one Go file of the root module.
type source struct {
	file    string // from the root, with slashes
	dir     string // of file; "." for the root
	test    bool
	ast     *ast.File
	imports []string
}

// tree is the checkout as files, read once for all tests.
type tree struct {
	root    string
	fset    *token.FileSet
	sources []source // of the root module, sorted by file
	files   []string // every file of the checkout, nested modules too, sorted
	nested  []string // folders of nested modules, sorted
}

var readTree = sync.OnceValues(func() (*tree, error) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		return nil, err
	}
	t := &tree{root: root, fset: token.NewFileSet()}
	err = filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			if os.IsNotExist(err) {
				return nil // removed while we walk: not part of the tree
			}
			return err
		}
		name, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if d.IsDir() {
			return t.enter(name)
		}
		if d.Type().IsRegular() && !built(name) {
			t.files = append(t.files, name)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(t.files)
	slices.Sort(t.nested)
	return t, t.parse()
})

// enter skips what is not kept in version control, and notes nested modules.
func (t *tree) enter(dir string) error {
	switch path.Base(dir) {
	case ".git", ".tmp", ".idea", ".vscode", "bin", "dist":
		return fs.SkipDir
	}
	if dir == "bench/out" {
		return fs.SkipDir
	}
	if _, err := os.Stat(filepath.Join(t.root, dir, "go.mod")); err == nil && dir != "." {
		t.nested = append(t.nested, dir)
	}
	return nil
}

// built says that a file is what a build, a test run or git leaves behind: in a
// worktree .git is a file.
func built(name string) bool {
	return name == ".git" || strings.HasSuffix(name, ".test") || strings.HasSuffix(name, ".out")
}

func (t *tree) parse() error {
	for _, name := range t.files {
		if !strings.HasSuffix(name, ".go") || t.inNested(name) || strings.Contains("/"+name, "/testdata/") {
			continue
		}
		f, err := parser.ParseFile(t.fset, filepath.Join(t.root, name), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		s := source{file: name, dir: path.Dir(name), test: strings.HasSuffix(name, "_test.go"), ast: f}
		for _, i := range f.Imports {
			p, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			s.imports = append(s.imports, p)
		}
		t.sources = append(t.sources, s)
	}
	return nil
}

func (t *tree) inNested(name string) bool {
	return slices.ContainsFunc(t.nested, func(dir string) bool { return within(dir, name) })
}

// read returns the text of a file.
func (t *tree) read(tb testing.TB, name string) string {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join(t.root, filepath.FromSlash(name)))
	if err != nil {
		tb.Fatal(err)
	}
	return string(b)
}

// exists says whether a file or folder is there.
func (t *tree) exists(name string) bool {
	_, err := os.Stat(filepath.Join(t.root, filepath.FromSlash(name)))
	return err == nil
}

// line is where a node stands, for messages.
func (t *tree) line(n ast.Node) int { return t.fset.Position(n.Pos()).Line }

// load gives the tree to a test.
func load(tb testing.TB) *tree {
	tb.Helper()
	t, err := readTree()
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

// within says that p is dir or lies below it; both are slash paths.
func within(dir, p string) bool { return p == dir || strings.HasPrefix(p, dir+"/") }

// local turns an import path of the root module into a folder of the tree.
func local(importPath string) (string, bool) {
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

// imported says under which name a file knows an import path; "" if it doesn't.
func (s source) imported(importPath string) string {
	for n, p := range s.imports {
		if p != importPath {
			continue
		}
		if name := s.ast.Imports[n].Name; name != nil {
			return name.Name
		}
		return path.Base(p)
	}
	return ""
}

// mentions calls found for every pkg.Name in the file where pkg is the name of
// an imported package.
func (s source) mentions(pkg string, found func(sel *ast.SelectorExpr)) {
	ast.Inspect(s.ast, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if id, ok := sel.X.(*ast.Ident); ok && id.Name == pkg {
			found(sel)
		}
		return true
	})
}
