package aws_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/internal/names"
)

// A custom endpoint, however it is given, gets every operation at its own host.
func TestCustomEndpointKeepsItsHost(t *testing.T) {
	alone(t)
	var hosts, agents []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hosts, agents = append(hosts, r.Host), append(agents, r.UserAgent())
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		if _, err := w.Write([]byte(`{"InstancesRevision": 7}`)); err != nil {
			t.Error(err)
		}
	}))
	defer srv.Close()

	for name, given := range map[string]func(t *testing.T, o *aws.Options){
		"option":      func(_ *testing.T, o *aws.Options) { o.Endpoint = srv.URL },
		"environment": func(t *testing.T, _ *aws.Options) { t.Setenv("AWS_ENDPOINT_URL", srv.URL) },
		"environment, one service": func(t *testing.T, _ *aws.Options) {
			t.Setenv("AWS_ENDPOINT_URL_SERVICEDISCOVERY", srv.URL)
		},
	} {
		t.Run(name, func(t *testing.T) {
			hosts, agents = nil, nil
			o := aws.Options{Version: "1.2.3", HTTPClient: srv.Client()}
			given(t, &o)
			out, err := servicediscovery.NewFromConfig(load(t, o)).DiscoverInstancesRevision(t.Context(),
				&servicediscovery.DiscoverInstancesRevisionInput{NamespaceName: sdk.String("shop.internal"), ServiceName: sdk.String("orders")})
			if err != nil {
				t.Fatal(err)
			}
			if sdk.ToInt64(out.InstancesRevision) != 7 {
				t.Errorf("revision %v", out.InstancesRevision)
			}
			if want := []string{strings.TrimPrefix(srv.URL, "http://")}; !slices.Equal(hosts, want) {
				t.Errorf("hosts %v, want %v", hosts, want)
			}
			if !strings.Contains(agents[0], "tranship/1.2.3") {
				t.Errorf("user agent %q", agents[0])
			}
		})
	}
}

// Against AWS itself the data plane keeps its own host.
func TestWithoutEndpointTheDataPlaneHasItsOwnHost(t *testing.T) {
	alone(t)
	var host string
	cfg := load(t, aws.Options{HTTPClient: wire(func(r *http.Request) (*http.Response, error) {
		host = r.URL.Host
		return say(http.StatusOK, `{}`), nil
	})})
	_, err := servicediscovery.NewFromConfig(cfg).DiscoverInstancesRevision(t.Context(),
		&servicediscovery.DiscoverInstancesRevisionInput{NamespaceName: sdk.String("n"), ServiceName: sdk.String("s")})
	if err != nil || host != "data-servicediscovery.eu-central-1.amazonaws.com" {
		t.Errorf("host %q, error %v", host, err)
	}
}

// A write that is no longer allowed does not leave; a read does.
func TestAllowedIsAskedRightBeforeAWriteLeaves(t *testing.T) {
	alone(t)
	var log []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		log = append(log, "wire "+strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "Route53AutoNaming_v20170314."))
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		if _, err := w.Write([]byte(`{"OperationId":"op-1"}`)); err != nil {
			t.Error(err)
		}
	}))
	defer srv.Close()
	var lease error
	cfg := load(t, aws.Options{Endpoint: srv.URL, HTTPClient: srv.Client(), Allowed: func() error {
		log = append(log, "asked")
		return lease
	}})
	api := servicediscovery.NewFromConfig(cfg)
	deregister := func() error {
		_, err := api.DeregisterInstance(t.Context(), &servicediscovery.DeregisterInstanceInput{ServiceId: sdk.String("srv-1"), InstanceId: sdk.String("i")})
		return err
	}
	if err := deregister(); err != nil {
		t.Fatal(err)
	}
	lease = errors.New("the lease was last renewed 11s ago")
	err := aws.Wrap("servicediscovery", "DeregisterInstance", "instance i", deregister())
	if !errors.Is(err, aws.ErrNotSent) || !errors.Is(err, lease) || !errors.Is(err, names.ErrConflict) {
		t.Errorf("error %v", err)
	}
	if want := "DeregisterInstance of instance i: not sent: the lease was last renewed 11s ago"; err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if _, err := api.GetOperation(t.Context(), &servicediscovery.GetOperationInput{OperationId: sdk.String("op-1")}); err != nil {
		t.Errorf("a read is kept back: %v", err)
	}
	if want := []string{"asked", "wire DeregisterInstance", "asked", "wire GetOperation"}; !slices.Equal(log, want) {
		t.Errorf("log %q, want %q", log, want)
	}
}

