package vpc

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// door opens a SOCKS5 server over a fabric; names maps to what Lookup answers.
func door(t testing.TB, f *Fabric, names map[string][]netip.Addr) *Socks5 {
	t.Helper()
	s, err := ServeSocks5(t.Context(), "127.0.0.1:0", Socks5Config{
		Dial: f.Dial, Source: caller, Seed: 1,
		Lookup: func(_ context.Context, name string) ([]netip.Addr, error) {
			if a, ok := names[name]; ok {
				return a, nil
			}
			return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

// through asks the door for name:port and gives the connection and the reply.
func through(t testing.TB, s *Socks5, name string, port uint16) (*net.TCPConn, []byte) {
	t.Helper()
	c, err := net.DialTCP("tcp", nil, net.TCPAddrFromAddrPort(s.Addr()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	ask := append([]byte{5, 1, 0, 5, 1, 0, 3, byte(len(name))}, name...)
	if _, err := c.Write(binary.BigEndian.AppendUint16(ask, port)); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 12)
	if _, err := io.ReadFull(c, got); err != nil {
		t.Fatalf("read the reply: %v", err)
	}
	if got[0] != 5 || got[1] != 0 || got[2] != 5 {
		t.Fatalf("reply % x", got)
	}
	return c, got[2:]
}

func TestSocks5Carries(t *testing.T) {
	backend, _, _ := echo(t, "unix", filepath.Join(t.TempDir(), "s"))
	f, seen := fabric(t)
	attach(t, f, backend)
	s := door(t, f, map[string][]netip.Addr{"orders.shop.internal": {pod.Addr()}})

	c, got := through(t, s, "orders.shop.internal", pod.Port())
	if want := []byte{5, 0, 0, 1, 10, 0, 0, 9, 0x80, 0}; !bytes.Equal(got, want) {
		t.Errorf("reply % x, want % x", got, want)
	}
	said := strings.Repeat("a long way ", 20_000)
	go func() {
		_, _ = io.WriteString(c, said)
		_ = c.CloseWrite()
	}()
	back, err := io.ReadAll(c)
	if err != nil || string(back) != said {
		t.Errorf("%d bytes came back of %d, %v", len(back), len(said), err)
	}
	connects, _ := seen()
	if len(connects) != 1 || connects[0].Src != caller || connects[0].Dst != pod {
		t.Errorf("the fabric saw %v", connects)
	}
}

func TestSocks5Replies(t *testing.T) {
	f, _ := fabric(t)
	s := door(t, f, map[string][]netip.Addr{"refused.internal": {pod.Addr()}, "empty.internal": {}})
	for name, want := range map[string]byte{
		"refused.internal": connectionRefused,
		"empty.internal":   hostUnreachable,
		"missing.internal": hostUnreachable,
		"10.1.2.3":         connectionRefused,
	} {
		c, got := through(t, s, name, 80)
		if got[1] != want {
			t.Errorf("%s: reply %d, want %d", name, got[1], want)
		}
		if rest, err := io.ReadAll(c); err != nil || len(rest) > 0 {
			t.Errorf("%s: the door must close after its reply: %q, %v", name, rest, err)
		}
	}
}

func TestReplyTo(t *testing.T) {
	op := func(err error) error { return &net.OpError{Op: "dial", Err: err} }
	for _, tc := range []struct {
		err  error
		want byte
	}{
		{op(syscall.ECONNREFUSED), connectionRefused},
		{op(syscall.EHOSTUNREACH), hostUnreachable},
		{op(syscall.ENETUNREACH), networkUnreachable},
		{op(contextErrorOf(context.DeadlineExceeded)), hostUnreachable},
		{context.DeadlineExceeded, hostUnreachable},
		{context.Canceled, generalFailure},
		{&lookupError{errors.New("server failure")}, hostUnreachable},
	} {
		if got := replyTo(tc.err); got != tc.want {
			t.Errorf("replyTo(%v) = %d, want %d", tc.err, got, tc.want)
		}
	}
}

func contextErrorOf(cause error) error {
	ctx, cancel := context.WithDeadline(context.Background(), epoch.AddDate(-20, 0, 0))
	defer cancel()
	if !errors.Is(ctx.Err(), cause) {
		return errors.New("not the error asked for")
	}
	return contextError(ctx)
}

// One address of several, one attempt: the same seed tries the same ones, and
// over many connections each gets its turn.
func TestSocks5TriesOneAtRandom(t *testing.T) {
	names := map[string][]netip.Addr{"many.internal": {
		netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("10.0.0.3"),
	}}
	tried := func() (list []string) {
		f, seen := fabric(t)
		s := door(t, f, names)
		for range 30 {
			through(t, s, "many.internal", 80)
		}
		connects, _ := seen()
		for _, c := range connects {
			list = append(list, c.Dst.String())
		}
		return list
	}
	first, second := tried(), tried()
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("same seed, other choices:\n%s", diff)
	}
	if len(first) != 30 {
		t.Errorf("30 connections made %d attempts", len(first))
	}
	each := map[string]int{}
	for _, a := range first {
		each[a]++
	}
	if len(each) != 3 {
		t.Errorf("tried %v, want each of three", each)
	}
}

func TestSocks5Stop(t *testing.T) {
	backend, _, _ := echo(t, "unix", filepath.Join(t.TempDir(), "s"))
	f, _ := fabric(t)
	attach(t, f, backend)
	s := door(t, f, map[string][]netip.Addr{"a.internal": {pod.Addr()}})
	open, _ := through(t, s, "a.internal", pod.Port())
	silent, err := net.DialTCP("tcp", nil, net.TCPAddrFromAddrPort(s.Addr())) // never says a word
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()

	// Graceful while the client lasts: it can still talk after Stop began.
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- s.Stop(ctx) }()
	word := []byte("still here")
	for {
		c, err := net.DialTCP("tcp", nil, net.TCPAddrFromAddrPort(s.Addr()))
		if err != nil {
			break // the door is shut
		}
		_ = c.Close()
	}
	if _, err := open.Write(word); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(open, word); err != nil {
		t.Fatalf("an open connection must go on while Stop waits: %v", err)
	}
	cancel()
	if err := <-stopped; !errors.Is(err, context.Canceled) {
		t.Errorf("Stop = %v, want context.Canceled", err)
	}
	if _, err := open.Read(word); err == nil {
		t.Error("the connection outlived Stop")
	}
}

func TestSocks5NeedsItsParts(t *testing.T) {
	if _, err := ServeSocks5(t.Context(), "127.0.0.1:0", Socks5Config{}); err == nil {
		t.Error("a door that leads nowhere was opened")
	}
}

func TestCurl(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("SKIPPED: no curl on PATH")
	}
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "you asked "+r.Host)
	})}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	t.Cleanup(func() {
		if err := errors.Join(server.Close(), <-served); !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	f, _ := fabric(t)
	attach(t, f, "unix:"+path)
	s := door(t, f, map[string][]netip.Addr{
		"orders.shop.internal": {pod.Addr()}, "stopped.shop.internal": {netip.MustParseAddr("10.0.0.3")},
	})
	ask := func(url string) (string, error) {
		out, err := exec.CommandContext(t.Context(), curl, "-sS", "--max-time", "20", "--noproxy", "",
			"--socks5-hostname", s.Addr().String(), url).CombinedOutput()
		return string(out), err
	}
	if out, err := ask("http://orders.shop.internal:8080/"); err != nil || out != "you asked orders.shop.internal:8080" {
		t.Errorf("curl: %q, %v", out, err)
	}
	for url, code := range map[string]string{
		"http://nobody.shop.internal:8080/": "(4)", "http://stopped.shop.internal:8080/": "(5)",
	} {
		if out, err := ask(url); err == nil || !strings.Contains(out, code) {
			t.Errorf("curl %s: %q, %v; want a failure that tells reply %s", url, out, err, code)
		}
	}
}
