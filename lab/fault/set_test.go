package fault

import (
	"errors"
	"strings"
	"testing"
	"time"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func add(t *testing.T, s *Set, now time.Time, text string) Active {
	t.Helper()
	f, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.Add(now, f)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

var register = Target{"servicediscovery", "RegisterInstance", []string{"arn:aws:servicediscovery:x:1:service/srv-1", "eks-1"}}

// pattern asks n times and writes x for a hit.
func pattern(s *Set, now time.Time, n int, t Target) string {
	var b strings.Builder
	for range n {
		if _, hit := s.Hit(now, InCall, t); hit {
			b.WriteByte('x')
		} else {
			b.WriteByte('.')
		}
	}
	return b.String()
}

func TestHowOften(t *testing.T) {
	for text, want := range map[string]string{
		"throttle":         "xxxxxxxx",
		"throttle,next=3":  "xxx.....",
		"throttle,every=3": "..x..x..",
		"throttle:servicediscovery:Register*,every=4": "...x...x",
		"throttle:ecs":              "........",
		"throttle:*:Deregister*":    "........",
		"throttle:*:*:eks-?,next=1": "x.......",
		"throttle:*:*:eks-2":        "........",
		"slow-operation":            "........", // not a matter of calls
		"kill-task":                 "........",
	} {
		s := NewSet(1)
		add(t, s, start, text)
		if got := pattern(s, start, 8, register); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestChanceIsTheSeeds(t *testing.T) {
	run := func(seed uint64) string {
		s := NewSet(seed)
		add(t, s, start, "throttle:ecs,chance=0.5")
		add(t, s, start, "error,chance=0.5")
		return pattern(s, start, 200, register)
	}
	one := run(1)
	if one != run(1) {
		t.Error("the same seed drew something else")
	}
	if one == run(2) {
		t.Error("two seeds drew the same 200 times")
	}
	if n := strings.Count(one, "x"); n < 60 || n > 140 {
		t.Errorf("%d hits of 200 at a chance of one half", n)
	}
}

func TestFirstComesFirst(t *testing.T) {
	s := NewSet(1)
	add(t, s, start, "throttle,every=2")
	add(t, s, start, "error,every=2")
	var kinds []string
	for range 6 {
		f, hit := s.Hit(start, InCall, register)
		if !hit {
			f.Kind = "-"
		}
		kinds = append(kinds, string(f.Kind))
	}
	// The second counts only what the first leaves it: calls 1, 3 and 5.
	if got, want := strings.Join(kinds, " "), "- throttle error throttle - throttle"; got != want {
		t.Errorf("hits: %s, want %s", got, want)
	}
	l := s.List(start)
	if l[0].Seen != 6 || l[0].Hits != 3 || l[1].Seen != 3 || l[1].Hits != 1 {
		t.Errorf("counted %+v", l)
	}
}

func TestForAWhileAndRemoved(t *testing.T) {
	s := NewSet(1)
	a := add(t, s, start, "throttle,for=10s")
	b := add(t, s, start, "error")
	if got, _ := s.Hit(start.Add(9*time.Second), InCall, register); got.Kind != Throttle {
		t.Errorf("before its time is over: %v", got)
	}
	if got, _ := s.Hit(start.Add(10*time.Second), InCall, register); got.Kind != Error {
		t.Errorf("after its time: %v", got)
	}
	if err := s.Remove(start.Add(10*time.Second), a.ID); !errors.Is(err, ErrUnknown) {
		t.Errorf("removing what is over: %v", err)
	}
	if err := s.Remove(start, b.ID); err != nil {
		t.Error(err)
	}
	if _, hit := s.Hit(start.Add(time.Minute), InCall, register); hit {
		t.Error("a removed fault hit")
	}
	add(t, s, start, "error")
	if n := s.Clear(start.Add(time.Minute)); n != 1 {
		t.Errorf("cleared %d, want 1", n)
	}
	if l := s.List(start); len(l) != 3 || !l[0].Over || !l[1].Over || !l[2].Over {
		t.Errorf("list: %+v", l)
	}
}

func TestByItself(t *testing.T) {
	s := NewSet(1)
	add(t, s, start, "kill-task:svc-*")
	every := add(t, s, start, "unready-pod,every=10s,for=25s")
	at := func(seconds int) []Active { return s.Due(start.Add(time.Duration(seconds) * time.Second)) }
	if due := at(0); len(due) != 1 || due[0].Kind != KillTask || due[0].Next != 1 {
		t.Fatalf("at once: %+v", due)
	}
	if due := at(9); len(due) != 0 {
		t.Errorf("at 9 s: %+v", due)
	}
	if wake, ok := s.Wake(start); !ok || !wake.Equal(start.Add(10*time.Second)) {
		t.Errorf("wakes at %v, %v", wake, ok)
	}
	if due := at(10); len(due) != 1 || due[0].ID != every.ID || time.Duration(due[0].Delay) != 15*time.Second {
		t.Errorf("at 10 s: %+v", due)
	}
	s.Struck(every.ID)
	if due := at(20); len(due) != 1 {
		t.Errorf("at 20 s: %+v", due)
	}
	if due := at(30); len(due) != 0 {
		t.Errorf("after its time: %+v", due)
	}
	if _, ok := s.Wake(start.Add(30 * time.Second)); ok {
		t.Error("something is due when everything is over")
	}
	if l := s.List(start); l[1].Seen != 2 || l[1].Hits != 1 {
		t.Errorf("counted %+v", l[1])
	}
}

func TestChoose(t *testing.T) {
	s := NewSet(1)
	a := add(t, s, start, "kill-task:svc-002/*")
	got := map[string]bool{}
	for range 50 {
		name, ok := s.Choose(a.ID, []string{"svc-001/a", "svc-002/b", "svc-002/c"})
		if !ok {
			t.Fatal("nobody was chosen")
		}
		got[name] = true
	}
	if len(got) != 2 || got["svc-001/a"] {
		t.Errorf("chosen: %v", got)
	}
	if name, ok := s.Choose(a.ID, []string{"svc-001/a"}); ok {
		t.Errorf("%s was chosen, and does not match", name)
	}
}

func TestOldOnesAreForgotten(t *testing.T) {
	s := NewSet(1)
	kept := add(t, s, start, "throttle:nobody")
	for range 3 * remembered {
		a := add(t, s, start, "error")
		if err := s.Remove(start, a.ID); err != nil {
			t.Fatal(err)
		}
	}
	later := start
	for range 3 * remembered { // over by their time, and nobody has asked since
		add(t, s, later, "error,for=1s")
		later = later.Add(time.Second)
	}
	l := s.List(later)
	if len(l) > remembered+2 || l[0].ID != kept.ID {
		t.Errorf("%d are listed, the first is %s", len(l), l[0].ID)
	}
}
