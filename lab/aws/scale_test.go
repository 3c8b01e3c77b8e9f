package aws_test

import (
	"context"
	"fmt"
	"net/netip"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	sd "github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"

	"github.com/tranship/tranship/lab/aws"
	"github.com/tranship/tranship/lab/cloud"
)

// BenchmarkScale compares what each call costs over the wire, through the real
// client, among ten services and among a thousand: `make bench-scale`.
func BenchmarkScale(b *testing.B) {
	for _, n := range []int{10, 1000} {
		client, ns, id := fleet(b, n)
		calls := []struct {
			name string
			call func(context.Context) error
		}{
			{"DiscoverInstances", func(ctx context.Context) error {
				_, err := client.DiscoverInstances(ctx, &sd.DiscoverInstancesInput{NamespaceName: sdk.String("shop.internal"), ServiceName: sdk.String("svc-0003")})
				return err
			}},
			{"ListServicesPage", func(ctx context.Context) error {
				_, err := client.ListServices(ctx, &sd.ListServicesInput{MaxResults: sdk.Int32(10)})
				return err
			}},
			{"ListServicesOfNamespacePage", func(ctx context.Context) error {
				_, err := client.ListServices(ctx, &sd.ListServicesInput{MaxResults: sdk.Int32(10), Filters: []types.ServiceFilter{
					{Name: types.ServiceFilterNameNamespaceId, Values: []string{ns}, Condition: types.FilterConditionEq},
				}})
				return err
			}},
			{"ListInstances", func(ctx context.Context) error {
				_, err := client.ListInstances(ctx, &sd.ListInstancesInput{ServiceId: &id})
				return err
			}},
			{"GetService", func(ctx context.Context) error {
				_, err := client.GetService(ctx, &sd.GetServiceInput{Id: &id})
				return err
			}},
		}
		for _, one := range calls {
			b.Run(fmt.Sprintf("%s/services=%d", one.name, n), func(b *testing.B) {
				for b.Loop() {
					if err := one.call(b.Context()); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// fleet serves a model with that many services of two instances each.
func fleet(b *testing.B, services int) (client *sd.Client, namespace, service string) {
	b.Helper()
	var v cloud.VPC
	for _, cidr := range []string{"10.0.0.0/20", "10.0.16.0/20", "10.0.32.0/20"} {
		v.Zones = append(v.Zones, cloud.Zone{CIDR: netip.MustParsePrefix(cidr)})
	}
	model := cloud.New(cloud.Config{Seed: 1, VPC: v})
	f := cloud.Fleet{Namespace: "shop.internal"}
	for n := range services {
		f.Services = append(f.Services, cloud.FleetService{Name: fmt.Sprintf("svc-%04d", n), Tasks: 2})
	}
	if err := model.SeedFleet(f); err != nil {
		b.Fatal(err)
	}
	namespace, _ = model.NamespaceID("shop.internal")
	service, _ = model.ServiceID("svc-0003.shop.internal")
	at := model.Config()
	h, err := aws.NewHandler(aws.Config{
		Credentials: aws.Credentials{AccessKeyID: "AKIALAB", SecretAccessKey: "s"}, Region: at.Region, Account: at.Account,
		Services: []aws.Service{{Name: "servicediscovery", Impl: model.CloudMap()}},
		Do:       func(fn func()) { fn() }, // one client, one call at a time
	})
	if err != nil {
		b.Fatal(err)
	}
	cfg, end := overTheWire(b, h, at.Region)
	b.Cleanup(end)
	return sd.NewFromConfig(cfg), namespace, service
}
