package clusterdns

import (
	"fmt"
	"time"
)

// Cache is the most that the cluster's DNS holds an answer for, least the least: https://coredns.io/plugins/cache/
const (
	Cache = 30 * time.Second
	least = 5 * time.Second
)

// Holds is the most that the cluster's DNS holds an answer for that came with this TTL.
func Holds(ttl time.Duration) time.Duration { return min(max(ttl, least), Cache) }

// corefile is the part of a cluster's usual Corefile that names outside the cluster go through:
// https://kubernetes.io/docs/tasks/administer-cluster/dns-custom-nameservers/#coredns-configmap-options
func corefile(port, ready int, upstream string) string {
	return fmt.Sprintf(`.:%d {
    bind 127.0.0.1
    errors
    ready 127.0.0.1:%d
    forward . %s
    cache %d
    loadbalance
}
`, port, ready, upstream, Cache/time.Second)
}
