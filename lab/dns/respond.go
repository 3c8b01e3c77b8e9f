package dns

import (
	"fmt"
	"net/netip"

	miekg "github.com/miekg/dns"
)

// ednsSize is the largest UDP message that this server takes and sends.
const ednsSize = 4096

// respond makes the packet that answers a query. limit is how long it may be
// without EDNS; what doesn't fit over UDP is cut, and TC says so.
func respond(req *miekg.Msg, client netip.Addr, limit int, lookup LookupFunc) []byte {
	m := new(miekg.Msg)
	m.SetReply(req)
	m.RecursionAvailable = true
	m.Compress = true
	edns := req.IsEdns0()
	if edns != nil {
		m.SetEdns0(ednsSize, false)
		limit = max(limit, min(int(edns.UDPSize()), ednsSize))
	}
	if m.Rcode = refusal(req, edns); m.Rcode == miekg.RcodeSuccess {
		if err := fill(m, req.Question[0], client, lookup); err != nil {
			m.Answer, m.Ns, m.Rcode = nil, nil, miekg.RcodeServerFailure
		}
	}
	m.Truncate(limit)
	if b, err := m.Pack(); err == nil {
		return b
	}
	// A record that can't be written; what came over the wire always can.
	m.Answer, m.Ns, m.Rcode = nil, nil, miekg.RcodeServerFailure
	b, _ := m.Pack()
	return b
}

// refusal is the code for queries that no lookup is made for; 0 for the others.
func refusal(req *miekg.Msg, edns *miekg.OPT) int {
	switch {
	case req.Opcode != miekg.OpcodeQuery:
		return miekg.RcodeNotImplemented
	case len(req.Question) != 1:
		return miekg.RcodeFormatError
	case edns != nil && edns.Version() != 0:
		return miekg.RcodeBadVers
	case req.Question[0].Qclass != miekg.ClassINET:
		return miekg.RcodeRefused
	}
	switch req.Question[0].Qtype {
	case miekg.TypeAXFR, miekg.TypeIXFR, miekg.TypeOPT:
		return miekg.RcodeRefused
	}
	return miekg.RcodeSuccess
}

func fill(m *miekg.Msg, q miekg.Question, client netip.Addr, lookup LookupFunc) error {
	reply := lookup(client, q.Name, miekg.Type(q.Qtype).String())
	rcode, ok := miekg.StringToRcode[reply.Rcode]
	if !ok {
		return fmt.Errorf("dns: %s: no response code %q", q.Name, reply.Rcode)
	}
	m.Rcode = rcode
	for _, rec := range reply.Records {
		rr, err := wire(rec, q.Name)
		if err != nil {
			return err
		}
		m.Answer = append(m.Answer, rr)
	}
	if reply.SOA != nil {
		rr, err := wire(*reply.SOA, q.Name)
		if err != nil {
			return err
		}
		m.Ns = append(m.Ns, rr)
	}
	return nil
}
