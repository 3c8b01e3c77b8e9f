package source

import (
	"errors"
	"math"
	"strconv"
	"time"
)

// maxTTL is the largest TTL that ExternalDNS and Cloud Map take, in seconds.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_DnsRecord.html
const maxTTL = math.MaxInt32

// parseTTL reads whole seconds, or a duration such as 1m30s whose fraction of a
// second is dropped. 0 is no TTL at all.
func parseTTL(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		d, err := time.ParseDuration(s)
		if err != nil {
			return 0, errors.New("it is neither a number of seconds nor a duration such as 1m30s")
		}
		if n = int64(d / time.Second); n == 0 && d != 0 {
			return 0, errors.New("it is less than a second")
		}
	}
	if n < 0 || n > maxTTL {
		return 0, errors.New("it is not between 1 second and 2147483647")
	}
	return n, nil
}

// ttl is what an object says, or --min-ttl where it says nothing that can be used.
func (a *about) ttl(m map[string]string) *int64 {
	n := a.s.minTTL
	if v, ok := a.s.first(m, keyTTL); ok {
		said, err := parseTTL(v.value)
		if err != nil {
			a.problem(ReasonInvalidTTL, "%s: TTL %.100q: %v; it is ignored, and the default holds until it is mended", v.at, v.value, err)
		} else if said > 0 {
			n = said
		}
	}
	if n == 0 {
		return nil
	}
	return &n
}
