package cloudmap_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"

	"github.com/tranship/tranship/internal/aws/cloudmap"
	"github.com/tranship/tranship/internal/names"
)

// slow takes its time over each list and counts them.
type slow struct {
	*fake
	mu                   sync.Mutex
	namespaced, serviced int
	fail                 func(n int) error
}

func (s *slow) ListNamespaces(ctx context.Context, in *servicediscovery.ListNamespacesInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.ListNamespacesOutput, error) {
	s.mu.Lock()
	s.namespaced++
	s.mu.Unlock()
	<-time.After(time.Second) // virtual
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fake.ListNamespaces(ctx, in)
}

func (s *slow) ListServices(ctx context.Context, in *servicediscovery.ListServicesInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.ListServicesOutput, error) {
	s.mu.Lock()
	s.serviced++
	n := s.serviced
	s.mu.Unlock()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(time.Second):
	}
	if s.fail != nil {
		if err := s.fail(n); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fake.ListServices(ctx, in)
}

func buildSlow() (*slow, *cloudmap.Client) {
	f, _, _ := build()
	f.page = 100
	s := &slow{fake: f}
	return s, cloudmap.New(s, account, region, time.Now)
}

// Two hundred that ask at once for names that nobody has, again and again: one
// listing each time, and ever fewer of them.
func TestMissingNamesShareOneListing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := buildSlow()
		ask := func() {
			var all sync.WaitGroup
			for n := range 200 {
				all.Go(func() {
					if _, err := c.Lookup(t.Context(), fmt.Sprintf("missing-%d.shop.internal", n)); !errors.Is(err, names.ErrNotFound) {
						t.Errorf("%d: %v", n, err)
					}
				})
			}
			all.Wait()
		}
		ask()
		if s.namespaced != 1 || s.serviced != 1 {
			t.Errorf("%d listings of namespaces, %d of services; want one each", s.namespaced, s.serviced)
		}
		begin := time.Now()
		for time.Since(begin) < 10*time.Minute {
			<-time.After(time.Second) // virtual
			ask()
		}
		// After 10, 20, 40 s, then each minute; namespaces every five, as the name fits in one.
		if s.serviced > 13 || s.namespaced > 4 {
			t.Errorf("%d listings of services and %d of namespaces in ten minutes", s.serviced, s.namespaced)
		}
		// What comes new is found within that minute, and after it the next within ten seconds.
		s.services = append(s.services, &types.Service{Id: sdk.String("srv-9"), Name: sdk.String("missing-1"), NamespaceId: sdk.String("ns-shop")})
		<-time.After(61 * time.Second) // virtual
		if ref, err := c.Lookup(t.Context(), "missing-1.shop.internal"); err != nil || ref.ServiceID != "srv-9" {
			t.Errorf("%v, %v", ref, err)
		}
		s.services = append(s.services, &types.Service{Id: sdk.String("srv-10"), Name: sdk.String("missing-2"), NamespaceId: sdk.String("ns-shop")})
		<-time.After(11 * time.Second) // virtual
		if ref, err := c.Lookup(t.Context(), "missing-2.shop.internal"); err != nil || ref.ServiceID != "srv-10" {
			t.Errorf("%v, %v", ref, err)
		}
	})
}

// Names that were found cost nothing, whether AWS answers or not.
func TestFoundNamesCostNoCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := buildSlow()
		if _, err := c.Lookup(t.Context(), "orders.shop.internal"); err != nil {
			t.Fatal(err)
		}
		calls := s.namespaced + s.serviced
		for range 59 {
			<-time.After(time.Minute) // virtual
			if got, err := c.Lookup(t.Context(), "orders.shop.internal"); err != nil || got != orders {
				t.Fatal(got, err)
			}
		}
		if n := s.namespaced + s.serviced; n != calls {
			t.Errorf("%d calls within the hour", n-calls)
		}
		<-time.After(time.Hour) // virtual
		s.answers["ListNamespaces"] = []error{throttled()}
		if got, err := c.Lookup(t.Context(), "orders.shop.internal"); err != nil || got != orders {
			t.Errorf("AWS does not answer: %v, %v", got, err)
		}
		// A longer namespace has come to hold it.
		s.namespaces = append(s.namespaces, types.NamespaceSummary{Id: sdk.String("ns-b"), Name: sdk.String("b.shop.internal"), Type: types.NamespaceTypeDnsPrivate})
		if _, err := c.Lookup(t.Context(), "a.b.shop.internal"); !errors.Is(err, names.ErrNotFound) {
			t.Errorf("the longest zone answers: %v", err)
		}
	})
}

