package cluster

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"syscall"
	"testing"
)

// The kernel sends the signal for a parent's death when the thread dies that made the child; the keeper's must not.
func TestChildrenOutliveTheThreadThatAskedForThem(t *testing.T) {
	dir := t.TempDir()
	k := newKeeper(dir)
	defer k.close()
	thread := make(chan int, 1)
	path := script(t, dir, "a", "exec sleep 600")
	var c *child
	var ask func()
	ask = func() {
		runtime.LockOSThread() // and never unlocked: Go ends the thread with the goroutine
		if syscall.Gettid() == os.Getpid() {
			again := make(chan struct{})
			go func() { defer close(again); ask() }() // Go keeps the process's first thread; while we hold it, this is another
			<-again
			return
		}
		var err error
		if c, err = k.start(t.Context(), "first", path, nil); err != nil {
			t.Error(err)
		}
		thread <- syscall.Gettid()
	}
	go ask()
	task := fmt.Sprintf("/proc/self/task/%d", <-thread)
	await(t, func() bool { _, err := os.Stat(task); return errors.Is(err, fs.ErrNotExist) })
	if err := k.stop(t.Context(), "first"); err != nil {
		t.Error(err)
	}
	if got := endedBy(c.err); got != syscall.SIGTERM {
		t.Errorf("ended by %v, want SIGTERM: it died with the thread", got)
	}
}
