package dns

import (
	"testing"

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
		f.Add(b, uint8(3))
	}
	f.Fuzz(func(t *testing.T, packet []byte, records uint8) {
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
			if m.Rcode == miekg.RcodeSuccess && !m.Truncated && len(m.Answer) != int(records) {
				t.Fatalf("%d records of %d, and TC isn't set", len(m.Answer), records)
			}
		}
	})
}
