package cluster

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

// The components, by the names under which they are called.
const (
	etcd              = "etcd"
	apiServer         = "kube-apiserver"
	controllerManager = "kube-controller-manager"
	scheduler         = "kube-scheduler"
)

var components = []string{etcd, apiServer, controllerManager, scheduler}

// binary is the one program that all components are links to.
const binary = "controlplane"

// unusedFor is how long a build that nobody asks for any more is kept.
const unusedFor = 30 * 24 * time.Hour

// Build returns the folder with the control plane's binaries, and makes them if they are not there yet.
//
// If KUBEBUILDER_ASSETS is set, that is the folder and nothing is built. Otherwise the source is looked for above the working
// directory and above the executable, and what is built from it stays in the user's cache folder under a key of everything
// that went into it. The first build takes 6–10 minutes on two cores and says so on progress, with a line every 15 seconds;
// all later calls take a moment. Builders in several processes wait for each other. A cancelled ctx ends the build.
func Build(ctx context.Context, progress io.Writer) (assetsDir string, err error) {
	if dir := os.Getenv("KUBEBUILDER_ASSETS"); dir != "" {
		if err := checkAssets(dir, etcd, apiServer); err != nil {
			return "", fmt.Errorf("KUBEBUILDER_ASSETS: %w", err)
		}
		return filepath.Abs(dir)
	}
	b, err := newBuilder(ctx, progress)
	if err != nil {
		return "", err
	}
	return b.build(ctx)
}

// checkAssets says which of the named components is not in the folder, or can't be run.
func checkAssets(dir string, names ...string) error {
	for _, name := range names {
		if _, err := exec.LookPath(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("%s of the control plane can't be run: %w", name, err)
		}
	}
	return nil
}

type builder struct {
	source   string // lab/controlplane
	cache    string // where builds are kept, one folder for each key
	key      string
	progress io.Writer
	compile  func(ctx context.Context, source, out string, progress io.Writer) error
}

func newBuilder(ctx context.Context, progress io.Writer) (*builder, error) {
	var from []string
	if wd, err := os.Getwd(); err == nil {
		from = append(from, wd)
	}
	if exe, err := os.Executable(); err == nil {
		if resolved, err := filepath.EvalSymlinks(exe); err == nil {
			exe = resolved
		}
		from = append(from, filepath.Dir(exe))
	}
	source, err := findSource(from...)
	if err != nil {
		return nil, err
	}
	version, err := goVersion(ctx, source)
	if err != nil {
		return nil, err
	}
	flags, err := linkerFlags(source)
	if err != nil {
		return nil, err
	}
	k, err := key(source, version, runtime.GOOS, runtime.GOARCH, flags)
	if err != nil {
		return nil, err
	}
	user, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("no folder to keep the control plane in: %w", err)
	}
	return &builder{
		source:   source,
		cache:    filepath.Join(user, "tranship", "controlplane"),
		key:      k,
		progress: progress,
		compile:  compile,
	}, nil
}

// build returns the folder of this key, after making it if need be.
func (b *builder) build(ctx context.Context) (string, error) {
	dir := filepath.Join(b.cache, b.key)
	if b.have(dir) {
		return dir, nil
	}
	if err := os.MkdirAll(b.cache, 0o755); err != nil {
		return "", fmt.Errorf("making the cache of control planes: %w", err)
	}
	unlock, err := lockFile(ctx, dir+".lock", func() {
		fmt.Fprintln(b.progress, "control plane: another process is building it, waiting")
	})
	if err != nil {
		return "", fmt.Errorf("waiting to build the control plane: %w", err)
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
		return "", fmt.Errorf("building the control plane: %w", err)
	}
	defer os.RemoveAll(unfinished) //nolint:errcheck // gone already after the rename; else the next build clears it
	if err := b.compile(ctx, b.source, filepath.Join(unfinished, binary), b.progress); err != nil {
		return "", err
	}
	for _, name := range components {
		if err := os.Symlink(binary, filepath.Join(unfinished, name)); err != nil {
			return "", fmt.Errorf("building the control plane: %w", err)
		}
	}
	if err := errors.Join(os.RemoveAll(dir), os.Rename(unfinished, dir)); err != nil {
		return "", fmt.Errorf("keeping the control plane: %w", err)
	}
	b.forget(time.Now().Add(-unusedFor))
	return dir, nil
}

// have tells whether the build is there, and notes that it is in use.
func (b *builder) have(dir string) bool {
	if checkAssets(dir, components...) != nil {
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
