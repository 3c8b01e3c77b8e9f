package vpc

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// echo listens and sends everything back until the test ends; the channel tells
// from where each client came.
func echo(t testing.TB, network, address string) (backend string, from <-chan string, stop func()) {
	t.Helper()
	var config net.ListenConfig
	l, err := config.Listen(t.Context(), network, address)
	if err != nil {
		t.Fatal(err)
	}
	seen := make(chan string, 64)
	var running sync.WaitGroup
	running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			select {
			case seen <- c.RemoteAddr().String():
			default:
			}
			running.Go(func() {
				defer c.Close()
				_, _ = io.Copy(c, c)
			})
		}
	})
	var once sync.Once
	stop = func() { once.Do(func() { l.Close(); running.Wait() }) }
	t.Cleanup(stop)
	if network == "unix" {
		return "unix:" + address, seen, stop
	}
	return l.Addr().String(), seen, stop
}

// fabric tells its connects and flows in the order in which they came.
func fabric(t testing.TB) (*Fabric, func() ([]Connect, []Flow)) {
	t.Helper()
	var mu sync.Mutex
	var connects []Connect
	var flows []Flow
	now := epoch
	log := NewFlowLog(FlowLogConfig{On: func(due []Flow) { flows = append(flows, due...) }})
	f := NewFabric(Config{
		Clock: func() time.Time {
			mu.Lock()
			defer mu.Unlock()
			now = now.Add(time.Second)
			return now
		},
		OnConnect: func(c Connect) { mu.Lock(); defer mu.Unlock(); connects = append(connects, c) },
		Flows:     log,
	})
	return f, func() ([]Connect, []Flow) {
		mu.Lock()
		defer mu.Unlock()
		log.Close(now)
		return connects, flows
	}
}

func TestDialCarriesBothWays(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			address := "127.0.0.1:0"
			if network == "unix" {
				address = filepath.Join(t.TempDir(), "s")
			}
			backend, from, _ := echo(t, network, address)
			f, seen := fabric(t)
			if err := f.Attach(pod, backend); err != nil {
				t.Fatal(err)
			}
			c, err := f.Dial(t.Context(), caller, pod)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.RemoteAddr().String(); got != pod.String() {
				t.Errorf("RemoteAddr = %s, want %s", got, pod)
			}
			if got := c.LocalAddr().String(); got != "10.0.0.9:32768" {
				t.Errorf("LocalAddr = %s, want %s and a port", got, caller)
			}
			if _, err := io.WriteString(c, "over and out"); err != nil {
				t.Fatal(err)
			}
			half, ok := c.(interface{ CloseWrite() error })
			if !ok {
				t.Fatalf("a %T has no CloseWrite", c)
			}
			if err := half.CloseWrite(); err != nil {
				t.Fatal(err)
			}
			back, err := io.ReadAll(c)
			if err != nil || string(back) != "over and out" {
				t.Errorf("read %q, %v", back, err)
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
			_ = c.Close() // one record all the same

			if network == "tcp" && runtime.GOOS == "linux" {
				if got := <-from; !strings.HasPrefix(got, "127.0.0.9:") {
					t.Errorf("the listener saw %s, want 127.0.0.9", got)
				}
			}
			connects, flows := seen()
			want := []Connect{{At: epoch.Add(time.Second), Src: caller, Dst: pod}}
			if diff := cmp.Diff(want, connects, addrs); diff != "" {
				t.Errorf("connects (-want +got):\n%s", diff)
			}
			var got []string
			for _, f := range flows {
				got = append(got, format.Line(f))
			}
			lines := []string{
				"5 eni-00000ffff0a000009 10.0.0.9 10.0.64.7 32768 8080 ACCEPT 3 egress",
				"5 eni-00000ffff0a000009 10.0.64.7 10.0.0.9 8080 32768 ACCEPT 19 ingress",
				"5 eni-00000ffff0a004007 10.0.64.7 10.0.0.9 8080 32768 ACCEPT 19 egress",
				"5 eni-00000ffff0a004007 10.0.0.9 10.0.64.7 32768 8080 ACCEPT 3 ingress",
			}
			if diff := cmp.Diff(lines, got); diff != "" {
				t.Errorf("flow records (-want +got):\n%s", diff)
			}
		})
	}
}

