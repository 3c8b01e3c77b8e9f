package cloud

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	sdtypes "github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

// ListResourceRecordSets has the signature of the client's method: up to 300 a
// page, by the labels of the name in reverse, then type, then set identifier.
// What Cloud Map has accepted is in it at once, whatever the name servers say yet.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html
func (r *Route53) ListResourceRecordSets(ctx context.Context, in *route53.ListResourceRecordSetsInput, _ ...func(*route53.Options)) (*route53.ListResourceRecordSetsOutput, error) {
	if err := r.enter(ctx, "ListResourceRecordSets"); err != nil {
		return nil, err
	}
	z, err := r.zone(in.HostedZoneId)
	if err != nil {
		return nil, err
	}
	n, err := maxItems(in.MaxItems, 300)
	if err != nil {
		return nil, err
	}
	switch {
	case in.StartRecordType != "" && in.StartRecordName == nil:
		return nil, route53Invalid("StartRecordType needs StartRecordName")
	case in.StartRecordIdentifier != nil && in.StartRecordType == "":
		return nil, route53Invalid("StartRecordIdentifier needs StartRecordName and StartRecordType")
	case in.StartRecordType != "" && !slices.Contains(in.StartRecordType.Values(), in.StartRecordType):
		return nil, route53Invalid("Unknown record type " + string(in.StartRecordType))
	}
	sets := r.c.recordSets(z)
	if in.StartRecordName != nil {
		from := types.ResourceRecordSet{
			Name: ptr(escaped(unescaped(dotted(*in.StartRecordName)))), Type: in.StartRecordType, SetIdentifier: in.StartRecordIdentifier,
		}
		at, _ := slices.BinarySearchFunc(sets, from, bySet)
		sets = sets[at:]
	}
	out := &route53.ListResourceRecordSetsOutput{MaxItems: ptr(int32(n)), ResourceRecordSets: sets}
	if len(sets) > n {
		next := sets[n]
		out.IsTruncated, out.NextRecordName, out.NextRecordType, out.NextRecordIdentifier = true, next.Name, next.Type, next.SetIdentifier
		out.ResourceRecordSets = sets[:n]
	}
	return out, nil
}

func bySet(a, b types.ResourceRecordSet) int {
	return cmp.Or(
		cmp.Compare(reversed(val(a.Name)), reversed(val(b.Name))),
		cmp.Compare(a.Type, b.Type),
		cmp.Compare(val(a.SetIdentifier), val(b.SetIdentifier)),
	)
}

// recordSets are those of a zone, in Route 53's order.
func (c *Cloud) recordSets(z *hostedZone) []types.ResourceRecordSet {
	soa := int64(soaTTL)
	if z.namespace != nil {
		soa = z.namespace.soa
	}
	ns := types.ResourceRecordSet{Name: ptr(escaped(z.name)), Type: types.RRTypeNs, TTL: ptr(int64(nsTTL))}
	for _, s := range nsNames {
		ns.ResourceRecords = append(ns.ResourceRecords, types.ResourceRecord{Value: ptr(s)})
	}
	sets := []types.ResourceRecordSet{ns, {
		Name: ptr(escaped(z.name)), Type: types.RRTypeSoa, TTL: ptr(soa), ResourceRecords: []types.ResourceRecord{{Value: ptr(soaData)}},
	}}
	sets = append(sets, z.records...)
	if z.namespace != nil {
		for _, svc := range z.namespace.services {
			if svc.fqdn != "" {
				sets = append(sets, c.written(svc)...)
			}
		}
	}
	slices.SortStableFunc(sets, bySet)
	return sets
}

// soaTTL is that of a zone that a user makes.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html
const soaTTL = 900

// written is what Cloud Map has written for a service: for each instance and
// type one record set, known by the instance's id.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_DnsConfig.html
func (c *Cloud) written(svc *service) []types.ResourceRecordSet {
	var sets []types.ResourceRecordSet
	for _, r := range svc.records {
		kind := recordKind(string(r.Type))
		for _, e := range svc.truth.entries {
			set := types.ResourceRecordSet{Name: ptr(escaped(svc.fqdn)), Type: types.RRType(r.Type), SetIdentifier: ptr(e.id)}
			if svc.routing == sdtypes.RoutingPolicyWeighted {
				set.Weight = ptr(int64(1))
			} else {
				set.MultiValueAnswer = ptr(true)
			}
			if alias := e.attributes[keyAlias]; alias != "" {
				set.AliasTarget = &types.AliasTarget{
					DNSName: ptr(dotted(alias)), HostedZoneId: ptr(balancerZone(c.cfg.Region, alias)), EvaluateTargetHealth: true,
				}
				sets = append(sets, set)
				continue
			}
			if !e.has(kind) {
				continue
			}
			set.TTL = ptr(*r.TTL)
			set.ResourceRecords = []types.ResourceRecord{{Value: ptr(e.record(svc, svc.fqdn, kind, 0).Data)}}
			if svc.custom || svc.check != nil {
				set.HealthCheckId = ptr(healthCheckID(svc, e))
			}
			sets = append(sets, set)
			if kind == kindSRV {
				sets = append(sets, e.children(svc, *r.TTL)...)
			}
		}
	}
	return sets
}

