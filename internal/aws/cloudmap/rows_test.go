package cloudmap_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"

	"github.com/tranship/tranship/internal/aws/cloudmap"
	"github.com/tranship/tranship/internal/names"
)

// Behaviours of docs/externaldns.md that no other test here holds; the numbers
// are its rows.

// 31, 32: a service that DNS does not know, and instances of any shape, are read
// as they are.
func TestViewOfOddServices(t *testing.T) {
	f, c, _ := build()
	f.page = 100
	f.services = append(f.services, &types.Service{Id: sdk.String("srv-http"), Name: sdk.String("api"), NamespaceId: sdk.String("ns-http"), Type: types.ServiceTypeHttp, Description: sdk.String("made by somebody")})
	f.instances = map[string]map[string]string{
		"nothing": nil, "words": {"stage": "blue", "AWS_NEVER_HEARD_OF": "x"}, "machine": {"AWS_EC2_INSTANCE_ID": "i-1", "AWS_INSTANCE_PORT": "8080"},
		"srv": {"AWS_INSTANCE_IPV4": "10.0.0.1", "AWS_INSTANCE_PORT": "no number"},
	}
	v, err := c.View(t.Context(), names.Ref{Account: account, Region: region, NamespaceID: "ns-http", ServiceID: "srv-http"})
	if err != nil || len(v.Instances) != 4 || len(v.Settings.Records) != 0 || v.Settings.Type != names.TypeHTTP || v.Settings.DNSName() != "api.very.shop.internal" {
		t.Errorf("%+v, %v", v, err)
	}
}

// asking notes under which name the data plane is asked for a service.
type asking struct {
	*fake
	namespaces []string
}

func (a *asking) DiscoverInstancesRevision(_ context.Context, in *servicediscovery.DiscoverInstancesRevisionInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.DiscoverInstancesRevisionOutput, error) {
	a.namespaces = append(a.namespaces, sdk.ToString(in.NamespaceName))
	return &servicediscovery.DiscoverInstancesRevisionOutput{InstancesRevision: sdk.Int64(a.revision)}, nil
}

// 60: where Cloud Map gave a namespace another name for API calls, that is the
// one they use.
func TestDataPlaneNameOfANamespace(t *testing.T) {
	f, _, _ := build()
	f.page = 100
	f.namespaces[1].Properties.HttpProperties.HttpName = sdk.String("shop.internal-2")
	a := &asking{fake: f}
	c := cloudmap.New(a, account, region, time.Now)
	v, err := c.View(t.Context(), orders)
	if err != nil || v.Settings.DNSName() != "orders.shop.internal" {
		t.Errorf("%s, %v", v.Settings.DNSName(), err)
	}
	if _, err := c.Revision(t.Context(), orders); err != nil {
		t.Error(err)
	}
	if asked := slices.Compact(a.namespaces); len(asked) != 1 || asked[0] != "shop.internal-2" {
		t.Errorf("asked in %q", asked)
	}
}

// 38: more namespaces and services than one page holds.
func TestManyPages(t *testing.T) {
	f, c, _ := build()
	f.page = 100
	for n := range 130 {
		f.namespaces = append(f.namespaces, types.NamespaceSummary{Id: sdk.String(fmt.Sprintf("ns-%d", n)), Name: sdk.String(fmt.Sprintf("z%d.example", n)), Type: types.NamespaceTypeDnsPrivate})
	}
	for n := range 250 {
		f.services = append(f.services, &types.Service{Id: sdk.String(fmt.Sprintf("srv-z%d", n)), Name: sdk.String(fmt.Sprintf("s%d", n)), NamespaceId: sdk.String("ns-129")})
	}
	for n := range 250 {
		if got, err := c.Lookup(t.Context(), fmt.Sprintf("s%d.z129.example", n)); err != nil || got.ServiceID != fmt.Sprintf("srv-z%d", n) {
			t.Errorf("%d: %v, %v", n, got, err)
		}
	}
	if len(f.calls) != 5 {
		t.Errorf("calls %q", f.calls)
	}
}

// 30: services that may not be listed are those of one namespace.
func TestDeniedNamespaceIsAlone(t *testing.T) {
	f, c, _ := build()
	f.page = 100
	f.services = append(f.services, &types.Service{Id: sdk.String("srv-op"), Name: sdk.String("pager"), NamespaceId: sdk.String("ns-op")})
	f.answers["ListServices"] = []error{denied()}
	if _, err := c.Lookup(t.Context(), "orders.shop.internal"); !errors.Is(err, names.ErrDenied) {
		t.Errorf("denied: %v", err)
	}
	if got, err := c.Lookup(t.Context(), "pager.op.internal"); err != nil || got.ServiceID != "srv-op" {
		t.Errorf("another namespace: %v, %v", got, err)
	}
}
