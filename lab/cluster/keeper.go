package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"

	"github.com/tranship/tranship/lab/nested"
)

// keeper starts the processes of one cluster and knows when one ends.
//
// The kernel kills our children when the thread that started them dies, and Go ends and moves threads as it likes. So all of
// them are started by one goroutine that holds its thread until the last child is gone.
type keeper struct {
	dir      string
	requests chan request
	lost     chan struct{} // closed when a process ends that nobody has stopped

	mu       sync.Mutex
	children []*child // in the order of their start
	lostErr  error
}

// child is one running component.
type child struct {
	name  string
	cmd   *exec.Cmd
	began string        // startTime
	ended chan struct{} // closed once the process has been waited for
	err   error         // how it ended; read after ended

	stopping bool // guarded by keeper.mu
}

type request struct {
	cmd   *exec.Cmd
	reply chan error
}

func newKeeper(dir string) *keeper {
	k := &keeper{dir: dir, requests: make(chan request), lost: make(chan struct{})}
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		for r := range k.requests {
			r.reply <- r.cmd.Start()
		}
	}()
	return k
}

// start runs a binary as the component of that name, its output in a file of the folder. The process outlives ctx.
func (k *keeper) start(ctx context.Context, name, path string, flags []string) (*child, error) {
	log, err := os.Create(k.logFile(name))
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	defer func() { _ = log.Close() }() // the child has its own
	c := &child{name: name, ended: make(chan struct{})}
	c.cmd = exec.CommandContext(context.WithoutCancel(ctx), path, flags...)
	c.cmd.Args[0] = name
	c.cmd.Dir = k.dir
	c.cmd.Stdout, c.cmd.Stderr = log, log
	c.cmd.SysProcAttr = nested.OwnGroup(syscall.SIGKILL)
	// Nothing of the caller's surroundings, such as proxies or a cluster it may run in, reaches the components.
	c.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + k.dir, "TMPDIR=" + k.dir}
	reply := make(chan error)
	k.requests <- request{c.cmd, reply}
	if err := <-reply; err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	c.began = startTime(c.cmd.Process.Pid)
	k.mu.Lock()
	k.children = append(k.children, c)
	k.mu.Unlock()
	go k.wait(c)
	return c, nil
}

// wait notes the end of a child.
func (k *keeper) wait(c *child) {
	err := c.cmd.Wait()
	k.mu.Lock()
	c.err = err
	if !c.stopping && k.lostErr == nil {
		if err == nil {
			err = errors.New("it ended without being asked to")
		}
		k.lostErr = fmt.Errorf("%s has died: %w\n%s", c.name, err, k.logTail(c.name))
		close(k.lost)
	}
	k.mu.Unlock()
	close(c.ended)
}

// lossError says which process ended that nobody stopped, with the end of its log; nil if none did.
func (k *keeper) lossError() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.lostErr
}

// stop asks the component of that name to end and waits for that. When ctx is done it is killed, and still waited for.
func (k *keeper) stop(ctx context.Context, name string) error {
	k.mu.Lock()
	var c *child
	for _, each := range k.children {
		if each.name == name {
			c = each
			c.stopping = true
		}
	}
	k.mu.Unlock()
	if c == nil {
		return nil
	}
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stopping %s: %w", name, err)
	}
	select {
	case <-c.ended:
		return nil
	case <-ctx.Done():
	}
	if err := syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("killing %s: %w", name, err)
	}
	<-c.ended
	return fmt.Errorf("%s did not stop in time and was killed: %w", name, context.Cause(ctx))
}

// close lets the thread go; every child must have ended.
func (k *keeper) close() { close(k.requests) }

func (k *keeper) logFile(name string) string { return filepath.Join(k.dir, name+".log") }

// logTail returns the last lines that a component has written.
func (k *keeper) logTail(name string) string {
	content, err := os.ReadFile(k.logFile(name))
	if err != nil {
		return ""
	}
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}
