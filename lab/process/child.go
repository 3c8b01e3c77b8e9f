package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// Program is what to run.
type Program struct {
	Path string
	Args []string
	Env  []string  // whole; nil: that of this process
	Log  io.Writer // gets what it prints; nil: nobody does
	// Once says that one that ends stays ended. Otherwise it is started again.
	Once bool
	// Failed hears, at most once, that it can't be run, or ends soon and by itself
	// again and again; nil: nobody does.
	Failed func(error)
}

// Child is a program that runs. Its methods may be called from any goroutine.
type Child struct {
	p    Program
	done chan struct{}

	mu       sync.Mutex
	cmd      *exec.Cmd
	stopping bool
	kills    int
}

// Start runs the program. It outlives ctx: Stop ends it, in order, and must be called.
func Start(ctx context.Context, p Program) (*Child, error) {
	c := &Child{p: p, done: make(chan struct{})}
	if err := c.start(ctx); err != nil {
		return nil, err
	}
	go c.supervise(context.WithoutCancel(ctx))
	return c, nil
}

// start runs one incarnation.
func (c *Child) start(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopping {
		return nil
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), c.p.Path, c.p.Args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = c.p.Env, c.p.Log, c.p.Log
	cmd.SysProcAttr = DieWithParent()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("run %s: %w (build it with `make build`)", filepath.Base(c.p.Path), err)
	}
	c.cmd = cmd
	return nil
}

// How soon, and how often in a row, one may end by itself.
const (
	soon     = 10 * time.Second
	patience = 3
)

// supervise waits for each incarnation and starts the next.
func (c *Child) supervise(ctx context.Context) {
	defer close(c.done)
	fail := c.p.Failed
	if fail == nil {
		fail = func(error) {}
	}
	early := 0
	for {
		began := time.Now()
		c.mu.Lock()
		cmd, kills := c.cmd, c.kills
		c.mu.Unlock()
		err := cmd.Wait()
		c.mu.Lock()
		stopping, killed := c.stopping, c.kills > kills
		c.mu.Unlock()
		switch {
		case stopping, c.p.Once && killed:
			return
		case c.p.Once:
			fail(fmt.Errorf("%s ended by itself: %w", filepath.Base(c.p.Path), orEnd(err)))
			return
		case killed, time.Since(began) > soon:
			early = 0
		default:
			if early++; early > patience {
				fail(fmt.Errorf("%s ends again and again: %w", filepath.Base(c.p.Path), orEnd(err)))
				return
			}
		}
		if err := c.start(ctx); err != nil {
			fail(err)
			return
		}
	}
}

// errEnd is how a program ends that has nothing to complain of.
var errEnd = errors.New("exit status 0")

func orEnd(err error) error {
	if err == nil {
		return errEnd
	}
	return err
}

// Kill is kill -9. Unless the program runs once, the successor comes at once.
func (c *Child) Kill() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kills++
	if err := c.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill %s: %w", filepath.Base(c.p.Path), err)
	}
	return nil
}

// Kills counts how often it was killed.
func (c *Child) Kills() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.kills
}

// Ended is closed when nothing runs any more, and nothing will.
func (c *Child) Ended() <-chan struct{} { return c.done }

// Stop ends it with SIGTERM, or with SIGKILL when ctx ends first, which the error says.
func (c *Child) Stop(ctx context.Context) error {
	c.mu.Lock()
	c.stopping = true
	p := c.cmd.Process
	c.mu.Unlock()
	_ = p.Signal(syscall.SIGTERM)
	select {
	case <-c.done:
		return nil
	case <-ctx.Done():
		_ = p.Kill()
		<-c.done
		return fmt.Errorf("%s did not stop on SIGTERM: %w", filepath.Base(c.p.Path), ctx.Err())
	}
}
