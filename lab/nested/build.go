package nested

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Program is what is built from a nested module.
type Program struct {
	// Title is what people call it, such as "control plane"; every line of progress begins with it.
	Title string
	// Source is the module's folder below the root module's, with slashes: "lab/controlplane".
	Source string
	// Binary is the name of the file that is built; Links are more names for it.
	Binary string
	Links  []string
	// Requires is the module that the source is about: its version is said, and given to Flags.
	Requires string
	// Compiling says what takes how long: "etcd and Kubernetes VERSION; this takes 6-10 minutes on two cores, once".
	Compiling string
	// Flags are the linker's, for a version of Requires; nil: those that leave out what only a debugger needs.
	Flags func(version string) string
	// Instead says what helps who has no source.
	Instead string
}

// unusedFor is how long a build that nobody asks for any more is kept.
const unusedFor = 30 * 24 * time.Hour

// Build returns the folder with the program, and makes it if it is not there yet.
//
// The source is looked for above the working directory and above the executable, and what is built from it stays in the user's
// cache folder under a key of everything that went into it. The first build takes minutes and says so on progress, with a line
// every 15 seconds; all later calls take a moment. Builders in several processes wait for each other. A cancelled ctx ends the
// build.
func (p Program) Build(ctx context.Context, progress io.Writer) (dir string, err error) {
	b, err := newBuilder(ctx, p, progress)
	if err != nil {
		return "", err
	}
	return b.build(ctx)
}

// Built returns the folder with the program if it is built already, and "" if it isn't. It never builds.
func (p Program) Built(ctx context.Context) (dir string, err error) {
	b, err := newBuilder(ctx, p, io.Discard)
	if err != nil {
		return "", err
	}
	if dir := filepath.Join(b.cache, b.key); b.have(dir) {
		return dir, nil
	}
	return "", nil
}

// Check says which of the named files is not in the folder, or can't be run.
func Check(dir string, names ...string) error {
	for _, name := range names {
		if _, err := exec.LookPath(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("%s can't be run: %w", name, err)
		}
	}
	return nil
}

// Version is the one of Requires that the source asks for, such as v1.37.2.
func (p Program) Version() (string, error) {
	source, err := p.find(places()...)
	if err != nil {
		return "", err
	}
	return p.version(source)
}

// places are where a checkout may be around: the working directory and the executable's folder.
func places() (from []string) {
	if wd, err := os.Getwd(); err == nil {
		from = append(from, wd)
	}
	if exe, err := os.Executable(); err == nil {
		if resolved, err := filepath.EvalSymlinks(exe); err == nil {
			exe = resolved
		}
		from = append(from, filepath.Dir(exe))
	}
	return from
}

func (p Program) version(source string) (string, error) {
	path := filepath.Join(source, "go.mod")
	v := goModWord(path, p.Requires)
	if strings.Count(v, ".") < 2 || !strings.HasPrefix(v, "v") {
		return "", fmt.Errorf("%s requires no release of %s: %q", path, p.Requires, v)
	}
	return v, nil
}

func (p Program) flags(version string) string {
	if p.Flags == nil {
		return "-s -w"
	}
	return p.Flags(version)
}

type builder struct {
	Program
	source   string // the module's folder
	cache    string // where builds are kept, one folder for each key
	key      string
	progress io.Writer
	compile  func(ctx context.Context, out string) error
}

func newBuilder(ctx context.Context, p Program, progress io.Writer) (*builder, error) {
	source, err := p.find(places()...)
	if err != nil {
		return nil, err
	}
	goVersion, err := p.goVersion(ctx, source)
	if err != nil {
		return nil, err
	}
	version, err := p.version(source)
	if err != nil {
		return nil, err
	}
	k, err := p.key(source, goVersion, runtime.GOOS, runtime.GOARCH, p.flags(version))
	if err != nil {
		return nil, err
	}
	user, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("no folder to keep the %s in: %w", p.Title, err)
	}
	b := &builder{
		Program: p, source: source, key: k, progress: progress,
		cache: filepath.Join(user, "tranship", p.Binary),
	}
	b.compile = func(ctx context.Context, out string) error { return p.compile(ctx, source, out, progress) }
	return b, nil
}

// build returns the folder of this key, after making it if need be.
func (b *builder) build(ctx context.Context) (string, error) {
	dir := filepath.Join(b.cache, b.key)
	if b.have(dir) {
		return dir, nil
	}
	if err := os.MkdirAll(b.cache, 0o755); err != nil {
		return "", fmt.Errorf("making the cache of the %s: %w", b.Title, err)
	}
	unlock, err := lockFile(ctx, dir+".lock", func() {
		fmt.Fprintf(b.progress, "%s: another process is building it, waiting\n", b.Title)
	})
	if err != nil {
		return "", fmt.Errorf("waiting to build the %s: %w", b.Title, err)
	}
	defer unlock()
	if b.have(dir) { // somebody else made it while we waited
		return dir, nil
	}

	// Who holds the lock owns this folder, so whatever is in it is the rest of a build that was killed.
	unfinished := dir + ".building"
	if err := os.RemoveAll(unfinished); err != nil {
		return "", fmt.Errorf("clearing an unfinished build: %w", err)
	}
	if err := os.Mkdir(unfinished, 0o755); err != nil {
		return "", fmt.Errorf("building the %s: %w", b.Title, err)
	}
	defer os.RemoveAll(unfinished) //nolint:errcheck // gone already after the rename; else the next build clears it
	if err := b.compile(ctx, filepath.Join(unfinished, b.Binary)); err != nil {
		return "", err
	}
	for _, name := range b.Links {
		if err := os.Symlink(b.Binary, filepath.Join(unfinished, name)); err != nil {
			return "", fmt.Errorf("building the %s: %w", b.Title, err)
		}
	}
	if err := errors.Join(os.RemoveAll(dir), os.Rename(unfinished, dir)); err != nil {
		return "", fmt.Errorf("keeping the %s: %w", b.Title, err)
	}
	b.forget(time.Now().Add(-unusedFor))
	return dir, nil
}

// have tells whether the build is there, and notes that it is in use.
func (b *builder) have(dir string) bool {
	if Check(dir, append([]string{b.Binary}, b.Links...)...) != nil {
		return false
	}
	now := time.Now()
	_ = os.Chtimes(dir, now, now) // only so that it isn't forgotten; a read-only cache is fine
	return true
}

// forget removes the builds of other keys that were last used before the given time. A binary that still runs keeps running.
func (b *builder) forget(before time.Time) {
	entries, err := os.ReadDir(b.cache)
	if err != nil {
		return
	}
	for _, e := range entries {
		name, _, _ := strings.Cut(e.Name(), ".")
		info, err := e.Info()
		if err != nil || name == b.key || !info.ModTime().Before(before) {
			continue
		}
		_ = os.RemoveAll(filepath.Join(b.cache, e.Name())) // tried again after the next build
	}
}
