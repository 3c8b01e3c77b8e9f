package aws

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	faults "github.com/tranship/tranship/lab/fault"
)

// spoiled serves with one fault, and counts what had an effect.
func spoiled(t *testing.T, f faults.Fault) (e *endpoint, ran func() int, waited func() []time.Duration) {
	t.Helper()
	set := faults.NewSet(1)
	if _, err := set.Add(time.Now(), f); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var waits []time.Duration
	n := 0
	e = serve(t, func(c *Config) {
		c.Fault = func(call Call) (faults.Fault, bool) {
			return set.Hit(time.Now(), faults.InCall, faults.Target{Service: call.Service, Operation: call.Operation, Resources: []string{call.Resource}})
		}
		c.Wait = func(_ context.Context, d time.Duration) {
			mu.Lock()
			defer mu.Unlock()
			waits = append(waits, d)
		}
	})
	e.answer = func(op string, _ any) (any, error) {
		n++ // under fake's lock, as the reading below
		switch op {
		case "ListServices":
			return &servicediscovery.ListServicesOutput{}, nil
		case "DiscoverInstances":
			return &servicediscovery.DiscoverInstancesOutput{}, nil
		case "ListClusters":
			return &ecs.ListClustersOutput{}, nil
		case "DescribeVpcs":
			return &ec2.DescribeVpcsOutput{}, nil
		}
		return &sts.GetCallerIdentityOutput{}, nil
	}
	ran = func() int {
		e.fake.mu.Lock()
		defer e.fake.mu.Unlock()
		return n
	}
	waited = func() []time.Duration {
		mu.Lock()
		defer mu.Unlock()
		return waits
	}
	return e, ran, waited
}

// callService makes one call of a service by its real client.
func callService(t *testing.T, e *endpoint, service string) error {
	t.Helper()
	cfg := e.config(t)
	var err error
	switch service {
	case "servicediscovery":
		_, err = servicediscovery.NewFromConfig(cfg).ListServices(t.Context(), &servicediscovery.ListServicesInput{})
	case "data":
		name := "x"
		_, err = servicediscovery.NewFromConfig(cfg).DiscoverInstances(t.Context(), &servicediscovery.DiscoverInstancesInput{NamespaceName: &name, ServiceName: &name})
	case "ecs":
		_, err = ecs.NewFromConfig(cfg).ListClusters(t.Context(), &ecs.ListClustersInput{})
	case "ec2":
		_, err = ec2.NewFromConfig(cfg).DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{})
	default:
		_, err = sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	}
	return err
}

// Each refusal is what the real clients take it for: throttling is retried as
// such, 500 and 503 as a server's failure, and nothing has happened.
func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		kind    faults.Kind
		service string
		code    string
		status  int
	}{
		{faults.Throttle, "servicediscovery", "ThrottlingException", 400},
		{faults.Throttle, "data", "RequestLimitExceeded", 400},
		{faults.Throttle, "ecs", "ThrottlingException", 400},
		{faults.Throttle, "ec2", "RequestLimitExceeded", 503},
		{faults.Throttle, "sts", "Throttling", 400},
		{faults.Error, "servicediscovery", "InternalFailure", 500},
		{faults.Error, "ec2", "InternalError", 500},
		{faults.Error, "sts", "InternalFailure", 500},
		{faults.Unavailable, "ecs", "ServiceUnavailable", 503},
		{faults.Unavailable, "ec2", "Unavailable", 503},
		{faults.Unavailable, "sts", "ServiceUnavailable", 503},
	} {
		t.Run(string(c.kind)+" "+c.service, func(t *testing.T) {
			e, ran, _ := spoiled(t, faults.Fault{Kind: c.kind})
			err := callService(t, e, c.service)
			var api smithy.APIError
			var resp *smithyhttp.ResponseError
			if !errors.As(err, &api) || !errors.As(err, &resp) {
				t.Fatalf("the client says %v", err)
			}
			if api.ErrorCode() != c.code || resp.HTTPStatusCode() != c.status {
				t.Errorf("%s with status %d, want %s with %d", api.ErrorCode(), resp.HTTPStatusCode(), c.code, c.status)
			}
			if !retry.NewStandard().IsErrorRetryable(err) {
				t.Errorf("the SDK would not try again after %v", err)
			}
			if n := ran(); n != 0 {
				t.Errorf("the operation ran %d times", n)
			}
			if rec := e.last(t); rec.Fault != c.kind || rec.Status != c.status || rec.ErrorCode != c.code {
				t.Errorf("recorded %+v", rec)
			}
		})
	}
}

// What is cut reaches the client as the end of the connection, and the effect is
// there or not as the kind says.
func TestNoAnswer(t *testing.T) {
	for _, c := range []struct {
		kind  faults.Kind
		ran   int
		waits int
	}{
		{faults.TimeoutBefore, 0, 1},
		{faults.TimeoutAfter, 1, 1},
		{faults.LostAnswer, 1, 0},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			e, ran, waited := spoiled(t, faults.Fault{Kind: c.kind, Next: 1})
			err := callService(t, e, "servicediscovery")
			if !errors.Is(err, io.EOF) {
				t.Errorf("the client says %v, want the end of the connection", err)
			}
			if ran() != c.ran || len(waited()) != c.waits {
				t.Errorf("ran %d times and waited %v; want %d and %d", ran(), waited(), c.ran, c.waits)
			}
			if rec := e.last(t); rec.Status != 0 || rec.Fault != c.kind {
				t.Errorf("recorded %+v", rec)
			}
			if err := callService(t, e, "servicediscovery"); err != nil {
				t.Errorf("the next call: %v", err)
			}
		})
	}
}

func TestSlowAnswer(t *testing.T) {
	e, ran, waited := spoiled(t, faults.Fault{Kind: faults.SlowAnswer, Service: "ecs", Delay: faults.Duration(3 * time.Second)})
	if err := errors.Join(callService(t, e, "ecs"), callService(t, e, "sts")); err != nil {
		t.Fatal(err)
	}
	if w := waited(); ran() != 2 || len(w) != 1 || w[0] != 3*time.Second {
		t.Errorf("ran %d times and waited %v", ran(), w)
	}
}

// A client that leaves ends the waiting.
func TestWaitingEndsWithTheClient(t *testing.T) {
	e, _, _ := spoiled(t, faults.Fault{Kind: faults.TimeoutBefore})
	h := make(chan struct{})
	done := make(chan struct{})
	e2 := serve(t, func(c *Config) {
		c.Fault = func(Call) (faults.Fault, bool) {
			return faults.Fault{Kind: faults.TimeoutBefore, Delay: faults.Duration(time.Hour)}, true
		}
		c.Wait = func(ctx context.Context, d time.Duration) {
			close(h)
			wait(ctx, d)
			close(done)
		}
	})
	e2.answer = e.answer
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() {
		_, err := ecs.NewFromConfig(e2.config(t)).ListClusters(ctx, &ecs.ListClustersInput{})
		gone <- err
	}()
	<-h
	leave()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("the client says %v", err)
	}
	<-done
}

// A refused signature is refused, whatever else is to go wrong: faults are for
// those who are let in.
func TestStrangersMeetNoFault(t *testing.T) {
	e, _, _ := spoiled(t, faults.Fault{Kind: faults.Throttle})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.url+"/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", "AmazonEC2ContainerServiceV20141113.ListClusters")
	if status, _ := send(t, r); status != http.StatusBadRequest {
		t.Errorf("status %d", status)
	}
	if rec := e.last(t); rec.Fault != "" || rec.ErrorCode != "MissingAuthenticationTokenException" {
		t.Errorf("recorded %+v", rec)
	}
}