// children are the address records of the host that an SRV record points to.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_DnsRecord.html
func (e *entry) children(svc *service, ttl int64) []types.ResourceRecordSet {
	var sets []types.ResourceRecordSet
	add := func(t types.RRType, v string) {
		sets = append(sets, types.ResourceRecordSet{
			Name: ptr(escaped(e.host(svc))), Type: t, TTL: ptr(ttl), SetIdentifier: ptr(e.id), MultiValueAnswer: ptr(true),
			ResourceRecords: []types.ResourceRecord{{Value: ptr(v)}},
		})
	}
	if e.v4.IsValid() {
		add(types.RRTypeA, e.v4.String())
	}
	if e.v6.IsValid() {
		add(types.RRTypeAaaa, e.v6.String())
	}
	return sets
}

// healthCheckID is the id of the health check that Cloud Map keeps for an
// instance: the same as long as the instance is.
func healthCheckID(svc *service, e *entry) string { return uuidOf("health check", svc.id, e.id) }

// uuidOf makes an id out of what it is the id of, in the form of a UUID.
func uuidOf(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	sum[6], sum[8] = sum[6]&0x0f|0x40, sum[8]&0x3f|0x80
	h := hex.EncodeToString(sum[:16])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// balancerZone is the hosted zone of a load balancer's DNS name.
// https://docs.aws.amazon.com/general/latest/gr/elb.html
func balancerZone(region, dnsName string) string {
	zones := map[string][2]string{ // application and classic, network
		"ap-south-1":   {"ZP97RAFLXTNZK", "ZVDDRBQ08TROA"},
		"eu-central-1": {"Z215JYRZR1TBD5", "Z3F0SRJ5LGBH90"},
		"eu-west-1":    {"Z32O12XQLNTSW2", "Z2IFOLAFXWLO4F"},
		"us-east-1":    {"Z35SXDOTRQ7X7K", "Z26RNL4JYFTOTI"},
		"us-west-2":    {"Z1H1FL5HABSF5", "Z18D5FSROUN65G"},
	}
	z, known := zones[region]
	switch {
	case !known:
		return "ZTRANSHIPLABELB" // a region of which the lab does not know the zone
	case strings.Contains(dnsName, ".elb."+region+"."):
		return z[1]
	}
	return z[0]
}

// dotted is a name in lower case with its last dot.
func dotted(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) + "." }

// reversed has the labels of a name in reverse, as Route 53 sorts them.
func reversed(name string) string {
	labels := strings.Split(strings.TrimSuffix(name, "."), ".")
	slices.Reverse(labels)
	return strings.Join(labels, ".") + "."
}

// escaped writes a name as Route 53 returns it: whatever is no letter, digit,
// hyphen, underscore or dot as an octal code.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html
func escaped(name string) string {
	plain := func(b byte) bool {
		return b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b == '-' || b == '_' || b == '.'
	}
	var s strings.Builder
	for i := range len(name) {
		if plain(name[i]) {
			s.WriteByte(name[i])
			continue
		}
		fmt.Fprintf(&s, `\%03o`, name[i])
	}
	return s.String()
}

// unescaped reads octal codes.
func unescaped(name string) string {
	octal := func(b byte) bool { return b >= '0' && b <= '7' }
	var s strings.Builder
	for i := 0; i < len(name); i++ {
		if name[i] == '\\' && i+3 < len(name) && name[i+1] <= '3' && octal(name[i+1]) && octal(name[i+2]) && octal(name[i+3]) {
			s.WriteByte((name[i+1]-'0')<<6 | (name[i+2]-'0')<<3 | (name[i+3] - '0'))
			i += 3
			continue
		}
		s.WriteByte(name[i])
	}
	return s.String()
}
