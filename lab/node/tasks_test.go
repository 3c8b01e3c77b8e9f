package node

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tranship/tranship/lab/node/standin"
	"github.com/tranship/tranship/lab/vpc"
)

// onHost runs f with a host in a bubble, and fails it if the host leaves anything behind.
func onHost(t *testing.T, startDelay time.Duration, f func(w *world, h *TaskHost)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		ctx, cancel := context.WithCancel(context.Background())
		h, err := NewTaskHost(ctx, TaskConfig{Fabric: w, Launch: w.launch, OnEvent: w.event, StartDelay: startDelay,
			Exited: func(id string) { w.note("exited %s", id) }})
		if err != nil {
			t.Fatal(err)
		}
		f(w, h)
		cancel()
		h.Wait()
		w.empty(t)
		if err := h.Do(task1); !errors.Is(err, ErrHostEnded) {
			t.Errorf("starting after the end: %v", err)
		}
	})
}

var task1 = Start{TaskID: "t1", Service: "svc-001", Addr: netip.MustParseAddrPort("10.0.64.9:80"), Zone: "ap-south-1b"}

func do(t *testing.T, h *TaskHost, orders ...Order) {
	t.Helper()
	for _, o := range orders {
		if err := h.Do(o); err != nil {
			t.Fatal(err)
		}
	}
	synctest.Wait()
}

func TestTasks(t *testing.T) {
	const at = " 10.0.64.9:80 as ecs svc-001 t1 in ap-south-1b"
	for _, tc := range []struct {
		name  string
		delay time.Duration // of the start
		ends  time.Duration
		then  func(w *world, h *TaskHost)
		want  []string
	}{
		{"SIGTERM", 0, 3 * time.Second, func(_ *world, h *TaskHost) { do(t, h, Signal{"t1", 30 * time.Second}) },
			[]string{"0s serving" + at, "10s SIGTERM t1, 30s to SIGKILL", "10s signalled" + at, "13s ended t1", "13s closed" + at, "13s exited t1"}},
		{"SIGTERM, grace over", 0, time.Hour, func(_ *world, h *TaskHost) {
			do(t, h, Signal{"t1", 30 * time.Second}, Signal{"t1", time.Second})
		},
			[]string{"0s serving" + at, "10s SIGTERM t1, 30s to SIGKILL", "10s signalled" + at, "40s killed t1", "40s closed" + at, "40s exited t1"}},
		{"SIGTERM, then SIGKILL", 0, time.Hour, func(_ *world, h *TaskHost) {
			do(t, h, Signal{"t1", 30 * time.Second})
			after(2 * time.Second)
			do(t, h, Kill{"t1"}, Kill{"t1"})
		},
			[]string{"0s serving" + at, "10s SIGTERM t1, 30s to SIGKILL", "10s signalled" + at, "12s killed t1", "12s closed" + at, "12s exited t1"}},
		{"SIGKILL", 0, time.Hour, func(_ *world, h *TaskHost) { do(t, h, Kill{"t1"}) },
			[]string{"0s serving" + at, "10s killed t1", "10s closed" + at, "10s exited t1"}},
		{"crash", 0, 0, func(w *world, _ *TaskHost) { w.standIns()[0].Kill() },
			[]string{"0s serving" + at, "10s killed t1", "10s closed" + at, "10s exited t1"}},
		{"SIGTERM while it starts", time.Minute, 0, func(_ *world, h *TaskHost) { do(t, h, Signal{"t1", 30 * time.Second}) },
			[]string{"10s exited t1"}},
		{"late start", 4 * time.Second, 0, func(*world, *TaskHost) {}, []string{"4s serving" + at}},
		{"address taken", 0, 0, func(w *world, h *TaskHost) {
			o := task1
			o.TaskID = "t2"
			do(t, h, o)
		}, []string{"0s serving" + at, "10s killed t2", "10s exited t2"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			onHost(t, tc.delay, func(w *world, h *TaskHost) {
				w.ends = tc.ends
				do(t, h, task1)
				after(10 * time.Second)
				tc.then(w, h)
				after(time.Hour)
				same(t, "diary", tc.want, w.told())
			})
		})
	}
}

func TestTaskOrdersRefused(t *testing.T) {
	onHost(t, 0, func(w *world, h *TaskHost) {
		loop := task1
		loop.Addr = netip.MustParseAddrPort("127.0.0.1:80")
		if err := h.Do(loop); !errors.Is(err, ErrAddress) {
			t.Errorf("loopback address: %v", err)
		}
		for _, o := range []Order{Signal{TaskID: "t1"}, Kill{"t1"}} {
			if err := h.Do(o); !errors.Is(err, ErrNoTask) {
				t.Errorf("%T of no task: %v", o, err)
			}
		}
		do(t, h, task1)
		if err := h.Do(task1); !errors.Is(err, ErrTaskExists) {
			t.Errorf("starting twice: %v", err)
		}
		do(t, h, Kill{"t1"})
		do(t, h, task1) // it has exited: the id is free
		same(t, "serving", 1, len(w.attachments()))
	})
}

// TestTasksOverTheFabric is the whole way with real sockets: a client in the VPC, the fabric, a stand-in.
func TestTasksOverTheFabric(t *testing.T) {
	dir, err := os.MkdirTemp("", "th") // t.TempDir is too long for a socket's path
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	fabric := vpc.NewFabric(vpc.Config{Clock: time.Now})
	events, exited := make(chan Event, 10), make(chan string, 1)
	ctx, cancel := context.WithCancel(t.Context())
	h, err := NewTaskHost(ctx, TaskConfig{Fabric: fabric, Temper: standin.Plain, SocketDir: dir,
		OnEvent: func(e Event) { events <- e }, Exited: func(id string) { exited <- id }})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Wait()
	defer cancel()
	if err := h.Do(task1); err != nil {
		t.Fatal(err)
	}
	served := <-events
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, addr string) (net.Conn, error) {
			return fabric.Dial(ctx, netip.MustParseAddr("10.0.0.77"), netip.MustParseAddrPort(addr))
		}}}
	get := func() (who standin.Identity, err error) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://10.0.64.9:80/", nil)
		if err != nil {
			return who, err
		}
		res, err := client.Do(req)
		if err != nil {
			return who, err
		}
		defer func() { _ = res.Body.Close() }()
		return who, json.NewDecoder(res.Body).Decode(&who)
	}
	who, err := get()
	if err != nil {
		t.Fatal(err)
	}
	same(t, "identity", standin.Identity{Platform: "ecs", Service: "svc-001", Instance: "t1"}, who)
	if err := h.Do(Signal{"t1", time.Minute}); err != nil {
		t.Fatal(err)
	}
	signalled, closed := <-events, <-events
	same(t, "exited", "t1", <-exited)
	same(t, "events", []EventKind{Serving, Signalled, Closed}, []EventKind{served.Kind, signalled.Kind, closed.Kind})
	if served.At.After(signalled.At) || signalled.At.After(closed.At) {
		t.Errorf("out of order: %v, %v, %v", served.At, signalled.At, closed.At)
	}
	if _, err := get(); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("after the end: %v, want refused", err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("sockets left: %v, %v", left, err)
	}
}
