package cloud

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/smithy-go"

	sdtypes "github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

// Route53 has the methods of route53.Client that are needed: it shows what
// Cloud Map wrote, and refuses to have it changed behind Cloud Map's back.
// Zones of the user's own (SeedHostedZone) can be read and changed.
type Route53 struct {
	c       *Cloud
	ids     chance
	zones   []*hostedZone // the user's own, sorted by id
	changes map[string]*zoneChange
}

// Route53 is the facade with the client signatures of route53.
func (c *Cloud) Route53() *Route53 { return &c.route53 }

// hostedZone is a zone as Route 53 shows it.
type hostedZone struct {
	id, name  string // name in lower case, with trailing dot
	comment   string
	reference string
	private   bool
	vpcs      []string
	namespace *namespace // nil: the user's own
	// Of the user's own zones: what was asked for, and what is served.
	records, served []types.ResourceRecordSet
}

// enter counts against the rate of the account: five requests a second in all.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html
func (r *Route53) enter(ctx context.Context, operation string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !r.c.take(r.c.cfg.Rates.Route53, "route53:", operation) {
		return &smithy.GenericAPIError{Code: "Throttling", Message: "Rate exceeded", Fault: smithy.FaultClient}
	}
	return nil
}

func route53Invalid(message string) error { return &types.InvalidInput{Message: ptr(message)} }

// all are the zones of the account, by id.
func (r *Route53) all() []*hostedZone {
	zones := slices.Clone(r.zones)
	for _, n := range r.c.namespaces {
		if !n.hasZone() || n.creating {
			continue
		}
		z := &hostedZone{
			id: n.zoneID, name: n.origin(), comment: val(n.description), reference: n.id,
			private: n.kind == sdtypes.NamespaceTypeDnsPrivate, namespace: n,
		}
		if z.private {
			z.vpcs = []string{n.vpc}
		}
		zones = append(zones, z)
	}
	slices.SortFunc(zones, func(a, b *hostedZone) int { return cmp.Compare(a.id, b.id) })
	return zones
}

// zone finds a zone by its id, with or without /hostedzone/ before it.
func (r *Route53) zone(id *string) (*hostedZone, error) {
	want := val(id)
	want = want[strings.LastIndexByte(want, '/')+1:]
	for _, z := range r.all() {
		if z.id == want {
			return z, nil
		}
	}
	return nil, &types.NoSuchHostedZone{Message: ptr("No hosted zone found with ID: " + want)}
}

// linked is who manages a zone that Cloud Map made.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_LinkedService.html
func (z *hostedZone) linked() *types.LinkedService {
	if z.namespace == nil {
		return nil
	}
	return &types.LinkedService{ServicePrincipal: ptr("servicediscovery.amazonaws.com"), Description: ptr(z.namespace.arn)}
}

func (z *hostedZone) describe(c *Cloud) *types.HostedZone {
	h := &types.HostedZone{
		Id: ptr("/hostedzone/" + z.id), Name: ptr(escaped(z.name)), CallerReference: ptr(z.reference),
		Config: &types.HostedZoneConfig{PrivateZone: z.private}, LinkedService: z.linked(),
		ResourceRecordSetCount: ptr(int64(len(c.recordSets(z)))),
	}
	if z.comment != "" {
		h.Config.Comment = ptr(z.comment)
	}
	return h
}

// maxItems reads a page size: above the most, Route 53 gives the most.
func maxItems(n *int32, most int) (int, error) {
	switch {
	case n == nil:
		return most, nil
	case *n < 1:
		return 0, route53Invalid("MaxItems must be at least 1")
	}
	return min(int(*n), most), nil
}

// ListHostedZones has the signature of the client's method: up to a hundred a
// page, by id.
func (r *Route53) ListHostedZones(ctx context.Context, in *route53.ListHostedZonesInput, _ ...func(*route53.Options)) (*route53.ListHostedZonesOutput, error) {
	if err := r.enter(ctx, "ListHostedZones"); err != nil {
		return nil, err
	}
	n, err := maxItems(in.MaxItems, 100)
	if err != nil {
		return nil, err
	}
	zones := slices.DeleteFunc(r.all(), func(z *hostedZone) bool {
		return in.HostedZoneType == types.HostedZoneTypePrivateHostedZone && !z.private || z.id < val(in.Marker)
	})
	if m := val(in.Marker); m != "" && (len(zones) == 0 || zones[0].id != m) {
		return nil, &types.NoSuchHostedZone{Message: ptr("No hosted zone found with ID: " + m)}
	}
	out := &route53.ListHostedZonesOutput{Marker: in.Marker, MaxItems: ptr(int32(n)), HostedZones: []types.HostedZone{}}
	if len(zones) > n {
		out.IsTruncated, out.NextMarker = true, ptr(zones[n].id)
		zones = zones[:n]
	}
	for _, z := range zones {
		out.HostedZones = append(out.HostedZones, *z.describe(r.c))
	}
	return out, nil
}

