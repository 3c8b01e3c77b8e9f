package churn

import (
	"io"
	"net"
	"testing"
)

// Whoever listens takes the connection; when that one is gone, the next.
func TestFront(t *testing.T) {
	f, err := newFront(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	first, err := f.add(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	second, err := f.add(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	serve := func(addr, say string) net.Listener {
		ln, err := net.Listen("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for {
				c, err := ln.Accept()
				if err != nil {
					return
				}
				_, _ = io.WriteString(c, say)
				_ = c.Close()
			}
		}()
		return ln
	}
	ask := func() string {
		c, err := net.Dial("tcp", f.address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		b, err := io.ReadAll(c)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if got := ask(); got != "" {
		t.Errorf("nobody listens, and said %q", got)
	}
	b := serve(second, "second")
	defer b.Close()
	if got := ask(); got != "second" {
		t.Errorf("%q answered, want the second", got)
	}
	a := serve(first, "first")
	if got := ask(); got != "first" {
		t.Errorf("%q answered, want the first", got)
	}
	a.Close()
	if got := ask(); got != "second" {
		t.Errorf("%q answered, want the second", got)
	}
	idle, err := net.Dial("tcp", f.address)
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	if err := f.close(); err != nil {
		t.Error(err)
	}
	if c, err := net.Dial("tcp", f.address); err == nil {
		c.Close()
		t.Error("it still listens")
	}
}
