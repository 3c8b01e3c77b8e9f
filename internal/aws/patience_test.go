package aws_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"

	"github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/pace"
)

// atRate is a client with so many calls a second, one at once, that counts them.
func atRate(t *testing.T, perSecond float64, sent *int) *servicediscovery.Client {
	return servicediscovery.NewFromConfig(load(t, aws.Options{Pacing: pacing(t, perSecond, 1, time.Minute), HTTPClient: wire(func(*http.Request) (*http.Response, error) {
		*sent++
		return say(http.StatusOK, `{}`), nil
	})}))
}

// A call that has no patience is refused where it is not its turn, and waits for
// nothing; no turn is kept for it.
func TestPatience(t *testing.T) {
	alone(t)
	synctest.Test(t, func(t *testing.T) {
		sent, t0 := 0, time.Now()
		api := atRate(t, 1, &sent)
		ctx := pace.WithPatience(t.Context(), 0)
		if err := getService(ctx, api); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if err := getService(ctx, api); !errors.Is(err, pace.ErrNotYet) || !errors.Is(aws.ClassOf(err), names.ErrThrottled) {
				t.Errorf("it was not its turn: %v", err)
			}
		}
		if err := aws.Sleep(t.Context(), time.Second); err != nil {
			t.Fatal(err)
		}
		if err := getService(ctx, api); err != nil || since(t0) != time.Second || sent != 2 {
			t.Errorf("after %v, %d sent: %v", since(t0), sent, err)
		}
	})
}

// Whoever comes again is told its turn, which is kept: it comes before those who
// asked later, even if they wait.
func TestWhoReturns(t *testing.T) {
	alone(t)
	synctest.Test(t, func(t *testing.T) {
		sent, t0 := 0, time.Now()
		api := atRate(t, 1, &sent)
		a, b := pace.WhoReturns(t.Context(), "a"), pace.WhoReturns(t.Context(), "b")
		if err := getService(b, api); err != nil {
			t.Fatal(err)
		}
		turn := func(ctx context.Context) time.Duration {
			t.Helper()
			var not *pace.NotYet
			err := getService(ctx, api)
			if !errors.As(err, &not) || !errors.Is(err, pace.ErrNotYet) || !errors.Is(aws.ClassOf(err), names.ErrThrottled) {
				t.Fatalf("it was not its turn: %v", err)
			}
			return not.At.Sub(t0)
		}
		for range 3 {
			if at := turn(a); at != time.Second {
				t.Errorf("the first turn is after %v", at)
			}
		}
		if at := turn(b); at != 2*time.Second {
			t.Errorf("the second turn is after %v", at)
		}
		waited := make(chan error)
		go func() { waited <- getService(t.Context(), api) }()
		synctest.Wait()
		if err := aws.Sleep(t.Context(), time.Second); err != nil {
			t.Fatal(err)
		}
		if err := getService(a, api); err != nil {
			t.Errorf("at its turn: %v", err)
		}
		if at := turn(a); at != 4*time.Second {
			t.Errorf("the turn after that of one who waits is after %v", at)
		}
		if err := <-waited; err != nil || since(t0) != 3*time.Second {
			t.Errorf("one who waits came after %v: %v", since(t0), err)
		}
		if err := getService(b, api); !errors.Is(err, pace.ErrNotYet) {
			t.Errorf("it comes late, and the token is not there yet: %v", err)
		}
		if sent != 3 {
			t.Errorf("%d were sent", sent)
		}
	})
}

// A throttle makes the turns of those who wait later ones, and they wait on.
func TestAThrottleWhileOthersWait(t *testing.T) {
	alone(t)
	synctest.Test(t, func(t *testing.T) {
		t0 := time.Now()
		var at []time.Duration
		api := servicediscovery.NewFromConfig(load(t, aws.Options{Pacing: pacing(t, 1, 1, 0), HTTPClient: wire(func(*http.Request) (*http.Response, error) {
			if at = append(at, since(t0)); len(at) > 1 {
				return say(http.StatusOK, `{}`), nil
			}
			_ = aws.Sleep(t.Context(), 100*time.Millisecond)
			return throttle(), nil
		})}))
		done := make(chan error)
		for range 2 {
			go func() {
				_, err := api.GetService(t.Context(), &servicediscovery.GetServiceInput{Id: sdk.String("srv-1")})
				done <- err
			}()
			synctest.Wait()
		}
		if err := <-done; !errors.Is(aws.ClassOf(err), names.ErrThrottled) {
			t.Fatalf("want a throttle, got %v", err)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if len(at) != 2 || at[1] < 2*time.Second || at[1] > 3*time.Second {
			t.Errorf("sent after %v; half the rate from the throttle on is 2.1 s", at)
		}
	})
}
