package exposure_test

import (
	"testing"
	"time"

	"github.com/tranship/tranship/lab/load/exposure"
)

// crossing is the history of one service moved from 6 tasks to 12 pods, as four
// servers show it: each change reaches each server at another moment.
func crossing(early time.Duration) exposure.Input {
	in := exposure.Input{
		From: start, To: at(600),
		Habits: []exposure.Habit{ttl, {Name: "none"}, {Name: "pool"}, {Name: "samesubnet"}, fixed},
	}
	const tasks, pods = 6, 12
	members := []byte{}
	changes := [][]byte{}
	for n := range byte(tasks) {
		members = append(members, 1+n)
		in.Serving = append(in.Serving, exposure.Serving{Addr: ip(1 + n), From: start, To: at(400).Add(-early)})
	}
	changes = append(changes, append([]byte(nil), members...))
	for n := range byte(pods) {
		members = append(members, 101+n)
		changes = append(changes, append([]byte(nil), members...))
		in.Serving = append(in.Serving, exposure.Serving{Addr: ip(101 + n), From: start})
	}
	for range tasks {
		members = members[1:]
		changes = append(changes, append([]byte(nil), members...))
	}
	for k, c := range changes {
		for server := range 4 {
			in.Views = append(in.Views, view(server, float64(10*k+server), 5, c...))
		}
	}
	return in
}

func BenchmarkFind(b *testing.B) {
	for _, bc := range []struct {
		name  string
		early time.Duration
	}{{"clean", 0}, {"exposed", 300 * time.Second}} {
		in := crossing(bc.early)
		if got := exposure.Find(in).Clean(); got != (bc.early == 0) {
			b.Fatalf("clean = %v", got)
		}
		b.Run(bc.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				exposure.Find(in)
			}
		})
	}
}
