package lab

import (
	"context"
	"fmt"
	"testing"

	"github.com/tranship/tranship/lab/fault"
)

// BenchmarkFleet is the start of everything but Kubernetes: AWS, DNS, the VPC
// and that many services with two tasks each, until all of them serve.
func BenchmarkFleet(b *testing.B) {
	for _, n := range []int{10, 1000} {
		b.Run(fmt.Sprintf("services=%d", n), func(b *testing.B) {
			for b.Loop() {
				o, err := Options{Services: n, Tasks: 2}.withDefaults()
				if err != nil {
					b.Fatal(err)
				}
				l := &Lab{Options: o, record: newRecord(o.History), faults: fault.NewSet(o.Seed), lost: map[string]bool{}, dir: b.TempDir()}
				l.timing, _ = o.timing()
				for _, step := range []func(context.Context) error{l.startVPC, l.startAWS, l.startDNS, l.startFleet} {
					if err := step(b.Context()); err != nil {
						b.Fatal(err)
					}
				}
				b.StopTimer()
				if err := l.Down(context.Background()); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
		})
	}
}
