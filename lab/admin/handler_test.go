package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/tranship/tranship/lab/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const token = "open-sesame"

// fakeWorld writes down what is done to it.
type fakeWorld struct{ done []string }

func (w *fakeWorld) State(context.Context) (State, error) {
	return State{Timing: "fast", Rates: "mcs", Tasks: []Task{{ID: "t1", Service: "svc-001"}}}, nil
}

func (w *fakeWorld) note(format string, a ...any) error {
	s := fmt.Sprintf(format, a...)
	if strings.Contains(s, "nobody") {
		return fmt.Errorf("%s: %w", s, ErrNotFound)
	}
	if strings.Contains(s, "broken") {
		return errors.New("it does not want to")
	}
	w.done = append(w.done, s)
	return nil
}

func (w *fakeWorld) KillTask(_ context.Context, id string) error { return w.note("kill %s", id) }

func (w *fakeWorld) Pod(_ context.Context, namespace, name string, do PodAct) error {
	return w.note("%s %s/%s", do, namespace, name)
}

func (w *fakeWorld) Zone(_ context.Context, name string, lost bool) error {
	return w.note("zone %s lost %v", name, lost)
}

func door(t *testing.T, change ...func(*Config)) (*fakeWorld, *fault.Set, *httptest.Server) {
	t.Helper()
	w, set := &fakeWorld{}, fault.NewSet(1)
	cfg := Config{World: w, Faults: set, Token: token, Now: func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }}
	for _, c := range change {
		c(&cfg)
	}
	h, err := NewHandler(cfg)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return w, set, srv
}

