package process

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shell runs a line; it prints ready once the line is under way.
func shell(t *testing.T, line string) (p Program, ready <-chan struct{}) {
	t.Helper()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell here")
	}
	said := make(chan struct{}, 16)
	return Program{Path: sh, Args: []string{"-c", line}, Log: teller(said)}, said
}

type teller chan struct{}

func (t teller) Write(p []byte) (int, error) {
	for range strings.Count(string(p), "ready") {
		t <- struct{}{}
	}
	return len(p), nil
}

// One that is killed comes again, unless it runs once.
func TestKilled(t *testing.T) {
	p, ready := shell(t, "echo ready; exec sleep 60")
	c, err := Start(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	<-ready
	if err := c.Kill(); err != nil {
		t.Error(err)
	}
	<-ready // the successor
	if n := c.Kills(); n != 1 {
		t.Errorf("killed %d times", n)
	}
	if err := c.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	<-c.Ended()

	p.Once = true
	p.Failed = func(err error) { t.Errorf("a killed one failed: %v", err) }
	if c, err = Start(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	<-ready
	if err := c.Kill(); err != nil {
		t.Error(err)
	}
	<-c.Ended()
	if err := c.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

// One that ends by itself again and again has failed, and so has one that was to
// run once.
func TestFailed(t *testing.T) {
	for _, once := range []bool{false, true} {
		p, ready := shell(t, "echo ready; exit 3")
		failed := make(chan error, 2)
		p.Once, p.Failed = once, func(err error) { failed <- err }
		c, err := Start(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		var exit *exec.ExitError
		if err := <-failed; !errors.As(err, &exit) || exit.ExitCode() != 3 {
			t.Errorf("once %t: %v, want exit status 3", once, err)
		}
		<-c.Ended()
		want := patience + 1
		if once {
			want = 1
		}
		if n := len(ready); n != want {
			t.Errorf("once %t: ran %d times, want %d", once, n, want)
		}
		if err := c.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// One that does not obey is killed when the patience is over. (It stops itself: it
// hears no SIGTERM, and its memory is that of a program that has begun.)
func TestStopInTheEnd(t *testing.T) {
	p, ready := shell(t, "echo ready; kill -STOP $$")
	c, err := Start(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	<-ready
	if n, err := c.PeakMemory(); err == nil && n < 1<<16 || err != nil && !errors.Is(err, ErrUnknown) {
		t.Errorf("memory %d, %v", n, err)
	}
	now, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Stop(now); !errors.Is(err, context.Canceled) {
		t.Errorf("stop: %v, want that it had to be killed", err)
	}
}

func TestNothingToRun(t *testing.T) {
	if _, err := Start(t.Context(), Program{Path: t.TempDir() + "/nothing"}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v, want that there is no such file", err)
	}
}

func TestPeak(t *testing.T) {
	if n, ok := peak([]byte("Name:\tx\nVmPeak:\t 9 kB\nVmHWM:\t   1024 kB\nVmRSS:\t 5 kB\n")); n != 1<<20 || !ok {
		t.Errorf("%d, %t, want 1 MiB", n, ok)
	}
	if _, ok := peak([]byte("Name:\tx\nVmHWM:\tmuch\n")); ok {
		t.Error("a line that says nothing was read")
	}
}

func TestFlagsIn(t *testing.T) {
	help := `controller does --not-this.

Usage:
  tranship controller [flags]

Flags:
      --gate-timeout duration   how long; see --other
  -n, --namespace string        which
`
	want := map[string]bool{"gate-timeout": true, "namespace": true}
	if diff := cmp.Diff(want, flagsIn(help)); diff != "" {
		t.Errorf("flags (-want +got):\n%s", diff)
	}
}
