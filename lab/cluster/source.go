package cluster

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

// module is the path of the root module; lab/controlplane lies below its folder.
const module = "github.com/tranship/tranship"

// ErrNoSource says that the control plane can't be built because its source is not at hand.
var ErrNoSource = errors.New("source of the lab's control plane not found")

// findSource returns the folder of lab/controlplane in the checkout that one of the given folders lies in, the first that does.
func findSource(from ...string) (string, error) {
	for _, start := range from {
		top, err := filepath.Abs(start)
		if err != nil {
			return "", fmt.Errorf("looking for the control plane's source: %w", err)
		}
		for dir := top; ; dir = filepath.Dir(dir) {
			source := filepath.Join(dir, "lab", "controlplane")
			if goModModule(filepath.Join(dir, "go.mod")) == module {
				if _, err := os.Stat(filepath.Join(source, "go.mod")); err == nil {
					return source, nil
				}
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	return "", fmt.Errorf("%w above %s: run inside a checkout of %s, or set KUBEBUILDER_ASSETS to a folder with etcd, "+
		"kube-apiserver, kube-controller-manager and kube-scheduler", ErrNoSource, strings.Join(from, " or "), module)
}

// goModModule returns the module that a go.mod file declares, or "" if it can't be read.
func goModModule(path string) string {
	return goModWord(path, "module")
}

// goModWord returns what follows the first line of a go.mod file that begins with the word, or "".
func goModWord(path, word string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }() // only read
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) >= 2 && fields[0] == word {
			return fields[1]
		}
	}
	return ""
}

// kubernetesVersion returns the version of Kubernetes that the source asks for, such as v1.37.2.
func kubernetesVersion(source string) (string, error) {
	path := filepath.Join(source, "go.mod")
	v := goModWord(path, "k8s.io/kubernetes")
	if strings.Count(v, ".") < 2 || !strings.HasPrefix(v, "v") {
		return "", fmt.Errorf("%s requires no release of k8s.io/kubernetes: %q", path, v)
	}
	return v, nil
}

// key names what is built from a source: the same inputs give the same name, any other input another one.
// setting holds what is not in the source: Go version, platform, flags.
func key(source string, setting ...string) (string, error) {
	entries, err := os.ReadDir(source)
	if err != nil {
		return "", fmt.Errorf("reading the control plane's source: %w", err)
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
			return "", fmt.Errorf("reading the control plane's source: %w", err)
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
