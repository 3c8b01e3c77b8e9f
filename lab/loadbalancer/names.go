package loadbalancer

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
)

// kind of a load balancer.
type kind string

const (
	network     kind = "network"     // of a Service
	application kind = "application" // of an Ingress
)

// lbName is the load balancer's name: k8s, what is left of namespace and name
// in eight letters each, and ten of a hash.
// https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/
func lbName(k kind, namespace, name string) string {
	return fmt.Sprintf("k8s-%s-%s-%s", short(namespace), short(name), digest(k, namespace, name)[:10])
}

// dnsName is where clients find it. AWS names a network load balancer
// NAME-ID.elb.REGION.amazonaws.com and an internal application load balancer
// internal-NAME-NUMBER.REGION.elb.amazonaws.com.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/network-load-balancers.html
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-values-alias-common.html
//
// The same object has the same name in each lab, so the hash is of its name alone.
func dnsName(k kind, namespace, name, region string) string {
	lb, sum := lbName(k, namespace, name), digest(k, namespace, name)
	if k == application {
		b, _ := hex.DecodeString(sum[10:18])
		return fmt.Sprintf("internal-%s-%010d.%s.elb.amazonaws.com", lb, binary.BigEndian.Uint32(b), region)
	}
	return fmt.Sprintf("%s-%s.elb.%s.amazonaws.com", lb, sum[10:26], region)
}

func digest(k kind, namespace, name string) string {
	sum := sha256.Sum256([]byte(string(k) + "/" + namespace + "/" + name))
	return hex.EncodeToString(sum[:])
}

// short leaves letters and digits, at most eight.
func short(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		if (r >= 'a' && r <= 'z' || r >= '0' && r <= '9') && b.Len() < 8 {
			b.WriteRune(r)
		}
	}
	return b.String()
}
