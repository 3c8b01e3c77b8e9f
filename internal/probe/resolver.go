package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"

	"github.com/tranship/tranship/internal/names"
)

// resolvConf is where the resolvers of this machine, or pod, stand.
const resolvConf = "/etc/resolv.conf"

const (
	// patience is how long one server may take for one question.
	patience = 2 * time.Second
	// bufferSize fits into one packet nearly everywhere.
	// https://www.dnsflagday.net/2020/
	bufferSize = 1232
	// negativeAtMost is how long a resolver may say that a name is not there: what
	// Route 53 gives a zone unless told otherwise.
	// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html
	negativeAtMost = 15 * time.Minute
)

// Family is the kind of address that is asked for.
type Family uint16

// The families.
const (
	IPv4 = Family(dns.TypeA)
	IPv6 = Family(dns.TypeAAAA)
)

// FamilyOf an address.
func FamilyOf(a netip.Addr) Family {
	if a.Unmap().Is4() {
		return IPv4
	}
	return IPv6
}

// String is the record type.
func (f Family) String() string { return dns.TypeToString[uint16(f)] }

// Answer is what a resolver says of a name.
type Answer struct {
	Addrs []netip.Addr // sorted; none: the name, or this type of it, is said not to exist
	// TTL is for how long the resolver goes on saying the same.
	TTL time.Duration
}

// Asker asks for the addresses of a name. An error means that nothing is known
// of it, never that it does not exist.
type Asker interface {
	Ask(ctx context.Context, host string, f Family) (Answer, error)
}

// Resolver asks servers in their order, the next one where one does not answer.
type Resolver struct {
	servers []string
	timeout time.Duration
}

// NewResolver takes servers as HOST:PORT; none: those of /etc/resolv.conf.
func NewResolver(servers ...string) (*Resolver, error) {
	if len(servers) == 0 {
		conf, err := dns.ClientConfigFromFile(resolvConf)
		if err != nil {
			return nil, fmt.Errorf("which resolver to ask: %w (or give a --resolver)", err)
		}
		for _, s := range conf.Servers {
			servers = append(servers, net.JoinHostPort(s, conf.Port))
		}
		if len(servers) == 0 {
			return nil, fmt.Errorf("which resolver to ask: %s names none (or give a --resolver)", resolvConf)
		}
	}
	for _, s := range servers {
		if host, port, err := net.SplitHostPort(s); err != nil || host == "" || port == "" {
			return nil, fmt.Errorf("--resolver %s: it is HOST:PORT", s)
		}
	}
	return &Resolver{servers: slices.Clone(servers), timeout: patience}, nil
}

// Ask implements Asker. Errors wrap names.ErrUnreachable.
func (r *Resolver) Ask(ctx context.Context, host string, f Family) (Answer, error) {
	if _, ok := dns.IsDomainName(host); !ok || strings.Trim(host, ".") == "" {
		return Answer{}, fmt.Errorf("%w: %q is no domain name", names.ErrInvalid, host)
	}
	q := new(dns.Msg)
	q.SetQuestion(dns.Fqdn(host), uint16(f))
	q.SetEdns0(bufferSize, false)
	var errs []error
	for _, s := range r.servers {
		m, err := r.exchange(ctx, q, s)
		if err == nil {
			var a Answer
			if a, err = read(m, f); err == nil {
				return a, nil
			}
		}
		errs = append(errs, fmt.Errorf("%s: %w", s, err))
		if ctx.Err() != nil {
			break
		}
	}
	return Answer{}, fmt.Errorf("%w of DNS for %s %s: %w", names.ErrUnreachable, host, f, errors.Join(errs...))
}

// exchange asks one server by UDP and, if the answer does not fit, by TCP.
func (r *Resolver) exchange(all context.Context, q *dns.Msg, server string) (*dns.Msg, error) {
	ctx, cancel := context.WithTimeout(all, r.timeout)
	defer cancel()
	m, err := once(ctx, q, "udp", server)
	if err == nil && m.Truncated {
		m, err = once(ctx, q, "tcp", server)
		if err == nil && m.Truncated {
			err = errors.New("the answer is cut off, by TCP, too")
		}
	}
	switch {
	case err == nil:
		return m, nil
	case all.Err() != nil:
		return nil, all.Err()
	case ctx.Err() != nil, errors.Is(err, os.ErrDeadlineExceeded): // whichever of the two came first
		return nil, fmt.Errorf("no answer within %s", r.timeout)
	}
	return nil, err
}

// once is one question by one transport. It ends with its context.
func once(ctx context.Context, q *dns.Msg, transport, server string) (*dns.Msg, error) {
	c := &dns.Client{Net: transport}
	q = q.Copy()
	q.Id = dns.Id()
	conn, err := c.DialContext(ctx, server)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	// The library looks at deadlines alone.
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	m, _, err := c.ExchangeWithConnContext(ctx, q, conn)
	switch {
	case err != nil:
		return nil, err
	case len(m.Question) != 1 || m.Question[0].Qtype != q.Question[0].Qtype || !strings.EqualFold(m.Question[0].Name, q.Question[0].Name):
		return nil, errors.New("it answers another question")
	}
	return m, nil
}

// read takes the addresses out of a message, whatever CNAMEs led to them.
func read(m *dns.Msg, f Family) (Answer, error) {
	if m.Rcode != dns.RcodeSuccess && m.Rcode != dns.RcodeNameError {
		return Answer{}, fmt.Errorf("it says %s", dns.RcodeToString[m.Rcode])
	}
	var a Answer
	aliased := false
	for _, rr := range m.Answer {
		var ip net.IP
		switch rr := rr.(type) {
		case *dns.A:
			ip = rr.A
		case *dns.AAAA:
			ip = rr.AAAA
		case *dns.CNAME:
			aliased = true
		}
		addr, ok := netip.AddrFromSlice(ip)
		if addr = addr.Unmap(); !ok || FamilyOf(addr) != f {
			continue
		}
		if ttl := time.Duration(rr.Header().Ttl) * time.Second; len(a.Addrs) == 0 || ttl < a.TTL {
			a.TTL = ttl
		}
		a.Addrs = append(a.Addrs, addr)
	}
	if len(a.Addrs) > 0 {
		slices.SortFunc(a.Addrs, netip.Addr.Compare)
		a.Addrs = slices.Compact(a.Addrs)
		return a, nil
	}
	soa, referral := false, false
	a.TTL = negativeAtMost
	for _, rr := range m.Ns {
		switch rr := rr.(type) {
		case *dns.SOA: // https://www.rfc-editor.org/rfc/rfc2308#section-5
			soa = true
			a.TTL = min(a.TTL, time.Duration(min(rr.Hdr.Ttl, rr.Minttl))*time.Second)
		case *dns.NS:
			referral = true
		}
	}
	if m.Rcode == dns.RcodeSuccess && !soa && (referral || aliased) {
		return Answer{}, errors.New("it does not resolve to the end: is it a resolver?")
	}
	return a, nil
}