// Who leads a listing and gives up does not fail the others; a failure of AWS is
// shared, and tried anew by whoever comes next.
func TestListingThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := buildSlow()
		if _, err := c.Zone(t.Context(), "orders.shop.internal"); err != nil {
			t.Fatal(err)
		}
		short, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := c.Lookup(short, "orders.shop.internal"); !errors.Is(err, names.ErrUnreachable) {
				t.Errorf("the impatient one: %v", err)
			}
		})
		for range 5 {
			all.Go(func() {
				<-time.After(100 * time.Millisecond) // virtual
				if got, err := c.Lookup(t.Context(), "orders.shop.internal"); err != nil || got != orders {
					t.Errorf("one who waited: %v, %v", got, err)
				}
			})
		}
		all.Wait()
		if s.serviced != 2 {
			t.Errorf("%d listings, want 2", s.serviced)
		}

		s, c = buildSlow()
		s.fail = func(n int) error {
			if n == 1 {
				return throttled()
			}
			return nil
		}
		var mu sync.Mutex
		failed := 0
		for range 5 {
			all.Go(func() {
				if _, err := c.Lookup(t.Context(), "orders.shop.internal"); errors.Is(err, names.ErrThrottled) {
					mu.Lock()
					failed++
					mu.Unlock()
				}
			})
		}
		all.Wait()
		if failed != 5 || s.serviced != 1 {
			t.Errorf("%d of 5 heard of it, %d listings", failed, s.serviced)
		}
		short, cancel = context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		all.Go(func() { _, _ = c.Lookup(t.Context(), "orders.shop.internal") })
		synctest.Wait()
		if _, err := c.Lookup(short, "orders.shop.internal"); !errors.Is(err, names.ErrUnreachable) || !strings.Contains(err.Error(), "gave up waiting") {
			t.Errorf("who can not wait: %v", err)
		}
		all.Wait()
	})
}

// A namespace that is gone with all its services is listed again once, not once
// for each of them.
func TestNamesOfADeletedNamespace(t *testing.T) {
	f, c, _ := build()
	f.page = 100
	var refs []names.Ref
	for n := range 20 {
		id := fmt.Sprintf("srv-x%d", n)
		f.services = append(f.services, &types.Service{Id: sdk.String(id), Name: sdk.String(fmt.Sprintf("x%d", n)), NamespaceId: sdk.String("ns-op")})
		refs = append(refs, names.Ref{Account: account, Region: region, NamespaceID: "ns-op", ServiceID: id})
	}
	if got, err := c.Lookup(t.Context(), "x1.op.internal"); err != nil || got != refs[1] {
		t.Fatal(got, err)
	}
	f.services = f.services[:4]
	lists := 0
	f.before["ListServices"] = func() { lists++ }
	for n, ref := range refs {
		if _, err := c.View(t.Context(), ref); !errors.Is(err, names.ErrNotFound) {
			t.Errorf("%v: %v", ref, err)
		}
		if _, err := c.Lookup(t.Context(), fmt.Sprintf("x%d.op.internal", n)); !errors.Is(err, names.ErrNotFound) {
			t.Errorf("%d: %v", n, err)
		}
	}
	if lists != 1 {
		t.Errorf("%d listings of a namespace without services", lists)
	}
}
