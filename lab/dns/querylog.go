package dns

import (
	"net/netip"
	"time"
)

// QueryLog is one record of Resolver query logging. Only queries that the cache
// couldn't answer are logged.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs-format.html
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
	SrcPort   string        `json:"srcport"` // the lab doesn't know it: "0"
	Transport string        `json:"transport"`
	SrcIDs    QuerySource   `json:"srcids"`
}

// QueryAnswer is one record of the answer.
type QueryAnswer struct {
	Rdata string `json:"Rdata"`
	Type  string `json:"Type"`
	Class string `json:"Class"`
}

// QuerySource says what the client is, where AWS knows it. Empty in the lab, as
// it may be for tasks on Fargate (unconfirmed): join by address and time.
type QuerySource struct {
	Instance string `json:"instance,omitempty"`
}

// QueryLogOwner is whose log it is.
type QueryLogOwner struct{ AccountID, Region, VPCID string }

// LogQueries gives every later query that misses the cache to log, before the
// lookup returns.
func (r *Resolver) LogQueries(owner QueryLogOwner, log func(QueryLog)) {
	r.owner, r.log = owner, log
}

func (r *Resolver) logged(now time.Time, client netip.Addr, name, qtype string, reply Reply) QueryLog {
	q := QueryLog{
		Version:   "1.100000",
		AccountID: r.owner.AccountID, Region: r.owner.Region, VPCID: r.owner.VPCID,
		Timestamp: now.UTC().Format("2006-01-02T15:04:05Z"),
		Name:      name, Type: qtype, Class: "IN", Rcode: reply.Rcode,
		Answers: make([]QueryAnswer, 0, len(reply.Records)),
		SrcPort: "0", Transport: "UDP",
	}
	if client.IsValid() {
		q.SrcAddr = client.String()
	}
	for _, rec := range reply.Records {
		q.Answers = append(q.Answers, QueryAnswer{rec.Data, rec.Type, "IN"})
	}
	return q
}
