package dns

import (
	"encoding/json"
	"net/netip"
	"strconv"
	"time"
)

// QueryLog is one record of Resolver query logging, with the fields that every
// record has. Those of DNS Firewall are in the real log only where a rule
// matched; the lab has no rules.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs-format.html
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs-example-json.html
type QueryLog struct {
	Version   string        `json:"version"`
	AccountID string        `json:"account_id"`
	Region    string        `json:"region"`
	VPCID     string        `json:"vpc_id"`
	Timestamp string        `json:"query_timestamp"` // RFC 3339, UTC, seconds
	Name      string        `json:"query_name"`      // with its last dot
	Type      string        `json:"query_type"`
	Class     string        `json:"query_class"`
	Rcode     string        `json:"rcode"`
	Answers   []QueryAnswer `json:"answers"`
	SrcAddr   string        `json:"srcaddr"`
	SrcPort   string        `json:"srcport"`
	Transport string        `json:"transport"` // UDP or TCP
	SrcIDs    QuerySource   `json:"srcids"`
}

// QueryAnswer is one record of the answer.
type QueryAnswer struct {
	Rdata string `json:"Rdata"`
	Type  string `json:"Type"`
	Class string `json:"Class"`
}

// QuerySource says what the client is, where AWS knows it: the instance that the
// network interface belongs to, or the Resolver endpoint that the query came
// through. Empty for tasks on Fargate, whose interfaces belong to no instance of
// the account (unconfirmed): join by address and time.
type QuerySource struct {
	Instance         string `json:"instance,omitempty"`
	ResolverEndpoint string `json:"resolver_endpoint,omitempty"`
}

// Line is the record as the log holds it: JSON on one line, without a newline.
func (q QueryLog) Line() string {
	b, _ := json.Marshal(q) // strings only
	return string(b)
}

// QueryLogOwner is whose log it is.
type QueryLogOwner struct {
	AccountID, Region, VPCID string
	// Source tells what a client is; nil for nothing known.
	Source func(client netip.Addr) QuerySource
}

// LogQueries gives to log, before the lookup returns, each later query that the
// client's own cache could not answer. That one is of its network interface, so
// that a query of another client for the same name is logged, too.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs.html
func (r *Resolver) LogQueries(owner QueryLogOwner, log func(QueryLog)) {
	r.owner, r.log = owner, log
}

func (r *Resolver) logged(now time.Time, q Query, reply Reply) QueryLog {
	l := QueryLog{
		Version:   "1.100000",
		AccountID: r.owner.AccountID, Region: r.owner.Region, VPCID: r.owner.VPCID,
		Timestamp: now.UTC().Format("2006-01-02T15:04:05Z"),
		Name:      q.Name, Type: q.Type, Class: "IN", Rcode: reply.Rcode,
		Answers: make([]QueryAnswer, 0, len(reply.Records)),
		SrcPort: strconv.Itoa(int(q.Client.Port())), Transport: string(q.Transport),
	}
	if a := q.Client.Addr(); a.IsValid() {
		l.SrcAddr = a.String()
		if r.owner.Source != nil {
			l.SrcIDs = r.owner.Source(a)
		}
	}
	for _, rec := range reply.Records {
		l.Answers = append(l.Answers, QueryAnswer{rec.Data, rec.Type, "IN"})
	}
	return l
}
