package cloudmap

import (
	"cmp"
	"slices"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"

	"github.com/tranship/tranship/internal/names"
)

// settings are the service's own, in our words.
func settings(svc *types.Service, ns namespace) names.Settings {
	s := names.Settings{
		Name:         sdk.ToString(svc.Name),
		Namespace:    ns.name,
		Type:         string(svc.Type),
		Description:  svc.Description,
		CustomHealth: svc.HealthCheckCustomConfig != nil,
		NegativeTTL:  ns.negativeTTL,
	}
	if d := svc.DnsConfig; d != nil {
		s.Routing = string(d.RoutingPolicy)
		for _, r := range d.DnsRecords {
			s.Records = append(s.Records, names.Record{Type: string(r.Type), TTL: sdk.ToInt64(r.TTL)})
		}
		slices.SortFunc(s.Records, func(a, b names.Record) int { return cmp.Compare(a.Type, b.Type) })
	}
	if h := svc.HealthCheckConfig; h != nil {
		s.HealthCheck = &names.HealthCheck{
			Type:             string(h.Type),
			ResourcePath:     sdk.ToString(h.ResourcePath),
			FailureThreshold: sdk.ToInt32(h.FailureThreshold),
		}
	}
	return s
}

// change is everything that UpdateService would otherwise delete.
func change(s names.Settings) *types.ServiceChange {
	c := &types.ServiceChange{Description: s.Description, DnsConfig: &types.DnsConfigChange{}}
	for _, r := range s.Records {
		c.DnsConfig.DnsRecords = append(c.DnsConfig.DnsRecords, types.DnsRecord{
			Type: types.RecordType(r.Type), TTL: sdk.Int64(r.TTL),
		})
	}
	if h := s.HealthCheck; h != nil {
		c.HealthCheckConfig = &types.HealthCheckConfig{Type: types.HealthCheckType(h.Type)}
		if h.ResourcePath != "" {
			c.HealthCheckConfig.ResourcePath = sdk.String(h.ResourcePath)
		}
		if h.FailureThreshold != 0 {
			c.HealthCheckConfig.FailureThreshold = sdk.Int32(h.FailureThreshold)
		}
	}
	return c
}
