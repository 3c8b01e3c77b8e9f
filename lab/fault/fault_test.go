package fault

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		in   string
		want Fault
	}{
		{"throttle", Fault{Kind: Throttle}},
		{"throttle:servicediscovery:RegisterInstance,every=10", Fault{Kind: Throttle, Service: "servicediscovery", Operation: "RegisterInstance", Every: 10}},
		{"lost-answer:*:*:arn:aws:ecs:*,chance=0.25,for=1m", Fault{Kind: LostAnswer, Service: "*", Operation: "*", Resource: "arn:aws:ecs:*", Chance: 0.25, For: Duration(time.Minute)}},
		{"fail-operation:servicediscovery,next=3,code=ACCESS_DENIED", Fault{Kind: FailOperation, Service: "servicediscovery", Next: 3, Code: "ACCESS_DENIED"}},
		{"kill-task:svc-001/*,every=30s", Fault{Kind: KillTask, Resource: "svc-001/*", Period: Duration(30 * time.Second)}},
		{"lose-zone:ap-south-1a,delay=20s", Fault{Kind: LoseZone, Resource: "ap-south-1a", Delay: Duration(20 * time.Second)}},
	} {
		got, err := Parse(c.in)
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.in, diff)
		}
		if again, err := Parse(got.String()); err != nil || again != got {
			t.Errorf("%s is written as %s, which reads as %+v, %v", c.in, got, again, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for in, want := range map[string]string{
		"":                              "is no kind",
		"explode":                       "there are throttle, error",
		"throttle,every=10,next=2":      "in several ways",
		"throttle,every=-1":             "at least 1",
		"throttle,chance=2":             "probability",
		"throttle,chance=NaN":           "probability",
		"throttle,every=30s":            "every tenth",
		"throttle,delay=1s":             "has no delay",
		"throttle,code=X":               "has no code",
		"slow-answer,delay=48h":         "between 0 and 24h",
		"kill-task,every=3":             "happens by itself",
		"kill-task,sometimes=1":         "is none of next, every",
		"kill-task,next":                "name=value",
		"kill-task,for=soon":            "for=soon",
		"throttle:" + long + ",every=1": "512",
	} {
		if _, err := Parse(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want an error with %q", in, err, want)
		}
	}
	if err := (Fault{Kind: KillTask, Service: "ecs"}).Check(); !errors.Is(err, ErrInvalid) {
		t.Errorf("a service for a task: %v, want ErrInvalid", err)
	}
}

var long = strings.Repeat("x", 600)

func FuzzParse(f *testing.F) {
	for _, s := range []string{"throttle:servicediscovery:RegisterInstance,every=10", "lose-zone:a,delay=1s,every=3m", ",,,", "kill-pod:a:b:c,next=9"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := Parse(s)
		if err != nil {
			return
		}
		again, err := Parse(got.String())
		if err != nil || again.String() != got.String() {
			t.Errorf("%q reads as %q, and that as %q, %v", s, got, again, err)
		}
	})
}

func TestJSON(t *testing.T) {
	f, err := Parse("slow-answer:ecs,every=3,delay=1500ms")
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"kind":"slow-answer","service":"ecs","every":3,"delay":"1.5s"}`; string(b) != want {
		t.Errorf("JSON is %s, want %s", b, want)
	}
	var back Fault
	if err := json.Unmarshal(b, &back); err != nil || back != f {
		t.Errorf("read back: %+v, %v", back, err)
	}
}

// The dumb second opinion: split at the stars and look for the pieces in order.
func TestGlob(t *testing.T) {
	letters := rapid.StringMatching(`[ab]{0,8}`)
	rapid.Check(t, func(t *rapid.T) {
		name, pattern := letters.Draw(t, "name"), rapid.StringMatching(`[ab*?]{0,6}`).Draw(t, "pattern")
		want := pattern == "" || slow(pattern, name)
		if got := glob(pattern, name); got != want {
			t.Errorf("glob(%q, %q) is %v, want %v", pattern, name, got, want)
		}
	})
}

func slow(p, n string) bool {
	switch {
	case p == "":
		return n == ""
	case p[0] == '*':
		return slow(p[1:], n) || n != "" && slow(p, n[1:])
	case n == "":
		return false
	}
	return (p[0] == '?' || p[0] == n[0]) && slow(p[1:], n[1:])
}
