//go:build unix

package load

import (
	"context"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// BenchmarkRun asks as fast as the machine can, client and server in one
// process, and reports the processor's time per request: 1e6 divided by it is
// requests/s per core.
func BenchmarkRun(b *testing.B) {
	for _, h := range append([]Habit{"all"}, None, TTL, Fixed30, Pool, SameSubnet, GRPC, Discover, CoreDNS) {
		b.Run(string(h), func(b *testing.B) {
			ctx, cancel := context.WithCancel(b.Context())
			defer cancel()
			var served atomic.Int64
			network := serverTown(b, func() {
				if served.Add(1) == int64(b.N) {
					cancel()
				}
			})
			cfg := Config{Network: network, Targets: network.targets(2), Rate: 1e6, Concurrency: 8, Window: time.Millisecond,
				Discover: network.Lookup, ClusterDNS: network.Lookup, Mix: even(None, TTL, Fixed30, Pool, SameSubnet, GRPC, Discover, CoreDNS)}
			if h != "all" {
				cfg.Mix = even(h)
			}
			b.ReportAllocs()
			b.ResetTimer()
			before := processorTime(b)
			got, err := Run(ctx, cfg)
			if err != nil || got.Failed > 0 {
				b.Fatalf("%v, %d failed: %+v", err, got.Failed, got.Failures[:min(3, len(got.Failures))])
			}
			used := processorTime(b) - before
			b.ReportMetric(float64(used.Microseconds())/float64(got.Requests), "cpu-us/request")
			b.ReportMetric(float64(got.Requests)/b.Elapsed().Seconds(), "requests/s")
		})
	}
}

func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
