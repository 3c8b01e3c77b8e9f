package cloudmap_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"

	"github.com/tranship/tranship/internal/aws/cloudmap"
	"github.com/tranship/tranship/internal/pace"
)

// returning notes which calls come again instead of waiting.
type returning struct {
	*fake
	calls []string
}

func (r *returning) note(ctx context.Context, operation string) {
	if _, ok := pace.Returns(ctx); ok {
		r.calls = append(r.calls, operation)
	}
}

func (r *returning) GetService(ctx context.Context, in *servicediscovery.GetServiceInput, o ...func(*servicediscovery.Options)) (*servicediscovery.GetServiceOutput, error) {
	r.note(ctx, "GetService")
	return r.fake.GetService(ctx, in, o...)
}

func (r *returning) ListInstances(ctx context.Context, in *servicediscovery.ListInstancesInput, o ...func(*servicediscovery.Options)) (*servicediscovery.ListInstancesOutput, error) {
	r.note(ctx, "ListInstances")
	return r.fake.ListInstances(ctx, in, o...)
}

func (r *returning) RegisterInstance(ctx context.Context, in *servicediscovery.RegisterInstanceInput, o ...func(*servicediscovery.Options)) (*servicediscovery.RegisterInstanceOutput, error) {
	r.note(ctx, "RegisterInstance")
	return r.fake.RegisterInstance(ctx, in, o...)
}

// A reading that has begun waits for the turns of its other calls; what is one call
// comes again.
func TestWhatHasBegunWaits(t *testing.T) {
	f, _, _ := build()
	r := &returning{fake: f}
	c := cloudmap.New(r, account, region, time.Now)
	ctx := pace.WhoReturns(t.Context(), "orders")
	if _, err := c.View(ctx, orders); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Register(ctx, orders, view().Instances[0], "token"); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(r.calls, []string{"GetService", "RegisterInstance"}) {
		t.Errorf("these come again: %q", r.calls)
	}
}
