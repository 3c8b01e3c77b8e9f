package standin

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// Process is a stand-in in an operating-system process of its own: this executable, started again with Argument. It obeys
// real signals, and ends when its standard input does, so that it never outlives the process that started it.
type Process struct {
	cmd   *exec.Cmd
	addr  string
	now   func() time.Time
	state func(State)

	stdinMu sync.Mutex
	stdin   io.WriteCloser

	mu       sync.Mutex
	lastTold StateKind
	gone     chan struct{}
}

var _ Instance = (*Process)(nil)

// OwnProcess is the Launch for stand-ins in processes of their own. The executable's main must give way to Main when Called
// says so.
func OwnProcess(ctx context.Context, o Options) (Instance, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("stand-in %s: finding this executable: %w", o.Identity.Instance, err)
	}
	p, err := startProcess(ctx, exe, o)
	if err != nil {
		return nil, fmt.Errorf("stand-in %s: %w", o.Identity.Instance, err)
	}
	return p, nil
}

// line is what the child says on its standard output, one JSON object per line.
type line struct {
	Kind StateKind `json:"kind"`
	Addr string    `json:"addr,omitempty"` // with listening
}

func startProcess(ctx context.Context, exe string, o Options) (*Process, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	arg, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("encoding its options: %w", err)
	}
	// ctx is for the start alone: the process lives until it is stopped.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), exe, Argument, string(arg))
	cmd.Env = []string{"GOMAXPROCS=1"} // nothing of the parent's, least of all its keys
	cmd.WaitDelay = time.Second
	said := &complaint{}
	cmd.Stderr = said
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("making its standard input: %w", err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("making its standard output: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", exe, err)
	}
	p := &Process{cmd: cmd, now: o.Now, state: o.OnState, stdin: stdin, gone: make(chan struct{})}
	listening := make(chan string, 1)
	go p.listen(stdout, listening)
	select {
	case p.addr = <-listening:
		return p, nil
	case <-p.gone:
		return nil, fmt.Errorf("its process ended before it listened: %s", said)
	case <-ctx.Done():
		p.Kill()
		return nil, fmt.Errorf("while starting: %w", ctx.Err())
	}
}

// listen reads what the child says until it is gone.
func (p *Process) listen(stdout io.Reader, listening chan<- string) {
	in := bufio.NewScanner(stdout)
	for in.Scan() {
		var l line
		if json.Unmarshal(in.Bytes(), &l) != nil {
			continue // not ours: a runtime message, say
		}
		p.tell(l.Kind)
		if l.Kind == Listening {
			select {
			case listening <- l.Addr:
			default:
			}
		}
	}
	_ = p.cmd.Wait() // how it ended is nobody's question: gone is gone
	p.tell(Closed)
	p.stdinMu.Lock()
	_ = p.stdin.Close()
	p.stdinMu.Unlock()
	close(p.gone)
}

func (p *Process) tell(k StateKind) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lastTold == k || p.lastTold == Closed || p.lastTold == "" && k != Listening {
		return
	}
	p.lastTold = k
	p.state(State{At: p.now(), Kind: k})
}

// Addr is what to dial.
func (p *Process) Addr() string { return p.addr }

// PID is the process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// SetReady switches /healthz.
func (p *Process) SetReady(ready bool) {
	p.stdinMu.Lock()
	defer p.stdinMu.Unlock()
	_, _ = io.WriteString(p.stdin, readyWord+strconv.FormatBool(ready)+"\n") // fails only when it is gone
}

// Stop sends SIGTERM, and SIGKILL when the grace period is over. See Instance.
func (p *Process) Stop(ctx context.Context, grace time.Duration) error {
	select {
	case <-p.gone:
		return nil
	default:
	}
	p.tell(Signalled)
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // fails only when it is gone
	over := time.NewTimer(max(grace, 0))
	defer over.Stop()
	select {
	case <-p.gone:
		return nil
	case <-over.C:
		p.Kill()
		return ErrKilled
	case <-ctx.Done():
		p.Kill()
		return ctx.Err()
	}
}

// Kill sends SIGKILL and waits until the process is gone.
func (p *Process) Kill() {
	p.tell(Closed)
	_ = p.cmd.Process.Kill() // fails only when it is gone
	<-p.gone
}

// Done is closed when the process is gone.
func (p *Process) Done() <-chan struct{} { return p.gone }

// complaint keeps the first few kilobytes that a child complains with.
type complaint struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (t *complaint) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if room := 4096 - t.buf.Len(); room > 0 {
		t.buf.Write(b[:min(room, len(b))])
	}
	return len(b), nil
}

func (t *complaint) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.buf.Len() == 0 {
		return "it said nothing"
	}
	return string(bytes.TrimSpace(t.buf.Bytes()))
}
