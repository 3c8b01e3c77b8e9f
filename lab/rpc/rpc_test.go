package rpc

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"testing"

	"google.golang.org/protobuf/types/known/wrapperspb"
)

func TestMessages(t *testing.T) {
	var b []byte
	for _, s := range []string{"one", "", "three"} {
		var err error
		if b, err = Append(b, wrapperspb.String(s)); err != nil {
			t.Fatal(err)
		}
	}
	if want := "\x00\x00\x00\x00\x05\x0a\x03one\x00\x00\x00\x00\x00\x00\x00\x00\x00\x07\x0a\x05three"; string(b) != want {
		t.Errorf("on the wire: %q, want %q", b, want)
	}
	r := bytes.NewReader(b)
	for _, want := range []string{"one", "", "three"} {
		var m wrapperspb.StringValue
		if err := Read(r, &m); err != nil || m.GetValue() != want {
			t.Errorf("read %q, %v; want %q", m.GetValue(), err, want)
		}
	}
	for _, tt := range []struct {
		text string
		want error
	}{
		{"", io.EOF},
		{"\x00\x00", io.ErrUnexpectedEOF},
		{"\x00\x00\x00\x00\x05", io.ErrUnexpectedEOF},
		{"\x00\x00\x00\x00\x05\x0a\x03", io.ErrUnexpectedEOF},
		{"\x01\x00\x00\x00\x00", ErrMessage},
		{"\x00\xff\xff\xff\xff", ErrMessage},
		{"\x00\x00\x00\x00\x01\x0a", ErrMessage},
	} {
		if err := Read(bytes.NewReader([]byte(tt.text)), &wrapperspb.StringValue{}); !errors.Is(err, tt.want) {
			t.Errorf("%q: %v, want %v", tt.text, err, tt.want)
		}
	}
}

func TestEnd(t *testing.T) {
	of := func(kv ...string) http.Header {
		h := http.Header{}
		for i := 0; i < len(kv); i += 2 {
			h.Set(kv[i], kv[i+1])
		}
		return h
	}
	if err := End(&http.Response{Header: of(), Trailer: of("grpc-status", "0")}); err != nil {
		t.Error(err)
	}
	var s *Status
	if err := End(&http.Response{Header: of("grpc-status", "12", "grpc-message", "no"), Trailer: of()}); !errors.As(err, &s) || s.Code != Unimplemented || s.Message != "no" {
		t.Errorf("got %v", err)
	}
	for _, h := range []http.Header{of(), of("grpc-status", "x")} {
		if err := End(&http.Response{Header: of(), Trailer: h}); !errors.Is(err, ErrMessage) {
			t.Errorf("%v: %v", h, err)
		}
	}
}
