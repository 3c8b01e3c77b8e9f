package exposure_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/lab/load/exposure"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func at(s float64) time.Time { return start.Add(time.Duration(s * float64(time.Second))) }

func ip(n byte) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, 0, n}) }

func view(server int, from, ttl float64, addrs ...byte) exposure.View {
	v := exposure.View{At: at(from), Server: server, TTL: at(ttl).Sub(start)}
	for _, a := range addrs {
		v.Addrs = append(v.Addrs, ip(a))
	}
	return v
}

func serving(a byte, from, to float64) exposure.Serving {
	s := exposure.Serving{Addr: ip(a), From: at(from)}
	if to > 0 {
		s.To = at(to)
	}
	return s
}

var (
	ttl   = exposure.Habit{Name: "ttl"}
	fixed = exposure.Habit{Name: "fixed30", Extra: 30 * time.Second}
	// last is one nanosecond: an answer is given until just before its end.
	last = time.Nanosecond
)

var compareAddrs = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })

func TestFind(t *testing.T) {
	type views = []exposure.View
	type serve = []exposure.Serving
	for _, tc := range []struct {
		name   string
		views  views
		serve  serve
		habits []exposure.Habit
		from   float64
		want   exposure.Report
	}{
		{
			name:  "stopped when the last holder let go",
			views: views{view(0, 0, 5, 1, 2), view(0, 10, 5, 2)},
			serve: serve{serving(1, 0, 15), serving(2, 0, 0)},
		},
		{
			name:  "stopped half a second too early",
			views: views{view(0, 0, 5, 1, 2), view(0, 10, 5, 2)},
			serve: serve{serving(1, 0, 14.5), serving(2, 0, 0)},
			want: exposure.Report{ExposedSeconds: 0.5, Exposures: []exposure.Witness{
				{Addr: ip(1), Habit: "ttl", From: at(14.5), To: at(15), AnsweredAt: at(10).Add(-last)},
			}},
		},
		{
			name:  "the lowered TTL counts from when it was given",
			views: views{view(0, 0, 60, 1, 2), view(0, 10, 5, 1, 2), view(0, 12, 5, 2)},
			serve: serve{serving(1, 0, 20), serving(2, 0, 0)},
			want: exposure.Report{ExposedSeconds: 50, Exposures: []exposure.Witness{
				{Addr: ip(1), Habit: "ttl", From: at(20), To: at(70), AnsweredAt: at(10).Add(-last)},
			}},
		},
		{
			name:   "one server that lags is enough, and a habit holds longer",
			views:  views{view(0, 0, 5, 1, 2), view(1, 0, 5, 1, 2), view(0, 10, 5, 2), view(1, 20, 5, 2)},
			serve:  serve{serving(1, 0, 30), serving(2, 0, 0)},
			habits: []exposure.Habit{ttl, fixed},
			want: exposure.Report{ExposedSeconds: 25, Exposures: []exposure.Witness{
				{Addr: ip(1), Habit: "fixed30", From: at(30), To: at(55), AnsweredAt: at(20).Add(-last), Server: 1},
			}},
		},
		{
			name:  "in the name before it serves",
			views: views{view(0, 0, 5, 1), view(0, 10, 5, 1, 2)},
			serve: serve{serving(1, 0, 0), serving(2, 13, 0)},
			want: exposure.Report{ExposedSeconds: 3, Exposures: []exposure.Witness{
				{Addr: ip(2), Habit: "ttl", From: at(10), To: at(13), AnsweredAt: at(10)},
			}},
		},
		{
			name:  "an address that never served, and a pause of another",
			views: views{view(0, 0, 0, 1, 9), view(0, 10, 0, 1)},
			serve: serve{serving(1, 0, 4), serving(1, 6, 0)},
			want: exposure.Report{ExposedSeconds: 12, Exposures: []exposure.Witness{
				{Addr: ip(9), Habit: "ttl", From: at(0), To: at(10), AnsweredAt: at(0)},
				{Addr: ip(1), Habit: "ttl", From: at(4), To: at(6), AnsweredAt: at(4)},
			}},
		},
		{
			name:  "empty on two servers, overlapping",
			views: views{view(0, 0, 0), view(0, 5, 0, 1), view(1, 5, 0, 1), view(0, 10, 0), view(0, 12, 0), view(1, 14, 0), view(0, 16, 0, 1), view(1, 18, 0, 1)},
			serve: serve{serving(1, 0, 0)},
			want: exposure.Report{EmptySeconds: 8, Empty: []exposure.Interval{
				{Server: 0, From: at(10), To: at(16)}, {Server: 1, From: at(14), To: at(18)},
			}},
		},
		{
			name:  "answers from before the horizon are held into it",
			views: views{view(0, 0, 40, 1, 2), view(0, 10, 5, 2)},
			serve: serve{serving(1, 0, 20), serving(2, 0, 0)},
			from:  30,
			want: exposure.Report{ExposedSeconds: 20, Exposures: []exposure.Witness{
				{Addr: ip(1), Habit: "ttl", From: at(30), To: at(50), AnsweredAt: at(10).Add(-last)},
			}},
		},
		{
			name:  "a view that is replaced at once never was",
			views: views{view(0, 0, 5, 1), view(0, 10, 5), view(0, 10, 5, 1)},
			serve: serve{serving(1, 0, 0)},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := exposure.Input{Views: tc.views, Serving: tc.serve, Habits: tc.habits, From: at(tc.from), To: at(100)}
			if in.Habits == nil {
				in.Habits = []exposure.Habit{ttl}
			}
			if diff := cmp.Diff(tc.want, exposure.Find(in), compareAddrs); diff != "" {
				t.Errorf("report (-want +got):\n%s", diff)
			}
		})
	}
}

// What was left out of the input must not make the report look clean.
func TestFindWithoutHabitsAndHorizon(t *testing.T) {
	got := exposure.Find(exposure.Input{
		Views:   []exposure.View{view(0, 0, 5, 1, 2), view(0, 10, 5, 2)},
		Serving: []exposure.Serving{serving(1, 0, 12), serving(2, 0, 0)},
	})
	if got.ExposedSeconds != 3 || got.Clean() {
		t.Errorf("ExposedSeconds = %v, want 3: %+v", got.ExposedSeconds, got)
	}
}

func TestMargin(t *testing.T) {
	in := exposure.Input{
		Views: []exposure.View{
			view(0, 0, 5, 1, 2, 3), view(0, 10, 5, 2, 3), view(0, 20, 5, 3), view(0, 60, 5, 2, 3),
		},
		Serving: []exposure.Serving{serving(1, 0, 50), serving(2, 0, 40), serving(2, 52, 0), serving(3, 0, 0)},
		Habits:  []exposure.Habit{ttl, {Name: "jvm", Extra: 30 * time.Second}},
		From:    start, To: at(100),
	}
	stops := []exposure.Stop{{Addr: ip(1), At: at(50)}, {Addr: ip(2), At: at(40)}, {Addr: ip(7), At: at(45)}}
	want := []exposure.Left{
		{Stop: stops[1], HeldUntil: at(52), Margin: -12 * time.Second}, // until 55, but at 52 another serves there
		{Stop: stops[2]},
		{Stop: stops[0], HeldUntil: at(45), Margin: 5 * time.Second},
	}
	if diff := cmp.Diff(want, exposure.Margin(in, stops), compareAddrs); diff != "" {
		t.Errorf("margins (-want +got):\n%s", diff)
	}
}