func TestMutating(t *testing.T) {
	for op, want := range map[string]bool{
		"GetService": false, "ListInstances": false, "DescribeTasks": false, "DiscoverInstances": false,
		"RegisterInstance": true, "DeregisterInstance": true, "UpdateService": true, "UpdateInstanceCustomHealthStatus": true, "SomethingNew": true,
	} {
		if got := aws.Mutating(op); got != want {
			t.Errorf("%s: %v", op, got)
		}
	}
}

// One attempt, and no longer than the time-out, whatever the reply.
func TestOneAttemptWithinItsTimeout(t *testing.T) {
	alone(t)
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		cfg := load(t, aws.Options{HTTPClient: wire(func(r *http.Request) (*http.Response, error) {
			calls++
			<-r.Context().Done()
			return nil, r.Context().Err()
		})})
		t0 := time.Now()
		_, err := servicediscovery.NewFromConfig(cfg).GetService(t.Context(), &servicediscovery.GetServiceInput{Id: sdk.String("srv-1")})
		if !errors.Is(aws.ClassOf(err), names.ErrUnreachable) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		if calls != 1 || since(t0) != aws.AttemptTimeout {
			t.Errorf("%d attempts in %v, want one of %v", calls, since(t0), aws.AttemptTimeout)
		}

		calls = 0
		cfg = load(t, aws.Options{HTTPClient: wire(func(*http.Request) (*http.Response, error) {
			calls++
			return say(http.StatusInternalServerError, `{"__type":"InternalFailure"}`), nil
		})})
		_, err = servicediscovery.NewFromConfig(cfg).GetService(t.Context(), &servicediscovery.GetServiceInput{Id: sdk.String("srv-1")})
		if !errors.Is(aws.ClassOf(err), names.ErrUnreachable) || calls != 1 {
			t.Errorf("%d attempts, error %v", calls, err)
		}
	})
}

func TestLoadSaysWhatIsMissing(t *testing.T) {
	alone(t)
	if _, err := aws.Load(t.Context(), aws.Options{}); !errors.Is(err, names.ErrInvalid) || !strings.Contains(err.Error(), "AWS_REGION") {
		t.Errorf("no region: %v", err)
	}
	if _, err := aws.Load(t.Context(), aws.Options{Region: "eu-central-1", Audit: func(aws.Call) {}}); err == nil {
		t.Error("an audit without a clock is accepted")
	}
}

func TestCallerIdentity(t *testing.T) {
	alone(t)
	const xml = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>` +
		`<Arn>arn:aws:iam::123456789012:user/a</Arn><UserId>U</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`
	const bad = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>InvalidClientTokenId</Code>` +
		`<Message>The security token included in the request is invalid.</Message></Error></ErrorResponse>`
	reply := func(status int, body string) wire {
		return func(*http.Request) (*http.Response, error) {
			r := say(status, body)
			r.Header.Set("Content-Type", "text/xml")
			return r, nil
		}
	}
	who, err := aws.CallerIdentity(t.Context(), sts.NewFromConfig(load(t, aws.Options{HTTPClient: reply(http.StatusOK, xml)})))
	if err != nil || who != (aws.Identity{Account: "123456789012", ARN: "arn:aws:iam::123456789012:user/a"}) {
		t.Fatalf("%+v, %v", who, err)
	}

	_, err = aws.CallerIdentity(t.Context(), sts.NewFromConfig(load(t, aws.Options{HTTPClient: reply(http.StatusForbidden, bad)})))
	if !errors.Is(err, names.ErrDenied) || !strings.Contains(err.Error(), "AWS does not accept the credentials: InvalidClientTokenId") {
		t.Errorf("wrong key: %v", err)
	}

	// Nobody listens at the address of a server that has closed.
	srv := httptest.NewServer(http.NotFoundHandler())
	srv.Close()
	_, err = aws.CallerIdentity(t.Context(), sts.NewFromConfig(load(t, aws.Options{Endpoint: srv.URL})))
	if !errors.Is(err, names.ErrUnreachable) || !strings.Contains(err.Error(), "connection refused; check the network, the region and AWS_ENDPOINT_URL") {
		t.Errorf("closed endpoint: %v", err)
	}

	cfg, err := aws.Load(t.Context(), aws.Options{Region: "eu-central-1", HTTPClient: reply(http.StatusOK, xml)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = aws.CallerIdentity(t.Context(), sts.NewFromConfig(cfg))
	if !errors.Is(err, names.ErrDenied) || !strings.Contains(err.Error(), "denied: no AWS credentials: none in the environment") {
		t.Errorf("no credentials: %v", err)
	}
}