func TestClient(t *testing.T) {
	w, set, srv := door(t)
	c, err := NewClient(srv.URL, token)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	a, err := c.AddFault(ctx, fault.Fault{Kind: fault.SlowAnswer, Service: "ecs", Every: 3})
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.State(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if s.Timing != "fast" || s.Rates != "mcs" || len(s.Faults) != 1 || s.Faults[0].ID != a.ID || len(s.Tasks) != 1 || s.Pods == nil {
		t.Errorf("state: %+v", s)
	}
	if err := errors.Join(
		c.RemoveFault(ctx, a.ID), c.KillTask(ctx, "t1"), c.Pod(ctx, "default", "svc-001-x", UnreadyPod), c.Pod(ctx, "default", "svc-001-x", ReadyPod),
		c.Zone(ctx, "ap-south-1a", true), c.Zone(ctx, "ap-south-1a", false),
	); err != nil {
		t.Fatal(err)
	}
	want := []string{"kill t1", "unready default/svc-001-x", "ready default/svc-001-x", "zone ap-south-1a lost true", "zone ap-south-1a lost false"}
	if diff := cmp.Diff(want, w.done); diff != "" {
		t.Errorf("done (-want +got):\n%s", diff)
	}
	if _, err := c.AddFault(ctx, fault.Fault{Kind: fault.Throttle}); err != nil {
		t.Fatal(err)
	}
	if n, err := c.ClearFaults(ctx); err != nil || n != 1 {
		t.Errorf("cleared %d, %v", n, err)
	}
	if l := set.List(time.Now()); len(l) != 2 || !l[0].Over || !l[1].Over {
		t.Errorf("the set has %+v", l)
	}
	err = c.KillTask(ctx, "nobody")
	if err == nil || !strings.Contains(err.Error(), "not in this lab") || !strings.Contains(err.Error(), "/v1/state") {
		t.Errorf("a task that is not there: %v", err)
	}
	stranger, err := NewClient(srv.URL, "guess")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stranger.State(ctx); err == nil || !strings.Contains(err.Error(), "adminToken") {
		t.Errorf("without the token: %v", err)
	}
	for _, bad := range []string{"", "https://127.0.0.1:1", "http://lab.example.org:80", "127.0.0.1:80"} {
		if _, err := NewClient(bad, token); err == nil {
			t.Errorf("%q is taken for an endpoint", bad)
		}
	}
}

func TestRequests(t *testing.T) {
	for _, c := range []struct {
		name, method, path, body string
		edit                     func(*http.Request)
		status                   int
		want                     string
	}{
		{"a fault as text", "POST", "/v1/faults", `{"fault":"throttle:ecs,every=10"}`, nil, 200, `"id":"f1"`},
		{"a fault in members", "POST", "/v1/faults", `{"kind":"slow-answer","delay":"3s"}`, nil, 200, `"delay":"3s"`},
		{"both", "POST", "/v1/faults", `{"kind":"throttle","fault":"throttle"}`, nil, 400, "given twice"},
		{"no such kind", "POST", "/v1/faults", `{"kind":"explode"}`, nil, 400, "is no kind"},
		{"a period of nothing", "POST", "/v1/faults", `{"fault":"throttle,every=0s,next=1"}`, nil, 200, `"next":1`},
		{"an unknown member", "POST", "/v1/faults", `{"kind":"throttle","colour":"red"}`, nil, 400, "colour"},
		{"two values", "POST", "/v1/faults", `{"kind":"throttle"}{}`, nil, 400, "more than one"},
		{"no JSON", "POST", "/v1/faults", `kind=throttle`, nil, 400, "the body"},
		{"a form", "POST", "/v1/faults", `{"kind":"throttle"}`, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, 415, "application/json"},
		{"too large", "POST", "/v1/faults", `{"kind":"` + strings.Repeat("x", maxBody) + `"}`, nil, 413, "larger than"},
		{"no such fault", "DELETE", "/v1/faults/f9", "", nil, 404, "no such fault"},
		{"no such act", "POST", "/v1/pods/default/a/dance", "", nil, 404, "kill, unready or ready"},
		{"no such act of zones", "POST", "/v1/zones/a/dance", "", nil, 404, "lose or restore"},
		{"what fails", "POST", "/v1/tasks/broken/kill", "", nil, 500, "does not want to"},
		{"real time", "POST", "/v1/advance", `{"by":"10s"}`, nil, 409, "time is real"},
		{"elsewhere", "GET", "/v2/state", "", nil, 404, "there is no GET /v2/state"},
		{"another method", "PUT", "/v1/state", "", nil, 404, "there is no PUT"},
		{"no token", "GET", "/v1/state", "", func(r *http.Request) { r.Header.Del("Authorization") }, 401, "token"},
		{"another token", "GET", "/v1/state", "", func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }, 401, "token"},
		{"a name that points here", "GET", "/v1/state", "", func(r *http.Request) { r.Host = "evil.example.org" }, 403, "not loopback"},
		{"a name that looks like it", "GET", "/v1/state", "", func(r *http.Request) { r.Host = "127.0.0.1.example.org:80" }, 403, "not loopback"},
		{"localhost", "GET", "/v1/state", "", func(r *http.Request) { r.Host = "localhost:80" }, 200, "fast"},
		{"IPv6", "GET", "/v1/state", "", func(r *http.Request) { r.Host = "[::1]:80" }, 200, "fast"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, srv := door(t)
			status, body := ask(t, srv, c.method, c.path, c.body, c.edit)
			if status != c.status || !strings.Contains(body, c.want) {
				t.Errorf("%d %s, want %d with %s", status, body, c.status, c.want)
			}
			if status != 200 && !strings.Contains(body, `"do":"`) {
				t.Errorf("%s does not say what to do", body)
			}
		})
	}
}

func ask(t *testing.T, srv *httptest.Server, method, path, body string, edit func(*http.Request)) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, srv.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	if edit != nil {
		edit(r)
	}
	resp, err := srv.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func TestVirtualTime(t *testing.T) {
	var went time.Duration
	_, _, srv := door(t, func(c *Config) {
		c.Advance = func(d time.Duration) error { went += d; return nil }
	})
	for body, want := range map[string]int{`{"by":"90s"}`: 200, `{"by":"-1s"}`: 400, `{"by":90}`: 400} {
		if status, got := ask(t, srv, "POST", "/v1/advance", body, nil); status != want {
			t.Errorf("%s: %d %s", body, status, got)
		}
	}
	if went != 90*time.Second {
		t.Errorf("time went on by %s", went)
	}
}
