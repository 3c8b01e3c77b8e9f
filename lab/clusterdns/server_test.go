package clusterdns

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// built is the folder with CoreDNS; without one the test is skipped, and says so.
func built(t *testing.T) string {
	t.Helper()
	dir, err := Built(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if dir == "" {
		t.Skip("CoreDNS IS NOT BUILT, so nothing here was tested: run `make coredns` once, it takes 1-3 minutes")
	}
	return dir
}

// upstream answers A queries with an address, and counts them.
func upstream(t *testing.T, ttl uint32) (addr string, asked *atomic.Int64) {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	asked = &atomic.Int64{}
	started := make(chan struct{})
	s := &dns.Server{PacketConn: c, NotifyStartedFunc: func() { close(started) }, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		if strings.HasPrefix(q.Question[0].Name, "svc-001.") {
			asked.Add(1)
			m.Answer = append(m.Answer, &dns.A{
				Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: ttl}, A: net.IPv4(10, 0, 1, 7),
			})
		} else {
			m.Rcode = dns.RcodeNameError
		}
		_ = w.WriteMsg(m)
	})}
	done := make(chan struct{})
	go func() { defer close(done); _ = s.ActivateAndServe() }()
	<-started
	t.Cleanup(func() { _ = s.Shutdown(); <-done })
	return c.LocalAddr().String(), asked
}

func ask(t *testing.T, network string, at netip.AddrPort, name string) *dns.Msg {
	t.Helper()
	c := dns.Client{Net: network, Timeout: 30 * time.Second}
	m, _, err := c.Exchange(new(dns.Msg).SetQuestion(name, dns.TypeA), at.String())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// It forwards, answers from its cache, and caps what it says at 30 s.
func TestServer(t *testing.T) {
	assets := built(t)
	for _, tt := range []struct{ ttl, want uint32 }{{60, 30}, {20, 20}, {1, 5}} {
		t.Run(fmt.Sprint(tt.ttl), func(t *testing.T) {
			up, asked := upstream(t, tt.ttl)
			s, err := Start(t.Context(), Options{Assets: assets, Dir: t.TempDir(), Upstream: up})
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			for _, network := range []string{"udp", "tcp", "udp"} {
				m := ask(t, network, s.Addr, "svc-001.shop.internal.")
				if len(m.Answer) != 1 || !m.Answer[0].(*dns.A).A.Equal(net.IPv4(10, 0, 1, 7)) {
					t.Fatalf("answer %v", m)
				}
				// What remains is at most what it began with, and no less than that without the time that has passed.
				passed := uint32(time.Since(began)/time.Second) + 1
				if got := m.Answer[0].Header().Ttl; got > tt.want || got+passed < min(tt.want, tt.ttl) {
					t.Errorf("TTL %d of %d after at most %d s, want at most %d", got, tt.ttl, passed, tt.want)
				}
			}
			if n := asked.Load(); n != 1 && time.Since(began) < Holds(time.Duration(tt.ttl)*time.Second) {
				t.Errorf("asked upstream %d times for three queries, want once", n)
			}
			if m := ask(t, "udp", s.Addr, "nowhere.shop.internal."); m.Rcode != dns.RcodeNameError {
				t.Errorf("a name that does not exist: %v", m)
			}
			if err := s.Err(); err != nil {
				t.Error(err)
			}
			if err := s.Stop(t.Context()); err != nil {
				t.Error(err)
			}
			if err := syscall.Kill(s.PID, 0); err == nil {
				t.Error("its process is still there")
			}
		})
	}
}

func TestServerThatDies(t *testing.T) {
	up, _ := upstream(t, 1)
	s, err := Start(t.Context(), Options{Assets: built(t), Dir: t.TempDir(), Upstream: up})
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(s.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-s.Lost()
	if err := s.Err(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("its end is told as %v", err)
	}
	if err := s.Stop(t.Context()); err == nil {
		t.Error("Stop keeps quiet about it")
	}
}

// A start that fails says why and leaves no process; these need no CoreDNS.
func TestStartFails(t *testing.T) {
	if s, err := Start(t.Context(), Options{Assets: t.TempDir(), Dir: t.TempDir(), Upstream: "127.0.0.1:53"}); err == nil {
		t.Errorf("without a binary: %+v", s)
	}
	assets := t.TempDir()
	if err := os.WriteFile(filepath.Join(assets, binary), []byte("#!/bin/sh\necho Corefile:1: Unknown directive\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), Options{Assets: assets, Dir: t.TempDir(), Upstream: "127.0.0.1:53"}); err == nil || !strings.Contains(err.Error(), "Unknown directive") {
		t.Errorf("a start that ends at once: %v", err)
	}
}

func TestCorefile(t *testing.T) {
	got := corefile(5300, 8181, "127.0.0.1:5353")
	for _, want := range []string{".:5300 {", "ready 127.0.0.1:8181", "forward . 127.0.0.1:5353", "cache 30\n", "loadbalance"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}
