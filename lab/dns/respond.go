package dns

import (
	"fmt"

	miekg "github.com/miekg/dns"

	"github.com/tranship/tranship/lab/cloud"
)

// ednsSize is the largest UDP message that this server takes and sends.
const ednsSize = 4096

// respond makes the packet that answers a query, nil for none at all. limit is
// how long it may be without EDNS; what doesn't fit over UDP is cut, and TC says
// so. Additional records are left out first, and without a word (RFC 2181,
// section 9).
func respond(req *miekg.Msg, from Query, limit int, lookup LookupFunc) []byte {
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
		from.Name, from.Type = req.Question[0].Name, miekg.Type(req.Question[0].Qtype).String()
		reply := lookup(from)
		if reply.Dropped {
			return nil
		}
		if err := fill(m, from.Name, reply); err != nil {
			empty(m)
		}
	}
	if m.Len() > limit {
		onlyOPT(m)
	}
	m.Truncate(limit)
	if b, err := m.Pack(); err == nil {
		return b
	}
	// A record that can't be written; what came over the wire always can.
	empty(m)
	b, _ := m.Pack()
	return b
}

// empty leaves nothing but a failure.
func empty(m *miekg.Msg) {
	m.Answer, m.Ns, m.Rcode = nil, nil, miekg.RcodeServerFailure
	onlyOPT(m)
}

// onlyOPT leaves out the additional records, but not EDNS.
func onlyOPT(m *miekg.Msg) {
	opt := m.IsEdns0()
	m.Extra = nil
	if opt != nil {
		m.Extra = []miekg.RR{opt}
	}
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

func fill(m *miekg.Msg, asked string, reply Reply) error {
	rcode, ok := miekg.StringToRcode[reply.Rcode]
	if !ok {
		return fmt.Errorf("dns: %s: no response code %q", asked, reply.Rcode)
	}
	m.Rcode = rcode
	sections := []struct {
		records []cloud.Record
		to      *[]miekg.RR
	}{{reply.Records, &m.Answer}, {reply.Additional, &m.Extra}}
	if reply.SOA != nil {
		sections = append(sections, struct {
			records []cloud.Record
			to      *[]miekg.RR
		}{[]cloud.Record{*reply.SOA}, &m.Ns})
	}
	for _, s := range sections {
		for _, rec := range s.records {
			rr, err := wire(rec, asked)
			if err != nil {
				return err
			}
			*s.to = append(*s.to, rr)
		}
	}
	return nil
}
