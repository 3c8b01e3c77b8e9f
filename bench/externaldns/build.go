package externaldns

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Version is the newest of which `go install` works.
const Version = "v0.21.0"

const (
	binary  = "external-dns"
	program = "sigs.k8s.io/external-dns@" + Version
)

// reportEvery is how often a running build says that it is still at it.
const reportEvery = 15 * time.Second

// Built is the path of the binary if it is built already, and "" if it isn't.
func Built(ctx context.Context) (string, error) {
	dir, err := folder(ctx)
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, binary)
	if _, err := exec.LookPath(path); err != nil {
		return "", nil //nolint:nilerr // that it can't be run is the answer
	}
	return path, nil
}

// Build returns the path of the binary, and makes it if it is not there yet,
// which takes minutes and is said on progress.
func Build(ctx context.Context, progress io.Writer) (string, error) {
	if path, err := Built(ctx); err != nil || path != "" {
		return path, err
	}
	dir, err := folder(ctx)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", fmt.Errorf("making the cache of ExternalDNS: %w", err)
	}
	unfinished, err := os.MkdirTemp(filepath.Dir(dir), "building-")
	if err != nil {
		return "", fmt.Errorf("building ExternalDNS: %w", err)
	}
	defer os.RemoveAll(unfinished) //nolint:errcheck // gone already after the rename
	if err := install(ctx, unfinished, progress); err != nil {
		return "", err
	}
	if err := os.Rename(unfinished, dir); err != nil {
		// Somebody else was quicker, and theirs is as good.
		if path, berr := Built(ctx); berr == nil && path != "" {
			return path, nil
		}
		return "", fmt.Errorf("keeping ExternalDNS: %w", err)
	}
	return filepath.Join(dir, binary), nil
}

// folder is where the build of this version, Go and platform is kept.
func folder(ctx context.Context) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "env", "GOVERSION")
	cmd.Env, cmd.Dir = goEnv(), os.TempDir()
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("asking Go for its version (it builds ExternalDNS): %w", err)
	}
	user, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no folder to keep ExternalDNS in: %w", err)
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{program, strings.TrimSpace(string(out)), runtime.GOOS, runtime.GOARCH}, "\n")))
	return filepath.Join(user, "tranship", binary, hex.EncodeToString(sum[:])[:16]), nil
}

// goEnv is our environment without what could make it another build.
func goEnv() []string { return append(os.Environ(), "GOFLAGS=", "GOWORK=off") }

// install builds into the folder.
func install(ctx context.Context, dir string, progress io.Writer) error {
	fmt.Fprintf(progress, "ExternalDNS %s: compiling it takes 5-6 minutes on two cores, once\n", Version)
	began := time.Now()
	cmd := exec.CommandContext(ctx, "go", "install", "-v", program)
	cmd.Env, cmd.Dir = append(goEnv(), "GOBIN="+dir), os.TempDir()
	// An interrupted go command clears its temporary folder; one that does not end is killed.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	cmd.WaitDelay = 10 * time.Second
	read, write := io.Pipe()
	cmd.Stdout, cmd.Stderr = write, write
	var (
		work sync.WaitGroup
		mu   sync.Mutex
		seen int
		rest []string
	)
	work.Go(func() {
		for lines := bufio.NewScanner(read); lines.Scan(); {
			mu.Lock()
			if line := lines.Text(); strings.ContainsAny(line, " \t") && !strings.HasPrefix(line, "go: downloading ") {
				rest = append(rest, line)
			} else {
				seen++
			}
			mu.Unlock()
		}
		_, _ = io.Copy(io.Discard, read) // a line too long to scan must not block the build
	})
	done := make(chan struct{})
	work.Go(func() {
		tick := time.NewTicker(reportEvery)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				mu.Lock()
				fmt.Fprintf(progress, "ExternalDNS: %s, %d packages fetched or compiled\n", time.Since(began).Round(time.Second), seen)
				mu.Unlock()
			}
		}
	})
	err := cmd.Run()
	_ = write.Close() // closing a pipe's writer never fails
	close(done)
	work.Wait()
	if ctx.Err() != nil {
		return fmt.Errorf("building ExternalDNS: %w", context.Cause(ctx))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("building ExternalDNS %s: %w", Version, err), errors.New(strings.Join(rest[max(0, len(rest)-30):], "\n")))
	}
	fmt.Fprintf(progress, "ExternalDNS: built in %s\n", time.Since(began).Round(time.Second))
	return nil
}
