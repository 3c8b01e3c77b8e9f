package cluster

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// reportEvery is how often a running build says that it is still at it.
const reportEvery = 15 * time.Second

// goVersion returns the version of Go that builds the source, which need not be the one that built this program.
func goVersion(ctx context.Context, source string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "env", "GOVERSION")
	cmd.Dir, cmd.Env = source, goEnv()
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("asking Go for its version (it builds the control plane; without Go, set KUBEBUILDER_ASSETS): %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// goEnv is our environment without what could turn the build of the nested module into another one.
func goEnv() []string {
	return append(os.Environ(), "GOFLAGS=", "GOWORK=off")
}

// linkerFlags leave out what only a debugger needs, and say the version, without which kubectl and clients refuse the server.
func linkerFlags(source string) (string, error) {
	version, err := kubernetesVersion(source)
	if err != nil {
		return "", err
	}
	parts := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3)
	const at = " -X k8s.io/component-base/version."
	return "-s -w" + at + "gitVersion=" + version + at + "gitMajor=" + parts[0] + at + "gitMinor=" + parts[1], nil
}

// compile builds the source into the file out.
func compile(ctx context.Context, source, out string, progress io.Writer) error {
	flags, err := linkerFlags(source)
	if err != nil {
		return err
	}
	version, err := kubernetesVersion(source)
	if err != nil {
		return err
	}
	fmt.Fprintf(progress, "control plane: compiling etcd and Kubernetes %s; this takes 6-10 minutes on two cores, once\n", version)
	began := time.Now()

	cmd := exec.CommandContext(ctx, "go", "build", "-v", "-buildvcs=false", "-ldflags", flags, "-o", out, ".")
	cmd.Dir, cmd.Env = source, goEnv()
	cmd.SysProcAttr = ownGroup(syscall.SIGINT)
	// An interrupted go command clears its temporary folder; one that does not end is killed.
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = 10 * time.Second
	lines := &buildLines{}
	read, write := io.Pipe()
	cmd.Stdout, cmd.Stderr = write, write

	var readers sync.WaitGroup
	readers.Go(func() { lines.readFrom(read) })
	done := make(chan struct{})
	readers.Go(func() { lines.report(progress, began, done) })

	// The signal for the death of the parent comes when the thread dies that started the process, so this one must stay.
	runtime.LockOSThread()
	err = cmd.Run()
	runtime.UnlockOSThread()
	_ = write.Close() // closing a pipe's writer never fails
	close(done)
	readers.Wait()

	if ctx.Err() != nil {
		return fmt.Errorf("building the control plane: %w", context.Cause(ctx))
	}
	if err != nil {
		return fmt.Errorf("building the control plane in %s: %w\n%s", source, err, lines.rest())
	}
	fmt.Fprintf(progress, "control plane: built in %s\n", time.Since(began).Round(time.Second))
	return nil
}

// buildLines is what `go build -v` says: one line for each package that it compiles, and anything else.
type buildLines struct {
	mu       sync.Mutex
	packages int
	fetched  int
	other    []string // the last lines that are neither
}

func (b *buildLines) readFrom(r io.Reader) {
	for lines := bufio.NewScanner(r); lines.Scan(); {
		b.take(lines.Text())
	}
	_, _ = io.Copy(io.Discard, r) // a line too long to scan must not block the build
}

func (b *buildLines) take(line string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case strings.HasPrefix(line, "go: downloading "):
		b.fetched++
	case !strings.ContainsAny(line, " \t"):
		b.packages++
	default:
		b.other = append(b.other, line)
		if len(b.other) > 30 {
			b.other = b.other[1:]
		}
	}
}

func (b *buildLines) rest() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Join(b.other, "\n")
}

// report writes how far the build is until done is closed.
func (b *buildLines) report(w io.Writer, began time.Time, done <-chan struct{}) {
	tick := time.NewTicker(reportEvery)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			b.mu.Lock()
			line := fmt.Sprintf("control plane: %s, %d packages compiled", time.Since(began).Round(time.Second), b.packages)
			if b.fetched > 0 {
				line += fmt.Sprintf(", %d modules downloaded", b.fetched)
			}
			b.mu.Unlock()
			fmt.Fprintln(w, line)
		}
	}
}
