package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/tranship/tranship/lab/cloud"
)

// child is the product's controller as a process of its own, so that it can be
// killed as in real life. What ends by itself is started again.
type child struct {
	path string
	args []string
	env  []string
	log  io.Writer

	mu       sync.Mutex
	cmd      *exec.Cmd
	stopping bool
	kills    int
	done     chan struct{}
}

// startController runs tranship's controller with the rights of deploy/rbac.yaml
// and the declared bounds of the lab's timing.
func (l *Lab) startController(ctx context.Context) error {
	l.writeReady()
	if l.Options.Tranship == "" {
		return nil
	}
	kubeconfig, err := l.furnish(ctx)
	if err != nil {
		return err
	}
	c := &child{
		path: l.Options.Tranship, log: l.Options.ControllerLog, done: make(chan struct{}),
		args: append([]string{
			"controller", "--identity", "lab", "--owner", "lab", "--region", l.Options.Region,
			"--allow", KubeNamespace + "=" + ECSCluster + "/*",
			"--busy", busy(l.timing).String(),
			"--lease-namespace", LeaseNamespace, "--metrics-address", "0", "--health-address", "0",
		}, slices.Concat(bounds(l.timing), l.cacheFlags())...),
		env: append(append(os.Environ(), l.Ready.Env()...), "KUBECONFIG="+kubeconfig),
	}
	if err := c.start(ctx); err != nil {
		return err
	}
	go c.supervise(context.WithoutCancel(ctx), l.fail)
	l.onDown(func(ctx context.Context) error { return c.stop(ctx) })
	l.controller = c
	return nil
}

// busy is how often a name in motion is looked at.
func busy(t cloud.Timing) time.Duration { return min(2*time.Second, t.HealthFlip/6) }

// bounds declares the timing to the product, as its flags.
func bounds(t cloud.Timing) []string {
	return []string{
		"--propagation", t.PropagationMax.String(),
		"--operation", t.OperationMax.String(),
		"--health", t.HealthFlip.String(),
		"--task-start", (t.StartMax + t.SchedulerMax + t.OperationMax).String(),
	}
}

// start runs one incarnation. It outlives ctx: stop ends it, in order.
func (c *child) start(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopping {
		return nil
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), c.path, c.args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = c.env, c.log, c.log
	cmd.SysProcAttr = dieWithParent()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("run %s: %w (build it with `make build`)", filepath.Base(c.path), err)
	}
	c.cmd = cmd
	return nil
}

// supervise waits for each incarnation and starts the next. One that ends soon
// and by itself, again and again, is a failure of the lab.
func (c *child) supervise(ctx context.Context, fail func(error)) {
	defer close(c.done)
	soon := 0
	for {
		began := time.Now()
		c.mu.Lock()
		cmd, kills := c.cmd, c.kills
		c.mu.Unlock()
		err := cmd.Wait()
		c.mu.Lock()
		stopping, killed := c.stopping, c.kills > kills
		c.mu.Unlock()
		if stopping {
			return
		}
		if killed || time.Since(began) > 10*time.Second {
			soon = 0
		} else if soon++; soon > 3 {
			fail(fmt.Errorf("the controller ends again and again: %w", err))
			return
		}
		if err := c.start(ctx); err != nil {
			fail(err)
			return
		}
	}
}

// kill is kill -9; the successor comes at once.
func (c *child) kill() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kills++
	if err := c.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill the controller: %w", err)
	}
	return nil
}

func (c *child) stop(ctx context.Context) error {
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
		return fmt.Errorf("the controller did not stop on SIGTERM: %w", ctx.Err())
	}
}
