package dns

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestQueryLog(t *testing.T) {
	node, task := netip.MustParseAddrPort("10.0.0.9:40001"), netip.MustParseAddrPort("[::ffff:10.0.1.5]:40002")
	first := `{"version":"1.100000","account_id":"123456789012","region":"ap-south-1","vpc_id":"vpc-1",` +
		`"query_timestamp":"2026-01-02T03:04:05Z","query_name":"a.internal.","query_type":"A","query_class":"IN",` +
		`"rcode":"NOERROR","answers":[{"Rdata":"10.0.0.1","Type":"A","Class":"IN"}],` +
		`"srcaddr":"10.0.0.9","srcport":"40001","transport":"UDP","srcids":{"instance":"i-0abc"}}`
	another := `{"version":"1.100000","account_id":"123456789012","region":"ap-south-1","vpc_id":"vpc-1",` +
		`"query_timestamp":"2026-01-02T03:04:09Z","query_name":"a.internal.","query_type":"A","query_class":"IN",` +
		`"rcode":"NOERROR","answers":[{"Rdata":"10.0.0.1","Type":"A","Class":"IN"}],` +
		`"srcaddr":"10.0.1.5","srcport":"40002","transport":"TCP","srcids":{}}`
	absent := `{"version":"1.100000","account_id":"123456789012","region":"ap-south-1","vpc_id":"vpc-1",` +
		`"query_timestamp":"2026-01-02T03:04:10Z","query_name":"b.internal.","query_type":"AAAA","query_class":"IN",` +
		`"rcode":"NXDOMAIN","answers":[],` +
		`"srcaddr":"10.0.0.9","srcport":"40001","transport":"UDP","srcids":{"instance":"i-0abc"}}`
	for name, c := range map[string]struct {
		cfg  Config
		want []string
	}{
		"what the client's own cache could not answer": {Config{}, []string{first, another, absent}},
		"what no cache could answer":                   {Config{LogAsked: true}, []string{first, absent}},
	} {
		t.Run(name, func(t *testing.T) {
			z := newZone()
			z.set("a.internal.", "A", 5, "10.0.0.1")
			r := NewResolver(z, c.cfg)
			var got []string
			r.LogQueries(QueryLogOwner{
				AccountID: "123456789012", Region: "ap-south-1", VPCID: "vpc-1",
				Source: func(a netip.Addr) (s QuerySource) {
					if a == node.Addr() {
						s.Instance = "i-0abc"
					}
					return s
				},
			}, func(q QueryLog) { got = append(got, q.Line()) })
			for _, q := range []struct {
				after time.Duration
				Query
			}{
				{0, Query{node, UDP, "A.internal", "a"}},
				{4 * time.Second, Query{node, UDP, "a.internal", "A"}},
				{4 * time.Second, Query{task, TCP, "a.internal", "A"}},
				{5 * time.Second, Query{node, UDP, "b.internal", "AAAA"}},
			} {
				r.Ask(epoch.Add(q.after), q.Query)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("query log (-want +got):\n%s", diff)
			}
		})
	}
}