var addrs = cmp.Options{cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
	cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b }), cmpopts.EquateEmpty()}

func TestDialRefused(t *testing.T) {
	dir := t.TempDir()
	gone := func(t *testing.T, network, address string) string {
		backend, _, stop := echo(t, network, address)
		stop()
		return backend
	}
	cases := map[string]func(t *testing.T, f *Fabric){
		"nobody holds it": func(*testing.T, *Fabric) {},
		"detached": func(t *testing.T, f *Fabric) {
			backend, _, _ := echo(t, "tcp", "127.0.0.1:0")
			attach(t, f, backend)
			f.Detach(pod)
		},
		"another port is held": func(t *testing.T, f *Fabric) {
			if err := f.Attach(netip.AddrPortFrom(pod.Addr(), 81), "127.0.0.1:1"); err != nil {
				t.Fatal(err)
			}
		},
		"listener gone, tcp":  func(t *testing.T, f *Fabric) { attach(t, f, gone(t, "tcp", "127.0.0.1:0")) },
		"listener gone, unix": func(t *testing.T, f *Fabric) { attach(t, f, gone(t, "unix", filepath.Join(dir, "a"))) },
		"process killed, its socket file left": func(t *testing.T, f *Fabric) {
			l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, "b"), Net: "unix"})
			if err != nil {
				t.Fatal(err)
			}
			l.SetUnlinkOnClose(false)
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			attach(t, f, "unix:"+filepath.Join(dir, "b"))
		},
	}
	for name, prepare := range cases {
		t.Run(name, func(t *testing.T) {
			f, seen := fabric(t)
			prepare(t, f)
			c, err := f.Dial(t.Context(), caller, pod)
			if c != nil || !errors.Is(err, syscall.ECONNREFUSED) {
				t.Fatalf("Dial = %v, %v; want connection refused", c, err)
			}
			var oe *net.OpError
			if !errors.As(err, &oe) || oe.Op != "dial" || oe.Net != "tcp" || oe.Addr.String() != pod.String() {
				t.Errorf("error %#v, want a *net.OpError of dial tcp %s", err, pod)
			}
			text := "dial tcp 10.0.0.9:0->10.0.64.7:8080: connect: connection refused"
			if err.Error() != text {
				t.Errorf("error %q, want %q", err, text)
			}
			connects, flows := seen()
			want := []Connect{{At: epoch.Add(time.Second), Src: caller, Dst: pod, Err: text}}
			if diff := cmp.Diff(want, connects, addrs); diff != "" {
				t.Errorf("connects (-want +got):\n%s", diff)
			}
			rejected := 0
			for _, f := range flows {
				if f.Action == Reject && f.Direction == Ingress && f.Opens() {
					rejected++
				}
			}
			// An address that never had an interface has nobody to write it down.
			rejects := 1
			if name == "nobody holds it" {
				rejects = 0
			}
			if len(flows)-rejected != 1 || rejected != rejects {
				t.Errorf("flow records %v: want the caller's, and one with REJECT where there is an interface", flows)
			}
		})
	}
}

func attach(t testing.TB, f *Fabric, backend string) {
	t.Helper()
	if err := f.Attach(pod, backend); err != nil {
		t.Fatal(err)
	}
}

func TestAttachRefuses(t *testing.T) {
	f, _ := fabric(t)
	for _, backend := range []string{"", "127.0.0.1", "127.0.0.1:0", "192.0.2.1:80", "unix:", "unix:s", "localhost:80"} {
		if err := f.Attach(pod, backend); err == nil {
			t.Errorf("Attach to %q succeeded", backend)
		}
	}
	if err := f.Attach(netip.AddrPortFrom(pod.Addr(), 0), "127.0.0.1:80"); err == nil {
		t.Error("Attach without a port succeeded")
	}
	attach(t, f, "127.0.0.1:80")
	attach(t, f, "127.0.0.1:80")
	if err := f.Attach(pod, "127.0.0.1:81"); !errors.Is(err, ErrHeld) {
		t.Errorf("second owner: %v, want ErrHeld", err)
	}
	f.Detach(pod)
	attach(t, f, "127.0.0.1:81")
}

