package mutants

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// ErrStale says that the code which a mutant changes has moved on.
var ErrStale = errors.New("the mutant must be refreshed")

// Root is the folder of the module that dir is in.
func Root(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("there is no go.mod above the working directory")
		}
		dir = up
	}
}

// Overlay writes the mutated copies of the module in root to dir, and beside them
// what `go build -overlay` wants to know; it returns the path of that.
func (m Mutant) Overlay(root, dir string) (string, error) {
	texts, err := m.apply(root)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	var overlay struct{ Replace map[string]string }
	overlay.Replace = map[string]string{}
	for file, text := range texts {
		copied := filepath.Join(dir, strconv.Itoa(len(overlay.Replace))+"-"+filepath.Base(file))
		if err := os.WriteFile(copied, []byte(text), 0o644); err != nil {
			return "", err
		}
		overlay.Replace[filepath.Join(root, filepath.FromSlash(file))] = copied
	}
	b, err := json.MarshalIndent(overlay, "", "\t")
	if err != nil {
		return "", err
	}
	at := filepath.Join(dir, "overlay.json")
	return at, os.WriteFile(at, b, 0o644)
}

// apply returns the mutated files of the module in root, by path.
func (m Mutant) apply(root string) (map[string]string, error) {
	texts := map[string]string{}
	for _, e := range m.Edits {
		text, ok := texts[e.File]
		if !ok {
			b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(e.File)))
			if err != nil {
				return nil, fmt.Errorf("%w: %s: %w", ErrStale, m.Name, err)
			}
			text = string(b)
		}
		if n := strings.Count("\n"+text, "\n"+e.Old); n != 1 {
			return nil, fmt.Errorf("%w: %s: this is %d times in %s, where it should be once:\n%s", ErrStale, m.Name, n, e.File, e.Old)
		}
		texts[e.File] = strings.TrimPrefix(strings.Replace("\n"+text, "\n"+e.Old, "\n"+e.New, 1), "\n")
	}
	return texts, nil
}
