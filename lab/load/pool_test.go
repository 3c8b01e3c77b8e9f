package load

import (
	"context"
	"io"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

func pooled(t *testing.T, serve func(net.Conn)) (*planted, func() outcome) {
	network := &planted{answer: says(time.Hour, addr(1)), peers: map[netip.AddrPort]func(context.Context) (net.Conn, error){
		dst(1): overPipe(serve),
	}}
	_, ask := single(t, Pool, Config{Network: network, Caches: Caches{PoolIdle: 20 * time.Second, PoolAge: time.Minute}})
	return network, func() outcome {
		t.Helper()
		got := ask()
		if got.failure != nil {
			t.Errorf("a request failed: %s %v", got.kind, got.err)
		}
		return got
	}
}

func TestPoolKeepsAndEnds(t *testing.T) {
	for _, tc := range []struct {
		name  string
		serve func(net.Conn)
		// Each request comes so long after the one before it.
		pauses []time.Duration
		want   int // connections
	}{
		{name: "kept", serve: wellBehaved, pauses: []time.Duration{0, 0, 19 * time.Second}, want: 1},
		{name: "idle for too long", serve: wellBehaved, pauses: []time.Duration{20 * time.Second}, want: 2},
		{name: "too old", serve: wellBehaved, pauses: []time.Duration{15 * time.Second, 15 * time.Second, 15 * time.Second, 16 * time.Second}, want: 2},
		{name: "told to close", serve: answers(response("200 OK", "Connection: close\r\n", identity), never), pauses: []time.Duration{0, 0}, want: 3},
		{name: "closed by the peer while idle", serve: answers(response("200 OK", "", identity), always), pauses: []time.Duration{0, 0}, want: 3},
		{name: "spoken on out of turn", want: 2, pauses: []time.Duration{time.Second}, serve: func(c net.Conn) {
			answers(response("200 OK", "", identity), always)(c)
			_, _ = io.WriteString(c, "HTTP/1.1 408 Request Timeout\r\n\r\n")
			_, _ = io.Copy(io.Discard, c)
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				network, ask := pooled(t, tc.serve)
				ask()
				for _, d := range tc.pauses {
					<-time.After(d) // virtual: the bubble's clock jumps
					synctest.Wait()
					ask()
				}
				if asked, dialled := network.counts(); dialled != tc.want || asked != 1 {
					t.Errorf("%d connections, %d look-ups, want %d and 1", dialled, asked, tc.want)
				}
			})
		})
	}
}

// What is idle for too long is closed then, not at the next request.
func TestPoolClosesByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		left := make(chan time.Time, 1)
		_, ask := pooled(t, func(c net.Conn) {
			wellBehaved(c)
			left <- time.Now()
		})
		begin := time.Now()
		ask()
		if got := (<-left).Sub(begin); got != 20*time.Second {
			t.Errorf("closed after %v, want 20s", got)
		}
	})
}