// A client sees the VPC's addresses in whatever goes wrong later, too.
func TestErrorsNameTheVPC(t *testing.T) {
	backend, _, _ := echo(t, "unix", filepath.Join(t.TempDir(), "s"))
	f, _ := fabric(t)
	attach(t, f, backend)
	c, err := f.Dial(t.Context(), caller, pod)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetReadDeadline(time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	_, err = c.Read(make([]byte, 1))
	var ne net.Error
	if !errors.As(err, &ne) || !ne.Timeout() {
		t.Errorf("Read = %v, want a time-out", err)
	}
	if want := "read tcp 10.0.0.9:32768->10.0.64.7:8080: i/o timeout"; err.Error() != want {
		t.Errorf("Read = %q, want %q", err, want)
	}
	c.Close()
	if _, err := c.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Write after Close = %v, want net.ErrClosed", err)
	}
}

func TestDialObeysContext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l := fullListener(t, path)
	f, _ := fabric(t)
	attach(t, f, "unix:"+path)

	ctx, cancel := context.WithDeadline(t.Context(), time.Now())
	defer cancel()
	_, err := f.Dial(ctx, caller, pod)
	var ne net.Error
	if !errors.As(err, &ne) || !ne.Timeout() {
		t.Errorf("Dial with its deadline over = %v, want a time-out", err)
	}

	// Waits, instead of failing, until the listener has room.
	dialled := make(chan error, 1)
	go func() {
		defer l.Close() // ends the loop below
		c, err := f.Dial(t.Context(), caller, pod)
		if err == nil {
			err = c.Close()
		}
		dialled <- err
	}()
	for {
		c, err := l.Accept()
		if err != nil {
			break
		}
		c.Close()
	}
	if err := <-dialled; err != nil {
		t.Errorf("Dial after the backlog was full: %v", err)
	}
}

// fullListener is a unix listener whose backlog is taken by others.
func fullListener(t *testing.T, path string) net.Listener {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	raw, err := l.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var listenErr error
	if err := raw.Control(func(fd uintptr) { listenErr = syscall.Listen(int(fd), 1) }); err != nil || listenErr != nil {
		t.Fatal(err, listenErr)
	}
	for range 64 {
		c, err := new(net.Dialer).DialContext(t.Context(), "unix", path)
		if errors.Is(err, syscall.EAGAIN) {
			return l
		}
		if err != nil {
			t.Skipf("SKIPPED: this system doesn't tell a full backlog by EAGAIN: %v", err)
		}
		t.Cleanup(func() { c.Close() })
	}
	t.Skip("SKIPPED: this system has no bound to a unix socket's backlog")
	return nil
}

func TestManyAtOnce(t *testing.T) {
	backend, _, _ := echo(t, "tcp", "127.0.0.1:0")
	f, seen := fabric(t)
	attach(t, f, backend)
	const clients, each = 8, 50
	var running sync.WaitGroup
	errs := make(chan error, clients*each)
	for i := range clients {
		src := netip.AddrFrom4([4]byte{10, 0, 1, byte(i + 1)})
		running.Go(func() {
			for range each {
				errs <- exchange(f, src)
			}
		})
	}
	running.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	connects, flows := seen()
	opened := map[Direction]int{}
	for _, f := range flows {
		if f.Opens() {
			opened[f.Direction]++
		}
	}
	if len(connects) != clients*each || opened[Ingress] != clients*each || opened[Egress] != clients*each {
		t.Errorf("%d connects, flows that open %v, want %d of each", len(connects), opened, clients*each)
	}
}

// exchange is one short request on a connection of its own.
func exchange(f *Fabric, src netip.Addr) error {
	c, err := f.Dial(context.Background(), src, pod)
	if err != nil {
		return err
	}
	defer c.Close()
	b := []byte("ping")
	if _, err := c.Write(b); err != nil {
		return err
	}
	_, err = io.ReadFull(c, b)
	return err
}

func BenchmarkDial(b *testing.B) {
	for _, network := range []string{"tcp", "unix"} {
		b.Run(network, func(b *testing.B) {
			address := "127.0.0.1:0"
			if network == "unix" {
				address = filepath.Join(b.TempDir(), "s")
			}
			backend, _, _ := echo(b, network, address)
			f := NewFabric(Config{Clock: time.Now, OnConnect: func(Connect) {}, Flows: NewFlowLog(FlowLogConfig{})})
			attach(b, f, backend)
			for b.Loop() {
				if err := exchange(f, caller); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