// ListHostedZonesByName has the signature of the client's method: zones by
// their labels in reverse, and by id among equals.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHostedZonesByName.html
func (r *Route53) ListHostedZonesByName(ctx context.Context, in *route53.ListHostedZonesByNameInput, _ ...func(*route53.Options)) (*route53.ListHostedZonesByNameOutput, error) {
	if err := r.enter(ctx, "ListHostedZonesByName"); err != nil {
		return nil, err
	}
	if in.HostedZoneId != nil && in.DNSName == nil {
		return nil, route53Invalid("HostedZoneId needs DNSName")
	}
	n, err := maxItems(in.MaxItems, 100)
	if err != nil {
		return nil, err
	}
	from := hostedZone{id: val(in.HostedZoneId), name: dotted(val(in.DNSName))}
	order := func(a, b *hostedZone) int {
		return cmp.Or(cmp.Compare(reversed(a.name), reversed(b.name)), cmp.Compare(a.id, b.id))
	}
	zones := r.all()
	slices.SortFunc(zones, order)
	if in.DNSName != nil {
		zones = slices.DeleteFunc(zones, func(z *hostedZone) bool { return order(z, &from) < 0 })
	}
	out := &route53.ListHostedZonesByNameOutput{
		DNSName: in.DNSName, HostedZoneId: in.HostedZoneId, MaxItems: ptr(int32(n)), HostedZones: []types.HostedZone{},
	}
	if len(zones) > n {
		out.IsTruncated, out.NextDNSName, out.NextHostedZoneId = true, ptr(escaped(zones[n].name)), ptr(zones[n].id)
		zones = zones[:n]
	}
	for _, z := range zones {
		out.HostedZones = append(out.HostedZones, *z.describe(r.c))
	}
	return out, nil
}

// ListHostedZonesByVPC has the signature of the client's method. The owner of a
// zone that Cloud Map made is the account.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_HostedZoneOwner.html
func (r *Route53) ListHostedZonesByVPC(ctx context.Context, in *route53.ListHostedZonesByVPCInput, _ ...func(*route53.Options)) (*route53.ListHostedZonesByVPCOutput, error) {
	if err := r.enter(ctx, "ListHostedZonesByVPC"); err != nil {
		return nil, err
	}
	if in.VPCId == nil || in.VPCRegion == "" {
		return nil, route53Invalid("VPCId and VPCRegion are needed")
	}
	if *in.VPCId != r.c.cfg.VPC.ID || string(in.VPCRegion) != r.c.cfg.Region {
		return nil, &types.InvalidVPCId{Message: ptr("The VPC: " + *in.VPCId + " is invalid or can't be found in region: " + string(in.VPCRegion))}
	}
	n, err := maxItems(in.MaxItems, 100)
	if err != nil {
		return nil, err
	}
	zones := slices.DeleteFunc(r.all(), func(z *hostedZone) bool {
		return !slices.Contains(z.vpcs, *in.VPCId) || z.id < val(in.NextToken)
	})
	out := &route53.ListHostedZonesByVPCOutput{MaxItems: ptr(int32(n)), HostedZoneSummaries: []types.HostedZoneSummary{}}
	if t := val(in.NextToken); t != "" && (len(zones) == 0 || zones[0].id != t) {
		return nil, &types.InvalidPaginationToken{Message: ptr("NextToken isn't valid")}
	}
	if len(zones) > n {
		out.NextToken = ptr(zones[n].id)
		zones = zones[:n]
	}
	for _, z := range zones {
		out.HostedZoneSummaries = append(out.HostedZoneSummaries, types.HostedZoneSummary{
			HostedZoneId: ptr(z.id), Name: ptr(escaped(z.name)), Owner: &types.HostedZoneOwner{OwningAccount: ptr(r.c.cfg.Account)},
		})
	}
	return out, nil
}

// GetHostedZone has the signature of the client's method.
func (r *Route53) GetHostedZone(ctx context.Context, in *route53.GetHostedZoneInput, _ ...func(*route53.Options)) (*route53.GetHostedZoneOutput, error) {
	if err := r.enter(ctx, "GetHostedZone"); err != nil {
		return nil, err
	}
	z, err := r.zone(in.Id)
	if err != nil {
		return nil, err
	}
	out := &route53.GetHostedZoneOutput{HostedZone: z.describe(r.c)}
	for _, v := range z.vpcs {
		out.VPCs = append(out.VPCs, types.VPC{VPCId: ptr(v), VPCRegion: types.VPCRegion(r.c.cfg.Region)})
	}
	if !z.private {
		out.DelegationSet = &types.DelegationSet{}
		for _, ns := range nsNames {
			out.DelegationSet.NameServers = append(out.DelegationSet.NameServers, strings.TrimSuffix(ns, "."))
		}
	}
	return out, nil
}
