package cluster

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// script writes a program for the shell and returns its path.
func script(t *testing.T, dir, name, body string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestKeeperSaysWhoDied(t *testing.T) {
	dir := t.TempDir()
	k := newKeeper(dir)
	defer k.close()
	first, err := k.start(t.Context(), "first", script(t, dir, "a", "exec sleep 600"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.start(t.Context(), "second", script(t, dir, "b", `echo "args $*, proxy $HTTP_PROXY"; exit 3`), []string{"--x"}); err != nil {
		t.Fatal(err)
	}
	<-k.lost
	for _, want := range []string{"second has died", "exit status 3", "args --x, proxy"} {
		if err := k.lossError(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("loss = %v, want it to say %q", err, want)
		}
	}
	for _, name := range []string{"first", "second", "never started"} {
		if err := k.stop(t.Context(), name); err != nil {
			t.Errorf("stop %s: %v", name, err)
		}
	}
	if got := endedBy(first.err); got != syscall.SIGTERM {
		t.Errorf("first ended by %v, want SIGTERM", got)
	}
}

func TestKeeperKillsWhoDoesNotStop(t *testing.T) {
	dir := t.TempDir()
	k := newKeeper(dir)
	defer k.close()
	c, err := k.start(t.Context(), "deaf", script(t, dir, "a", "trap '' TERM; echo ready; while :; do sleep 600; done"), nil)
	if err != nil {
		t.Fatal(err)
	}
	await(t, func() bool { return k.logTail("deaf") == "ready" })
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	if err := k.stop(ctx, "deaf"); !errors.Is(err, why) {
		t.Errorf("stop = %v, want it to say that it killed", err)
	}
	if got := endedBy(c.err); got != syscall.SIGKILL {
		t.Errorf("ended by %v, want SIGKILL", got)
	}
	if err := k.lossError(); err != nil {
		t.Errorf("a stopped process counts as lost: %v", err)
	}
}

func TestStartSaysWhatTheComponentSaid(t *testing.T) {
	assets, parent := t.TempDir(), t.TempDir()
	script(t, assets, etcd, "echo no such flag >&2; exit 2")
	script(t, assets, apiServer, "exit 0")
	c, err := Start(t.Context(), Options{Dir: parent, Assets: assets})
	if err == nil || !strings.Contains(err.Error(), "no such flag") {
		t.Errorf("Start = %v, %v; want what etcd has written", c, err)
	}
	if left := listing(t, parent); len(left) != 0 {
		t.Errorf("a failed start has left %v", left)
	}
}

func TestStartTriesOtherPorts(t *testing.T) {
	assets, parent := t.TempDir(), t.TempDir()
	tries := filepath.Join(t.TempDir(), "tries")
	script(t, assets, etcd, "echo x >>"+tries+"; echo listen tcp: bind: address already in use; exit 1")
	script(t, assets, apiServer, "exit 0")
	if c, err := Start(t.Context(), Options{Dir: parent, Assets: assets}); !errors.Is(err, errPortTaken) {
		t.Errorf("Start = %v, %v; want %v", c, err, errPortTaken)
	}
	content, err := os.ReadFile(tries)
	if err != nil || strings.Count(string(content), "x") != 3 {
		t.Errorf("tries = %q, %v; want three", content, err)
	}
}

func TestStartEndsWithContext(t *testing.T) {
	assets, parent, began := t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "began")
	script(t, assets, etcd, "echo $$ >"+began+"; exec sleep 600")
	script(t, assets, apiServer, "exit 0")
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		await(t, func() bool { content, _ := os.ReadFile(began); return len(content) > 0 })
		cancel()
	}()
	if c, err := Start(ctx, Options{Dir: parent, Assets: assets}); !errors.Is(err, context.Canceled) {
		t.Errorf("Start = %v, %v; want it cancelled", c, err)
	}
	if left := listing(t, parent); len(left) != 0 {
		t.Errorf("a cancelled start has left %v", left)
	}
}

// await returns when something is true that nothing announces.
func await(t *testing.T, is func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Error("the test has ended while it waited")
			return
		}
	}
}
