package dns

import (
	"fmt"
	"net"
	"net/netip"
	"strings"

	miekg "github.com/miekg/dns"

	"github.com/tranship/tranship/lab/cloud"
)

// wire turns a record into one for the wire. The name that was asked for keeps
// the case in which it was asked: some clients check it.
func wire(rec cloud.Record, asked string) (miekg.RR, error) {
	h := miekg.RR_Header{Name: rec.Name, Class: miekg.ClassINET, Ttl: rec.TTL, Rrtype: miekg.StringToType[rec.Type]}
	if strings.EqualFold(h.Name, asked) {
		h.Name = asked
	}
	var rr miekg.RR
	var err error
	switch rec.Type {
	case "A", "AAAA":
		var a netip.Addr
		if a, err = netip.ParseAddr(rec.Data); err == nil && a.Is4() != (rec.Type == "A") {
			err = fmt.Errorf("the other kind of address")
		}
		if rec.Type == "A" {
			rr = &miekg.A{Hdr: h, A: net.IP(a.AsSlice())}
		} else {
			rr = &miekg.AAAA{Hdr: h, AAAA: net.IP(a.AsSlice())}
		}
	case "CNAME":
		rr = &miekg.CNAME{Hdr: h, Target: rec.Data}
	case "NS":
		rr = &miekg.NS{Hdr: h, Ns: rec.Data}
	case "SRV":
		srv := &miekg.SRV{Hdr: h}
		_, err = fmt.Sscan(rec.Data, &srv.Priority, &srv.Weight, &srv.Port, &srv.Target)
		rr = srv
	case "SOA":
		soa := &miekg.SOA{Hdr: h}
		_, err = fmt.Sscan(rec.Data, &soa.Ns, &soa.Mbox, &soa.Serial, &soa.Refresh, &soa.Retry, &soa.Expire, &soa.Minttl)
		rr = soa
	default:
		err = fmt.Errorf("a type that this server doesn't know")
	}
	if err != nil {
		return nil, fmt.Errorf("dns: record %s %s %q: %w", rec.Name, rec.Type, rec.Data, err)
	}
	return rr, nil
}
