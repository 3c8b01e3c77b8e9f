package nested

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// module is the path of the root module; the nested ones lie below its folder.
const module = "github.com/tranship/tranship"

// ErrNoSource says that a program can't be built because its source is not at hand.
var ErrNoSource = errors.New("source not found")

// find returns the source's folder in the checkout that one of the given folders lies in, the first that does.
func (p Program) find(from ...string) (string, error) {
	for _, start := range from {
		top, err := filepath.Abs(start)
		if err != nil {
			return "", fmt.Errorf("looking for the source of the %s: %w", p.Title, err)
		}
		for dir := top; ; dir = filepath.Dir(dir) {
			source := filepath.Join(dir, filepath.FromSlash(p.Source))
			if goModWord(filepath.Join(dir, "go.mod"), "module") == module {
				if _, err := os.Stat(filepath.Join(source, "go.mod")); err == nil {
					return source, nil
				}
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	return "", fmt.Errorf("%s: %w: no %s above %s: run inside a checkout of %s%s",
		p.Title, ErrNoSource, p.Source, strings.Join(from, " or "), module, p.Instead)
}

// goModWord returns what follows the first line of a go.mod file that begins with the word, or "".
func goModWord(path, word string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }() // only read
	for lines := bufio.NewScanner(f); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) >= 3 && fields[0] == "require" {
			fields = fields[1:]
		}
		if len(fields) >= 2 && fields[0] == word {
			return fields[1]
		}
	}
	return ""
}

// key names what is built from a source: the same inputs give the same name, any other input another one.
// setting holds what is not in the source: Go version, platform, flags.
func (p Program) key(source string, setting ...string) (string, error) {
	entries, err := os.ReadDir(source)
	if err != nil {
		return "", fmt.Errorf("reading the source of the %s: %w", p.Title, err)
	}
	names := []string{"go.mod", "go.sum"}
	for _, e := range entries {
		if filepath.Ext(e.Name()) == ".go" && !strings.HasSuffix(e.Name(), "_test.go") {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)

	sum := sha256.New()
	for _, s := range setting {
		fmt.Fprintf(sum, "setting %d %s\n", len(s), s)
	}
	for _, name := range names {
		if err := hashFile(sum, source, name); err != nil {
			return "", fmt.Errorf("reading the source of the %s: %w", p.Title, err)
		}
	}
	return hex.EncodeToString(sum.Sum(nil))[:16], nil
}

func hashFile(sum io.Writer, dir, name string) error {
	content, err := fs.ReadFile(os.DirFS(dir), name)
	if err != nil {
		return err
	}
	fmt.Fprintf(sum, "file %s %d\n", name, len(content))
	_, err = sum.Write(content)
	return err
}
