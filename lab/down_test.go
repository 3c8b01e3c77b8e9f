package lab

import (
	"io"
	"net"
	"os"
	"testing"
)

// Who stays at the door is cut off at the end: the lab waits for nobody, and
// leaves no folder.
func TestDownWaitsForNobody(t *testing.T) {
	l, err := Up(t.Context(), Options{Services: 1, Tasks: 1, NoKubernetes: true})
	if err != nil {
		t.Fatal(err)
	}
	down := func() error { return l.Down(t.Context()) }
	t.Cleanup(func() {
		if err := down(); err != nil {
			t.Error(err)
		}
	})
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", l.Ready.Socks5)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	name := ServiceName(1) + "." + l.Options.Namespace
	ask := append([]byte{5, 1, 0, 5, 1, 0, 3, byte(len(name))}, name...)
	if _, err := c.Write(append(ask, Port>>8, Port&0xff)); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, 12)
	if _, err := io.ReadFull(c, said); err != nil || said[3] != 0 {
		t.Fatalf("the door said % x, %v", said, err)
	}
	if err := down(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(l.dir); !os.IsNotExist(err) {
		t.Errorf("the lab's folder: %v, want it gone", err)
	}
}
