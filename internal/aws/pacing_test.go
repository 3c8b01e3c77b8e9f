package aws_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/pace"
)

func getService(ctx context.Context, api *servicediscovery.Client) error {
	_, err := api.GetService(ctx, &servicediscovery.GetServiceInput{Id: sdk.String("srv-1")})
	return err
}

func pacing(t *testing.T, perSecond float64, burst int, most time.Duration) *aws.Pacing {
	t.Helper()
	p, err := pace.New([]pace.Rate{{Op: "servicediscovery:GetService", PerSecond: perSecond, Burst: burst}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	return aws.NewPacing(p, time.Now, nil, most)
}

func TestCallsWaitForTheirTurn(t *testing.T) {
	alone(t)
	synctest.Test(t, func(t *testing.T) {
		t0 := time.Now()
		var mu sync.Mutex
		var at []time.Duration
		cfg := load(t, aws.Options{Pacing: pacing(t, 2, 2, 0), HTTPClient: wire(func(*http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			at = append(at, since(t0))
			return say(http.StatusOK, `{}`), nil
		})})
		api := servicediscovery.NewFromConfig(cfg)
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				if err := getService(t.Context(), api); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		want := []time.Duration{0, 0, 500 * time.Millisecond, time.Second, 1500 * time.Millisecond}
		if diff := cmp.Diff(want, at); diff != "" {
			t.Errorf("calls left at (-want +got):\n%s", diff)
		}
	})
}

func TestAQueueThatIsTooLongIsRefusedUnsent(t *testing.T) {
	alone(t)
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		cfg := load(t, aws.Options{Pacing: pacing(t, 0.1, 1, 5*time.Second), HTTPClient: wire(func(*http.Request) (*http.Response, error) {
			sent++
			return say(http.StatusOK, `{}`), nil
		})})
		api := servicediscovery.NewFromConfig(cfg)
		if err := getService(t.Context(), api); err != nil {
			t.Fatal(err)
		}
		t0 := time.Now()
		if err := getService(t.Context(), api); !errors.Is(err, names.ErrThrottled) || since(t0) != 0 {
			t.Errorf("after %v: %v", since(t0), err)
		}
		// The refused call took no turn.
		if err := aws.Sleep(t.Context(), 5*time.Second); err != nil {
			t.Fatal(err)
		}
		if err := getService(t.Context(), api); err != nil {
			t.Errorf("after half of the wait: %v", err)
		}
		if sent != 2 {
			t.Errorf("%d calls left, want 2", sent)
		}
	})
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	alone(t)
	synctest.Test(t, func(t *testing.T) {
		cfg := load(t, aws.Options{Pacing: pacing(t, 0.1, 1, time.Minute), HTTPClient: wire(func(*http.Request) (*http.Response, error) {
			return say(http.StatusOK, `{}`), nil
		})})
		api := servicediscovery.NewFromConfig(cfg)
		if err := getService(t.Context(), api); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		t0 := time.Now()
		err := getService(ctx, api)
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(aws.ClassOf(err), names.ErrThrottled) || since(t0) != time.Second {
			t.Errorf("after %v: %v", since(t0), err)
		}
	})
}

func TestAThrottleSlowsDown(t *testing.T) {
	alone(t)
	synctest.Test(t, func(t *testing.T) {
		replies := []*http.Response{throttle(), say(http.StatusOK, `{}`)}
		cfg := load(t, aws.Options{Pacing: pacing(t, 10, 10, 0), HTTPClient: wire(func(*http.Request) (*http.Response, error) {
			r := replies[0]
			replies = replies[1:]
			return r, nil
		})})
		api := servicediscovery.NewFromConfig(cfg)
		if err := getService(t.Context(), api); !errors.Is(aws.ClassOf(err), names.ErrThrottled) {
			t.Fatalf("want a throttle, got %v", err)
		}
		t0 := time.Now()
		if err := getService(t.Context(), api); err != nil {
			t.Fatal(err)
		}
		if since(t0) != 200*time.Millisecond {
			t.Errorf("the next call left after %v, want 200ms: half the rate, empty bucket", since(t0))
		}
	})
}

func TestAudit(t *testing.T) {
	alone(t)
	synctest.Test(t, func(t *testing.T) {
		replies := []*http.Response{say(http.StatusOK, `{}`), throttle()}
		var calls []aws.Call
		cfg := load(t, aws.Options{
			Pacing: pacing(t, 1, 1, 0), Now: time.Now, Audit: func(c aws.Call) { calls = append(calls, c) },
			HTTPClient: wire(func(*http.Request) (*http.Response, error) {
				r := replies[0]
				replies = replies[1:]
				return r, nil
			}),
		})
		api := servicediscovery.NewFromConfig(cfg)
		t0 := time.Now()
		ctx := aws.WithObject(t.Context(), "service srv-1")
		if err := getService(ctx, api); err != nil {
			t.Fatal(err)
		}
		err := getService(ctx, api)
		base := aws.Call{Service: "servicediscovery", Operation: "GetService", Object: "service srv-1", At: t0}
		failed := base
		base.RequestID = "req-1"
		failed.RequestID, failed.Took, failed.Waited = "req-1", time.Second, time.Second
		failed.Code, failed.Class = "ThrottlingException", names.ErrThrottled
		equal := cmp.Comparer(func(a, b error) bool { return errors.Is(a, b) || errors.Is(b, a) })
		if calls[1].Err == nil || !errors.Is(err, calls[1].Err) {
			t.Errorf("the audit heard %v, the caller %v", calls[1].Err, err)
		}
		calls[1].Err = nil
		if diff := cmp.Diff([]aws.Call{base, failed}, calls, equal); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
}
