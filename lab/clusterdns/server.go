package clusterdns

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/miekg/dns"

	"github.com/tranship/tranship/lab/nested"
)

// startLimit ends a start that does not succeed; one takes well under a second.
const startLimit = 30 * time.Second

// Options say what the server does.
type Options struct {
	// Assets is the folder with the binary, as Build returns it.
	Assets string
	// Dir is where Corefile and log lie; it must be there, and stays.
	Dir string
	// Upstream is whom it asks, as "host:port": the VPC's resolver.
	Upstream string
}

// Server is a running CoreDNS.
type Server struct {
	// Addr is what to ask, over UDP and TCP.
	Addr netip.AddrPort
	// PID is its process id.
	PID int

	cmd   *exec.Cmd
	log   string
	ended chan struct{} // closed once the process has been waited for
	err   error         // how it ended; read after ended

	mu       sync.Mutex
	stopping bool
}

// errPortTaken says that a port which was free when it was chosen is not any more.
var errPortTaken = errors.New("a port was taken")

// Start brings up CoreDNS and returns once it says that it is ready. ctx bounds the start only; it runs until Stop, or until
// this process dies.
func Start(ctx context.Context, o Options) (*Server, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, startLimit, fmt.Errorf("CoreDNS was not ready after %s", startLimit))
	defer cancel()
	for try := 1; ; try++ {
		s, err := start(ctx, o)
		if errors.Is(err, errPortTaken) && try < 3 {
			continue
		}
		return s, err
	}
}

func start(ctx context.Context, o Options) (*Server, error) {
	port, ready, err := freePorts(ctx)
	if err != nil {
		return nil, fmt.Errorf("start CoreDNS: %w", err)
	}
	conf, logFile := filepath.Join(o.Dir, "Corefile"), filepath.Join(o.Dir, "coredns.log")
	if err := os.WriteFile(conf, []byte(corefile(port, ready, o.Upstream)), 0o600); err != nil {
		return nil, fmt.Errorf("start CoreDNS: %w", err)
	}
	log, err := os.Create(logFile)
	if err != nil {
		return nil, fmt.Errorf("start CoreDNS: %w", err)
	}
	defer func() { _ = log.Close() }() // the child has its own
	s := &Server{
		Addr: netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(port)), //nolint:gosec // a port
		log:  logFile, ended: make(chan struct{}),
	}
	s.cmd = exec.CommandContext(context.WithoutCancel(ctx), filepath.Join(o.Assets, binary), "-conf", conf)
	s.cmd.Dir, s.cmd.Stdout, s.cmd.Stderr = o.Dir, log, log
	s.cmd.Env = []string{"HOME=" + o.Dir, "TMPDIR=" + o.Dir}
	s.cmd.SysProcAttr = nested.OwnGroup(syscall.SIGKILL)
	if err := s.run(); err != nil {
		return nil, fmt.Errorf("start CoreDNS: %w", err)
	}
	if err := s.await(ctx, fmt.Sprintf("http://127.0.0.1:%d/ready", ready)); err != nil {
		now, cancel := context.WithCancel(context.WithoutCancel(ctx))
		cancel() // kill at once: there is nothing to lose
		_ = s.Stop(now)
		return nil, err
	}
	return s, nil
}

// run starts the process from a thread that stays as long as it does: the kernel kills a child when the thread that started it
// dies.
func (s *Server) run() error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := s.cmd.Start()
		if err == nil {
			s.PID = s.cmd.Process.Pid
		}
		started <- err
		if err == nil {
			s.err = s.cmd.Wait()
			close(s.ended)
		}
	}()
	return <-started
}

// await returns once the address answers with 200 and the server to questions, which is later, or the process has ended.
func (s *Server) await(ctx context.Context, ready string) error {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Second}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, ready, http.NoBody)
		if err != nil {
			return err
		}
		if resp, err := client.Do(req); err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK && s.answers(ctx) {
				return nil
			}
		}
		select {
		case <-s.ended:
			return s.lost()
		case <-ctx.Done():
			return fmt.Errorf("start CoreDNS: %w", context.Cause(ctx))
		case <-tick.C:
		}
	}
}

// answers says that it listens, over UDP and TCP. A message without a question is answered, with an error, and neither passed on
// nor remembered.
func (s *Server) answers(ctx context.Context) bool {
	for _, network := range []string{"udp", "tcp"} {
		c := dns.Client{Net: network, Timeout: time.Second}
		if _, _, err := c.ExchangeContext(ctx, &dns.Msg{MsgHdr: dns.MsgHdr{Id: dns.Id()}}, s.Addr.String()); err != nil {
			return false
		}
	}
	return true
}

// Lost is closed when the process has ended, stopped or not.
func (s *Server) Lost() <-chan struct{} { return s.ended }

// Err says how it ended if nobody has stopped it; nil while it runs.
func (s *Server) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.ended:
		if !s.stopping {
			return s.lost()
		}
	default:
	}
	return nil
}

// lost is the error of a process that ended by itself, with the end of its log.
func (s *Server) lost() error {
	said, _ := os.ReadFile(s.log)
	text := strings.TrimSpace(string(said))
	err := s.err
	if strings.Contains(text, "address already in use") {
		err = errors.Join(errPortTaken, err)
	}
	return fmt.Errorf("CoreDNS has ended: %w: %s", err, text[max(0, len(text)-500):])
}

// Stop ends it and waits for that. When ctx is done it is killed, and still waited for.
func (s *Server) Stop(ctx context.Context) error {
	err := s.Err()
	s.mu.Lock()
	s.stopping = true
	s.mu.Unlock()
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // fails only when it is gone
	select {
	case <-s.ended:
		return err
	case <-ctx.Done():
	}
	_ = s.cmd.Process.Kill() // as above
	<-s.ended
	return errors.Join(err, fmt.Errorf("CoreDNS did not stop in time and was killed: %w", context.Cause(ctx)))
}

// freePorts gives a port of loopback that is free for UDP and TCP, and one that is for TCP.
func freePorts(ctx context.Context) (port, ready int, err error) {
	var lc net.ListenConfig
	for range 20 {
		l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return 0, 0, err
		}
		defer func() { _ = l.Close() }() // held until both are found, so that they differ
		port = l.Addr().(*net.TCPAddr).Port
		if ready == 0 {
			ready = port
			continue
		}
		p, err := lc.ListenPacket(ctx, "udp", l.Addr().String())
		if err != nil {
			continue
		}
		_ = p.Close()
		return port, ready, nil
	}
	return 0, 0, errors.New("no port of loopback is free for both UDP and TCP")
}
