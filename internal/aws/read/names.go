package read

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	sd "github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"

	"github.com/tranship/tranship/internal/inventory"
	"github.com/tranship/tranship/internal/names"
)

// page is what Cloud Map gives at most in one call.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_ListServices.html
const page = 100

// fewNamespaces: so many are listed one by one. The list of a namespace costs as many
// calls as that of all, since AWS cuts its pages before it filters them; the list of
// all does not say in which namespace a service is, and GetService has to.
const fewNamespaces = 4

// listed is a service of Cloud Map as it was listed, and where.
type listed struct {
	types.ServiceSummary
	namespace string
}

// names reads all namespaces, the services in them, and who is in those. It returns
// them by id, or nil if they could not be listed.
func (r *run) names(ctx context.Context) map[string]inventory.Name {
	told := r.progress(partNames, 0)
	defer told.end()
	negative := map[string]int64{} // TTL of the SOA, by namespace
	var zones []inventory.Namespace
	var filled []string // ids of namespaces that have services
	err := paged(func(token *string) (*string, error) {
		out, err := call(ctx, r.calls, forCloudMap, "ListNamespaces", "the Cloud Map namespaces", r.api.CloudMap.ListNamespaces,
			&sd.ListNamespacesInput{MaxResults: sdk.Int32(page), NextToken: token})
		if err != nil {
			return nil, err
		}
		for _, n := range out.Namespaces {
			z := inventory.Namespace{Place: r.place, ID: sdk.ToString(n.Id), ARN: sdk.ToString(n.Arn), Name: sdk.ToString(n.Name), Type: string(n.Type)}
			if n.Properties != nil && n.Properties.DnsProperties != nil {
				z.HostedZone = sdk.ToString(n.Properties.DnsProperties.HostedZoneId)
				if soa := n.Properties.DnsProperties.SOA; soa != nil {
					negative[z.ID] = sdk.ToInt64(soa.TTL)
				}
			}
			zones = append(zones, z)
			if n.ServiceCount == nil || *n.ServiceCount > 0 {
				filled = append(filled, z.ID)
			}
		}
		return out.NextToken, nil
	})
	if err != nil {
		r.unknown(ctx, partNames, "", err)
		return nil
	}
	r.add(func(s *inventory.Snapshot) { s.Namespaces = zones })
	services, err := r.listServices(ctx, filled)
	if err != nil {
		r.unknown(ctx, partNames, "", err)
		return nil
	}
	told.more(0, len(services))
	domains := map[string]string{}
	for _, z := range zones {
		domains[z.ID] = z.Name
	}
	all := make([]inventory.Name, len(services))
	each(ctx, len(services), func(i int) {
		l := services[i]
		set := settingsOf(l.ServiceSummary)
		set.Namespace, set.NegativeTTL = domains[l.namespace], negative[l.namespace]
		n := inventory.Name{
			Place: r.place, ID: sdk.ToString(l.Id), ARN: sdk.ToString(l.Arn), NamespaceID: l.namespace, DNSName: set.DNSName(), Settings: set,
		}
		if l.InstanceCount == nil || *l.InstanceCount > 0 {
			in, err := r.instances(ctx, n)
			r.unknown(ctx, partInstances, n.DNSName, err)
			n.Instances = in
		}
		all[i] = n
		told.more(1, 0)
	})
	byID := make(map[string]inventory.Name, len(all))
	for _, n := range all {
		byID[n.ID] = n
	}
	r.add(func(s *inventory.Snapshot) { s.Names = slices.Collect(maps.Values(byID)) })
	return byID
}

