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
		Namespace:    ns.Name,
		Type:         string(svc.Type),
		Description:  svc.Description,
		CustomHealth: svc.HealthCheckCustomConfig != nil,
		NegativeTTL:  ns.NegativeTTL,
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
	return &types.ServiceChange{
		Description: s.Description, DnsConfig: &types.DnsConfigChange{DnsRecords: recordsOf(s)}, HealthCheckConfig: checkOf(s.HealthCheck),
	}
}

// apiOnly says that the service is one that DNS does not know.
func apiOnly(s names.Settings, zone names.Zone) bool {
	return !zone.InDNS() || s.Type == string(types.ServiceTypeHttp)
}

func kindOf(s names.Settings, zone names.Zone) types.ServiceTypeOption {
	if apiOnly(s, zone) {
		return types.ServiceTypeOptionHttp
	}
	return ""
}

func dnsOf(s names.Settings, zone names.Zone) *types.DnsConfig {
	if apiOnly(s, zone) {
		return nil
	}
	return &types.DnsConfig{RoutingPolicy: types.RoutingPolicy(s.Routing), DnsRecords: recordsOf(s)}
}

func recordsOf(s names.Settings) []types.DnsRecord {
	var out []types.DnsRecord
	for _, r := range s.Records {
		out = append(out, types.DnsRecord{Type: types.RecordType(r.Type), TTL: sdk.Int64(r.TTL)})
	}
	return out
}

func checkOf(h *names.HealthCheck) *types.HealthCheckConfig {
	if h == nil {
		return nil
	}
	c := &types.HealthCheckConfig{Type: types.HealthCheckType(h.Type)}
	if h.ResourcePath != "" {
		c.ResourcePath = sdk.String(h.ResourcePath)
	}
	if h.FailureThreshold != 0 {
		c.FailureThreshold = sdk.Int32(h.FailureThreshold)
	}
	return c
}

func customOf(s names.Settings) *types.HealthCheckCustomConfig {
	if !s.CustomHealth {
		return nil
	}
	return &types.HealthCheckCustomConfig{}
}
