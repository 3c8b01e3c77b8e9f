package dns

import (
	"net"
	"testing"
	"time"

	miekg "github.com/miekg/dns"

	"github.com/tranship/tranship/lab/cloud"
)

// Any packet that can be read as a query gets an answer that can be read, is
// the query's, fits, and never claims success for what was refused.
func FuzzRespond(f *testing.F) {
	for _, q := range []*miekg.Msg{
		question("orders.shop.internal.", miekg.TypeA),
		question(".", miekg.TypeANY),
		question("a\\.b\\000.shop.internal.", 65280).SetEdns0(1232, true),
		new(miekg.Msg).SetUpdate("shop.internal."),
		new(miekg.Msg).SetAxfr("shop.internal."),
	} {
		b, err := q.Pack()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, uint8(3), uint8(0))
		f.Add(b, uint8(8), uint8(40))
		f.Add(b, uint8(200), uint8(1))
	}
	f.Fuzz(func(t *testing.T, packet []byte, records, additional uint8) {
		req := new(miekg.Msg)
		if req.Unpack(packet) != nil || req.Response {
			return // the server answers these itself, or not at all
		}
		looked := false
		lookup := func(q Query) Reply {
			looked = true
			reply := Reply{Rcode: cloud.NoError}
			for range records {
				reply.Records = append(reply.Records, cloud.Record{Name: q.Name, Type: "A", TTL: 5, Data: "10.0.0.1"})
			}
			for range additional {
				reply.Additional = append(reply.Additional, cloud.Record{Name: "host.shop.internal.", Type: "A", TTL: 5, Data: "10.0.0.1"})
			}
			return reply
		}
		for _, limit := range []int{miekg.MinMsgSize, miekg.MaxMsgSize} {
			out := respond(req, Query{}, limit, lookup)
			if opt := req.IsEdns0(); opt != nil {
				limit = max(limit, min(int(opt.UDPSize()), ednsSize))
			}
			if len(out) > limit {
				t.Fatalf("%d octets, %d allowed", len(out), limit)
			}
			m := new(miekg.Msg)
			if err := m.Unpack(out); err != nil {
				t.Fatalf("% x: %v", out, err)
			}
			if !m.Response || m.Id != req.Id || m.Opcode != req.Opcode {
				t.Fatalf("answer %v to %v", m, req)
			}
			if !looked && m.Rcode == miekg.RcodeSuccess {
				t.Fatalf("success without a lookup: %v to %v", m, req)
			}
			if m.Rcode != miekg.RcodeSuccess {
				continue
			}
			// TC says that answers are missing. Additional records may be, without a word, but not some.
			if m.Truncated != (len(m.Answer) < int(records)) {
				t.Fatalf("%d records of %d, TC %t", len(m.Answer), records, m.Truncated)
			}
			extra := len(m.Extra)
			if m.IsEdns0() != nil {
				extra--
			}
			if extra != 0 && (extra != int(additional) || m.Truncated) {
				t.Fatalf("%d additional records of %d, TC %t", extra, additional, m.Truncated)
			}
			if (m.IsEdns0() != nil) != (req.IsEdns0() != nil) {
				t.Fatalf("EDNS was asked for: %t, and is in the answer: %t", req.IsEdns0() != nil, m.IsEdns0() != nil)
			}
		}
	})
}

// Whatever comes in a packet: nothing but well-formed answers to it go back, and
// who asks next is answered.
func FuzzServer(f *testing.F) {
	for _, q := range []*miekg.Msg{
		question("orders.shop.internal.", miekg.TypeA), question("many.shop.internal.", miekg.TypeSRV),
		question("oRDers.shop.internal.", miekg.TypeANY).SetEdns0(512, true), new(miekg.Msg).SetNotify("shop.internal."),
	} {
		b, err := q.Pack()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		f.Add(b[:len(b)-3])
		f.Add(append(b, 0xff))
	}
	f.Add([]byte{})
	f.Add([]byte("\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\xc0\x0c\x00\x01\x00\x01"))
	s := serve(f)
	f.Fuzz(func(t *testing.T, packet []byte) {
		if len(packet) > 4096 {
			return
		}
		c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(s.Addr()))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		_ = c.SetDeadline(time.Now().Add(10 * time.Second))
		good := question("orders.shop.internal.", miekg.TypeA)
		good.Id = 4711
		if len(packet) >= 2 && packet[0] == 4711>>8 && packet[1] == 4711&0xff {
			good.Id++
		}
		next, err := good.Pack()
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range [][]byte{packet, next} {
			if _, err := c.Write(p); err != nil {
				t.Fatal(err)
			}
		}
		b := make([]byte, miekg.MaxMsgSize)
		for {
			n, err := c.Read(b)
			if err != nil {
				t.Fatalf("after % x nobody is answered: %v", packet, err)
			}
			m := new(miekg.Msg)
			if err := m.Unpack(b[:n]); err != nil {
				t.Fatalf("% x is answered with % x: %v", packet, b[:n], err)
			}
			if !m.Response || n > ednsSize {
				t.Fatalf("% x is answered with %d octets: %v", packet, n, m)
			}
			if m.Id == good.Id {
				if len(m.Answer) != 1 {
					t.Fatalf("after % x: %v", packet, m)
				}
				return
			}
			if len(packet) < 12 || packet[2]&0x80 != 0 || m.Id != uint16(packet[0])<<8|uint16(packet[1]) {
				t.Fatalf("% x is answered with %v", packet, m)
			}
		}
	})
}
