package nested

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
func (p Program) goVersion(ctx context.Context, source string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "env", "GOVERSION")
	cmd.Dir, cmd.Env = source, goEnv()
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("asking Go for its version (it builds the %s%s): %w", p.Title, p.Instead, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// goEnv is our environment without what could turn the build of the nested module into another one.
func goEnv() []string {
	return append(os.Environ(), "GOFLAGS=", "GOWORK=off")
}

// compile builds the source into the file out.
func (p Program) compile(ctx context.Context, source, out string, progress io.Writer) error {
	version, err := p.version(source)
	if err != nil {
		return err
	}
	fmt.Fprintf(progress, "%s: compiling %s\n", p.Title, strings.ReplaceAll(p.Compiling, "VERSION", version))
	began := time.Now()

	cmd := exec.CommandContext(ctx, "go", "build", "-v", "-buildvcs=false", "-ldflags", p.flags(version), "-o", out, ".")
	cmd.Dir, cmd.Env = source, goEnv()
	cmd.SysProcAttr = OwnGroup(syscall.SIGINT)
	// An interrupted go command clears its temporary folder; one that does not end is killed.
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = 10 * time.Second
	lines := &buildLines{}
	read, write := io.Pipe()
	cmd.Stdout, cmd.Stderr = write, write

	var readers sync.WaitGroup
	readers.Go(func() { lines.readFrom(read) })
	done := make(chan struct{})
	readers.Go(func() { lines.report(progress, p.Title, began, done) })

	// The signal for the death of the parent comes when the thread dies that started the process, so this one must stay.
	runtime.LockOSThread()
	err = cmd.Run()
	runtime.UnlockOSThread()
	_ = write.Close() // closing a pipe's writer never fails
	close(done)
	readers.Wait()

	if ctx.Err() != nil {
		return fmt.Errorf("building the %s: %w", p.Title, context.Cause(ctx))
	}
	if err != nil {
		return fmt.Errorf("building the %s in %s: %w\n%s", p.Title, source, err, lines.rest())
	}
	fmt.Fprintf(progress, "%s: built in %s\n", p.Title, time.Since(began).Round(time.Second))
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
func (b *buildLines) report(w io.Writer, title string, began time.Time, done <-chan struct{}) {
	tick := time.NewTicker(reportEvery)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			b.mu.Lock()
			line := fmt.Sprintf("%s: %s, %d packages compiled", title, time.Since(began).Round(time.Second), b.packages)
			if b.fetched > 0 {
				line += fmt.Sprintf(", %d modules downloaded", b.fetched)
			}
			b.mu.Unlock()
			fmt.Fprintln(w, line)
		}
	}
}
