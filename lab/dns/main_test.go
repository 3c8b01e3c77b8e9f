package dns

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tranship/tranship/lab/cloud"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

const soaData = "ns-1.example. hostmaster.example. 1 7200 900 1209600 60"

// zone is an authority whose servers all say what the map says under
// "name type"; a name with another type is NODATA, without any NXDOMAIN.
type zone struct {
	servers int
	answers map[string]cloud.Answer
	soa     *cloud.Record
	asked   []string // "server name type"
}

func newZone() *zone {
	return &zone{
		servers: 4, answers: map[string]cloud.Answer{},
		soa: &cloud.Record{Name: "shop.internal.", Type: "SOA", TTL: 15, Data: soaData},
	}
}

func (z *zone) Servers() int { return z.servers }

func (z *zone) Answer(server int, name, qtype string) cloud.Answer {
	z.asked = append(z.asked, fmt.Sprint(server, " ", name, " ", qtype))
	if a, ok := z.answers[name+" "+qtype]; ok {
		return a
	}
	if !strings.HasSuffix(name, ".internal.") {
		return cloud.Answer{Rcode: cloud.Refused}
	}
	for k, a := range z.answers {
		if strings.HasPrefix(k, name+" ") {
			if a.Rcode == cloud.NoError && len(a.Records) > 0 && a.Records[0].Type == "CNAME" {
				return a
			}
			return cloud.Answer{Rcode: cloud.NoError, SOA: z.soa}
		}
	}
	return cloud.Answer{Rcode: cloud.NXDomain, SOA: z.soa}
}

// set puts records of one name and type into the zone; none takes them out.
func (z *zone) set(name, qtype string, ttl uint32, data ...string) {
	a := cloud.Answer{Rcode: cloud.NoError}
	for _, d := range data {
		a.Records = append(a.Records, cloud.Record{Name: name, Type: qtype, TTL: ttl, Data: d})
	}
	z.answers[name+" "+qtype] = a
	if len(data) == 0 {
		delete(z.answers, name+" "+qtype)
	}
}