// listServices reads the services of these namespaces.
func (r *run) listServices(ctx context.Context, namespaces []string) ([]listed, error) {
	if len(namespaces) > fewNamespaces {
		return r.listAll(ctx)
	}
	var all []listed
	for _, id := range namespaces {
		err := r.eachService(ctx, []types.ServiceFilter{{
			Name: types.ServiceFilterNameNamespaceId, Condition: types.FilterConditionEq, Values: []string{id},
		}}, func(s types.ServiceSummary) { all = append(all, listed{s, id}) })
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// listAll reads the services of all namespaces, and asks each where it is.
func (r *run) listAll(ctx context.Context) ([]listed, error) {
	var all []listed
	if err := r.eachService(ctx, nil, func(s types.ServiceSummary) { all = append(all, listed{ServiceSummary: s}) }); err != nil {
		return nil, err
	}
	each(ctx, len(all), func(i int) {
		object := "Cloud Map service " + sdk.ToString(all[i].Name) + " (" + sdk.ToString(all[i].Id) + ")"
		out, err := call(ctx, r.calls, forCloudMap, "GetService", object, r.api.CloudMap.GetService, &sd.GetServiceInput{Id: all[i].Id})
		if err != nil {
			r.unknown(ctx, partNames, sdk.ToString(all[i].Name), err)
			return
		}
		if out.Service != nil {
			all[i].namespace = sdk.ToString(out.Service.NamespaceId)
		}
	})
	return slices.DeleteFunc(all, func(l listed) bool { return l.namespace == "" }), nil
}

func (r *run) eachService(ctx context.Context, filters []types.ServiceFilter, do func(types.ServiceSummary)) error {
	return paged(func(token *string) (*string, error) {
		out, err := call(ctx, r.calls, forCloudMap, "ListServices", "the Cloud Map services", r.api.CloudMap.ListServices,
			&sd.ListServicesInput{Filters: filters, MaxResults: sdk.Int32(page), NextToken: token})
		if err != nil {
			return nil, err
		}
		for _, s := range out.Services {
			do(s)
		}
		return out.NextToken, nil
	})
}

// instances counts who is in a name.
func (r *run) instances(ctx context.Context, n inventory.Name) ([]inventory.Instances, error) {
	count := map[string]int{}
	err := paged(func(token *string) (*string, error) {
		out, err := call(ctx, r.calls, forCloudMap, "ListInstances", "Cloud Map service "+n.DNSName+" ("+n.ID+")", r.api.CloudMap.ListInstances,
			&sd.ListInstancesInput{ServiceId: &n.ID, MaxResults: sdk.Int32(page), NextToken: token})
		if err != nil {
			return nil, err
		}
		for _, i := range out.Instances {
			count[belongs(i.Attributes)]++
		}
		return out.NextToken, nil
	})
	if err != nil {
		return nil, err
	}
	var all []inventory.Instances
	for _, of := range slices.Sorted(maps.Keys(count)) {
		all = append(all, inventory.Instances{Of: of, Count: count[of]})
	}
	return all, nil
}

// belongs says whose an instance is, by what was written into it.
func belongs(attributes map[string]string) string {
	switch {
	case attributes[names.AttrOwner] != "":
		return "owner:" + attributes[names.AttrOwner]
	case attributes[names.AttrECSService] != "":
		return "ecs:" + attributes[names.AttrECSCluster] + "/" + attributes[names.AttrECSService]
	}
	return "other"
}

// settingsOf are the service's own, but for what its namespace says.
func settingsOf(l types.ServiceSummary) names.Settings {
	s := names.Settings{
		Name: sdk.ToString(l.Name), Type: string(l.Type), Description: l.Description, CustomHealth: l.HealthCheckCustomConfig != nil,
		Records: []names.Record{},
	}
	if d := l.DnsConfig; d != nil {
		s.Routing = string(d.RoutingPolicy)
		for _, rec := range d.DnsRecords {
			s.Records = append(s.Records, names.Record{Type: string(rec.Type), TTL: sdk.ToInt64(rec.TTL)})
		}
		slices.SortFunc(s.Records, func(a, b names.Record) int { return cmp.Compare(a.Type, b.Type) })
	}
	if h := l.HealthCheckConfig; h != nil {
		s.HealthCheck = &names.HealthCheck{Type: string(h.Type), ResourcePath: sdk.ToString(h.ResourcePath), FailureThreshold: sdk.ToInt32(h.FailureThreshold)}
	}
	return s
}

// join tells each registry what is known of its name. registered is nil where the
// names could not be listed, which is Unknown already.
func (r *run) join(registered map[string]inventory.Name) {
	if registered == nil {
		return
	}
	for i := range r.s.Services {
		svc := &r.s.Services[i]
		for n := range svc.Registries {
			reg := &svc.Registries[n]
			name, ok := registered[last(reg.ARN)]
			if !ok {
				r.s.Unknown = append(r.s.Unknown, inventory.Unknown{
					Place: r.place, Part: partNames, Object: svc.Cluster + "/" + svc.Name,
					Why: fmt.Sprintf("its registry %s is none of this account's Cloud Map services: it was deleted, or another account shares it", reg.ARN),
				})
				continue
			}
			reg.Describe(name)
		}
	}
}
