package aws

import (
	"net"
	"net/url"
	"slices"
	"strings"
)

// bucketOf is the bucket that a host name begins with, "" for the path style:
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html.
// base is the name that clients have for the endpoint.
func bucketOf(host, base string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	for _, suffix := range []string{"." + base, ".localhost"} {
		if bucket, ok := strings.CutSuffix(host, suffix); ok {
			return bucket
		}
	}
	if !strings.HasSuffix(host, ".amazonaws.com") {
		return ""
	}
	if at := strings.LastIndex(host, ".s3"); at > 0 {
		return host[:at]
	}
	return ""
}

// named tells whether one of the names is among the parameters.
func named(query url.Values, names []string) bool {
	return slices.ContainsFunc(names, query.Has)
}

// serves tells whether an operation is told by the parameters.
func (rs routes) serves(query url.Values) bool {
	return slices.ContainsFunc(rs, func(r *route) bool { return len(r.fixed) > 0 && r.told(query) })
}
