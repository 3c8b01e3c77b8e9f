package vpc

import (
	"bytes"
	"errors"
	"io"
	"net/netip"
	"testing"
)

// wire is a client that has said everything in advance.
type wire struct {
	in  io.Reader
	out bytes.Buffer
}

func (w *wire) Read(p []byte) (int, error)  { return w.in.Read(p) }
func (w *wire) Write(p []byte) (int, error) { return w.out.Write(p) }

const hello = "\x05\x02\x01\x00" // user name or nothing

func TestHandshake(t *testing.T) {
	cases := map[string]struct {
		in, out string
		want    target
		ok      bool
	}{
		"name":                   {hello + "\x05\x01\x00\x03\x05a.b.c\x1f\x90", "\x05\x00", target{name: "a.b.c", port: 8080}, true},
		"IPv4":                   {hello + "\x05\x01\x00\x01\x0a\x00\x40\x07\x00\x50", "\x05\x00", target{addr: netip.MustParseAddr("10.0.64.7"), port: 80}, true},
		"IPv6":                   {hello + "\x05\x01\x00\x04\xfd" + string(make([]byte, 14)) + "\x01\x00\x50", "\x05\x00", target{addr: netip.MustParseAddr("fd00::1"), port: 80}, true},
		"address as name":        {hello + "\x05\x01\x00\x03\x0910.0.64.7\x00\x50", "\x05\x00", target{addr: netip.MustParseAddr("10.0.64.7"), port: 80}, true},
		"bind":                   {in: hello + "\x05\x02\x00\x01\x0a\x00\x40\x07\x00\x50", out: "\x05\x00\x05\x07\x00\x01\x00\x00\x00\x00\x00\x00"},
		"strange address":        {in: hello + "\x05\x01\x00\x02", out: "\x05\x00\x05\x08\x00\x01\x00\x00\x00\x00\x00\x00"},
		"insists on a user name": {in: "\x05\x01\x02", out: "\x05\xff"},
		"no methods":             {in: "\x05\x00", out: "\x05\xff"},
		"version 4":              {in: "\x04\x01\x00\x50\x0a\x00\x40\x07\x00"},
		"version 4 later":        {in: hello + "\x04\x01\x00\x01", out: "\x05\x00"},
		"empty name":             {in: hello + "\x05\x01\x00\x03\x00\x00\x50", out: "\x05\x00"},
		"cut in the greeting":    {in: "\x05\x02\x01"},
		"cut in the name":        {in: hello + "\x05\x01\x00\x03\x05a.b", out: "\x05\x00"},
		"cut in the port":        {in: hello + "\x05\x01\x00\x03\x01a\x00", out: "\x05\x00"},
		"HTTP":                   {in: "GET / HTTP/1.1\r\n\r\n"},
		"nothing":                {},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := &wire{in: bytes.NewReader([]byte(tc.in))}
			got, err := handshake(w)
			if tc.ok != (err == nil) || (err != nil && !errors.Is(err, errHandshake)) {
				t.Fatalf("error %v, want success: %t", err, tc.ok)
			}
			if got != tc.want {
				t.Errorf("target %+v, want %+v", got, tc.want)
			}
			if w.out.String() != tc.out {
				t.Errorf("answered %q, want %q", w.out.String(), tc.out)
			}
		})
	}
}

// Any bytes: an end in finite time, no panic, a target that can be dialled or
// an error that says so, and nothing answered that isn't SOCKS5.
func FuzzHandshake(f *testing.F) {
	f.Add([]byte(hello + "\x05\x01\x00\x03\x05a.b.c\x1f\x90"))
	f.Add([]byte(hello + "\x05\x01\x00\x04\xfd" + string(make([]byte, 17))))
	f.Add([]byte("\x05\xff"))
	f.Fuzz(func(t *testing.T, in []byte) {
		w := &wire{in: bytes.NewReader(in)}
		to, err := handshake(w)
		out := w.out.Bytes()
		if len(out) > 0 && (out[0] != 5 || (len(out) != 2 && len(out) != 12)) {
			t.Fatalf("answered % x", out)
		}
		if err != nil {
			if !errors.Is(err, errHandshake) || to != (target{}) {
				t.Fatalf("%+v, %v", to, err)
			}
			return
		}
		if (to.name == "") != to.addr.IsValid() {
			t.Fatalf("target %+v is not one of name and address", to)
		}
		if !bytes.Equal(out, []byte{5, 0}) {
			t.Fatalf("success, but answered % x", out)
		}
	})
}
