package externaldns

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/tranship/tranship/lab"
)

// Options say how ExternalDNS runs.
type Options struct {
	Binary   string
	Lab      lab.Ready
	Interval time.Duration // of its syncs; its default is 1 m
	Owner    string        // its --txt-owner-id; "": the account, as in the proof of concept
	Log      io.Writer
}

// endpoint is a host that only the lab's proxy knows. The SDK puts `data-` before
// it for DiscoverInstances, which a real address would not survive.
const endpoint = "http://aws.lab.internal"

// args are the proof of concept's, then those that the lab needs.
func (o Options) args() []string {
	return []string{
		"--source=service", "--source=ingress", "--provider=aws-sd",
		"--domain-filter=" + o.Lab.Namespace, "--aws-zone-type=private",
		"--txt-owner-id=" + cmp.Or(o.Owner, o.Lab.AccountID), "--log-level=debug",

		"--interval=" + o.Interval.String(), "--kubeconfig=" + o.Lab.Kubeconfig, "--metrics-address=127.0.0.1:0",
	}
}

// env has nothing of ours but where programs and home are.
func (o Options) env() []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"),
		"AWS_ENDPOINT_URL=" + endpoint, "HTTP_PROXY=" + o.Lab.AWSEndpoint,
		"AWS_ACCESS_KEY_ID=" + o.Lab.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + o.Lab.SecretAccessKey,
		"AWS_REGION=" + o.Lab.Region, "AWS_EC2_METADATA_DISABLED=true",
	}
}

// Process is ExternalDNS as a kubelet runs it: one that ends is started again,
// after a back-off that doubles from 10 s to 5 min and begins anew after 10 min
// without an end. All three are scaled as the interval is to its default.
// https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
type Process struct {
	o      Options
	cancel context.CancelFunc
	done   chan struct{}

	mu   sync.Mutex
	ends []string
}

// Start runs it until Stop. It outlives ctx.
func Start(ctx context.Context, o Options) (*Process, error) {
	if _, err := exec.LookPath(o.Binary); err != nil {
		return nil, fmt.Errorf("run ExternalDNS: %w", err)
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	p := &Process{o: o, cancel: cancel, done: make(chan struct{})}
	go p.supervise(run)
	return p, nil
}

// Ends says how each run of it ended that was not stopped.
func (p *Process) Ends() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.ends...)
}

// Stop ends it in order.
func (p *Process) Stop() {
	p.cancel()
	<-p.done
}

func (p *Process) supervise(ctx context.Context) {
	defer close(p.done)
	scaled := func(d time.Duration) time.Duration {
		return time.Duration(float64(d) * p.o.Interval.Seconds() / time.Minute.Seconds())
	}
	first, most, calm := scaled(10*time.Second), scaled(5*time.Minute), scaled(10*time.Minute)
	pause := first
	for {
		began := time.Now()
		err := p.run(ctx)
		if ctx.Err() != nil {
			return
		}
		p.mu.Lock()
		p.ends = append(p.ends, fmt.Sprint(err))
		p.mu.Unlock()
		if time.Since(began) > calm {
			pause = first
		}
		t := time.NewTimer(pause)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return
		}
		pause = min(2*pause, most)
	}
}

func (p *Process) run(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, p.o.Binary, p.o.args()...)
	last := &lastLine{}
	out := io.MultiWriter(p.o.Log, last)
	cmd.Env, cmd.Stdout, cmd.Stderr = p.o.env(), out, out // one writer, so one goroutine
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	cmd.SysProcAttr = dieWithParent()
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%w: %s", err, last)
	}
	return fmt.Errorf("it ended by itself, with exit code 0: %s", last)
}

// lastLine keeps the last line that was written.
type lastLine struct{ text []byte }

func (l *lastLine) Write(p []byte) (int, error) {
	n := len(p)
	whole := slices.Concat(l.text, p)
	end := bytes.TrimRight(whole, "\n")
	if k := bytes.LastIndexByte(end, '\n'); k >= 0 {
		whole = whole[k+1:]
	}
	l.text = append([]byte(nil), whole[max(0, len(whole)-4096):]...)
	return n, nil
}

func (l *lastLine) String() string { return string(bytes.TrimSpace(l.text)) }
