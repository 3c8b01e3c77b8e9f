package cloud

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/route53/types"
)

// HostedZone is a private hosted zone of the user's own: one that Cloud Map did
// not make.
type HostedZone struct {
	Name    string // such as corp.internal
	ID      string // default drawn
	Comment string
	Records []types.ResourceRecordSet // besides SOA and NS
}

// SeedHostedZone makes a zone that is served by every server now.
func (c *Cloud) SeedHostedZone(h HostedZone) error {
	r := &c.route53
	z := &hostedZone{
		id: h.ID, name: dotted(h.Name), comment: h.Comment, reference: "seed-" + strconv.Itoa(len(r.zones)+1),
		private: true, vpcs: []string{c.cfg.VPC.ID},
	}
	if z.id == "" {
		z.id = "Z" + strings.ToUpper(r.ids.letters(20))
	}
	if z.name == "." {
		return fmt.Errorf("seed hosted zone %s: it needs a name", z.id)
	}
	for _, o := range r.all() {
		if o.id == z.id || o.name == z.name {
			return fmt.Errorf("seed hosted zone %s: %s has its id or name", h.Name, o.id)
		}
	}
	for i := range h.Records {
		var why string
		if z.records, why = z.change(z.records, types.Change{Action: types.ChangeActionCreate, ResourceRecordSet: &h.Records[i]}); why != "" {
			return fmt.Errorf("seed hosted zone %s: %s", h.Name, why)
		}
	}
	z.served = slices.Clone(z.records)
	at, _ := slices.BinarySearchFunc(r.zones, z.id, func(z *hostedZone, id string) int { return cmp.Compare(z.id, id) })
	r.zones = slices.Insert(r.zones, at, z)
	return nil
}

// own is the user's zone with the longest name that name is in, if that is
// longer than the name of the private namespace n, which may be nil.
func (r *Route53) own(name string, n *namespace) (best *hostedZone) {
	longest := 0
	if n != nil {
		longest = len(n.origin())
	}
	for _, z := range r.zones {
		if len(z.name) > longest && (name == z.name || strings.HasSuffix(name, "."+z.name)) {
			best, longest = z, len(z.name)
		}
	}
	return best
}

// answer is what every server says of a name in a zone of the user's own:
// simple records, and aliases to names of the same zone. What needs a routing
// policy is answered as if it had none.
func (z *hostedZone) answer(name, qtype string) Answer { return z.resolve(name, qtype, 8) }

// resolve follows at most depth aliases.
func (z *hostedZone) resolve(name, qtype string, depth int) Answer {
	soa := &Record{Name: z.name, Type: "SOA", TTL: soaTTL, Data: soaData}
	if name == z.name {
		switch qtype {
		case "SOA":
			return Answer{Rcode: NoError, Records: []Record{*soa}}
		case "NS":
			a := Answer{Rcode: NoError}
			for _, ns := range nsNames {
				a.Records = append(a.Records, Record{Name: name, Type: "NS", TTL: nsTTL, Data: ns})
			}
			return a
		}
	}
	a := Answer{Rcode: NXDomain, SOA: soa}
	if name == z.name {
		a.Rcode = NoError
	}
	for _, set := range z.served {
		at := unescaped(val(set.Name))
		switch {
		case at == name:
			a.Rcode = NoError
		case strings.HasSuffix(at, "."+name):
			a.Rcode = NoError // an empty non-terminal
			continue
		default:
			continue
		}
		if t := string(set.Type); t == qtype || t == "CNAME" {
			for _, v := range set.ResourceRecords {
				data := val(v.Value)
				if t == "CNAME" {
					data = dotted(data)
				}
				a.Records = append(a.Records, Record{Name: name, Type: t, TTL: uint32(val(set.TTL)), Data: data})
			}
			if set.AliasTarget != nil && depth > 0 {
				for _, rec := range z.resolve(dotted(val(set.AliasTarget.DNSName)), qtype, depth-1).Records {
					rec.Name = name
					a.Records = append(a.Records, rec)
				}
			}
		}
	}
	if len(a.Records) > 0 {
		a.SOA = nil
	}
	return a
}

// HostedZoneID finds the zone of a name.
func (c *Cloud) HostedZoneID(name string) (string, bool) {
	for _, z := range c.route53.all() {
		if z.name == dotted(name) {
			return z.id, true
		}
	}
	return "", false
}
