package dns

import (
	"strconv"
	"strings"
	"time"

	"github.com/tranship/tranship/lab/cloud"
)

// cacheFor is how long an answer may be cached; 0 for not at all. A positive
// one: the lowest TTL in it. NXDOMAIN and NODATA: the lower of the SOA's own TTL
// and its minimum field (RFC 2308, section 5), and not without an SOA. Refusals
// and failures: never.
func cacheFor(a cloud.Answer) time.Duration {
	switch {
	case a.Rcode == cloud.NoError && len(a.Records) > 0:
		ttl := a.Records[0].TTL
		for _, rec := range a.Records[1:] {
			ttl = min(ttl, rec.TTL)
		}
		return time.Duration(ttl) * time.Second
	case (a.Rcode == cloud.NoError || a.Rcode == cloud.NXDomain) && a.SOA != nil:
		return time.Duration(min(a.SOA.TTL, soaMinimum(a.SOA.Data))) * time.Second
	}
	return 0
}

// soaMinimum reads the last of the seven fields of an SOA; 0, which isn't
// cached, if there is none.
func soaMinimum(data string) uint32 {
	fields := strings.Fields(data)
	if len(fields) != 7 {
		return 0
	}
	n, err := strconv.ParseUint(fields[6], 10, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}

// followed is the name that a question goes on with: the target of the CNAME in
// an answer that has nothing else of the type.
func followed(a cloud.Answer, qtype string) string {
	if a.Rcode != cloud.NoError || qtype == "CNAME" {
		return ""
	}
	next := ""
	for _, rec := range a.Records {
		if rec.Type == qtype {
			return ""
		}
		if rec.Type == "CNAME" {
			next = canonical(rec.Data)
		}
	}
	return next
}
