package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	product "github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/lab/aws"
	"github.com/tranship/tranship/lab/cloud"
	"github.com/tranship/tranship/lab/load"
)

// discoverer asks DiscoverInstances with the SDK, over the wire, once: a second
// try would hide a failure. It has an endpoint of its own to the same AWS, which
// no fault on the wire hits and no report counts: clients are the measure of what
// is tried on the lab, not its object.
type discoverer struct {
	api    *servicediscovery.Client
	http   *http.Transport
	server *http.Server
	served chan struct{}
}

func (l *Lab) newDiscoverer(ctx context.Context) (*discoverer, error) {
	key := aws.Credentials{AccessKeyID: "AKIA" + strings.ToUpper(random(8)), SecretAccessKey: random(20)}
	h, err := aws.NewHandler(aws.Config{
		Credentials: key, Region: l.Options.Region, Account: Account,
		Services: []aws.Service{{Name: "servicediscovery", Impl: l.live.model.CloudMap()}},
		Do:       func(fn func()) { l.live.do(func(*cloud.Cloud) { fn() }) },
	})
	if err != nil {
		return nil, err
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	d := &discoverer{
		http:   &http.Transport{MaxIdleConnsPerHost: 16, IdleConnTimeout: 30 * time.Second},
		server: aws.NewServer(h), served: make(chan struct{}),
	}
	go func() {
		defer close(d.served)
		if err := d.server.Serve(ln); err != nil && !errors.Is(err, http.ErrServerClosed) {
			l.fail(fmt.Errorf("the clients' AWS endpoint: %w", err))
		}
	}()
	endpoint := "http://" + ln.Addr().String()
	d.api = servicediscovery.New(servicediscovery.Options{
		Region: l.Options.Region, BaseEndpoint: &endpoint, Retryer: sdk.NopRetryer{},
		Credentials: credentials.NewStaticCredentialsProvider(key.AccessKeyID, key.SecretAccessKey, ""),
		HTTPClient:  &http.Client{Transport: d.http, Timeout: 5 * time.Second},
		APIOptions:  []func(*middleware.Stack) error{product.PlainBodies, sameHost},
	})
	return d, nil
}

// sameHost keeps the SDK from putting data- before the endpoint's host, which on
// loopback is an address.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_DiscoverInstances.html
func sameHost(s *middleware.Stack) error {
	return s.Initialize.Add(middleware.InitializeMiddlewareFunc("SameHost", func(
		ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
	) (middleware.InitializeOutput, middleware.Metadata, error) {
		return next.HandleInitialize(smithyhttp.DisableEndpointHostPrefix(ctx, true), in)
	}), middleware.Before)
}

// lookup asks for the healthy instances behind a name.
func (d *discoverer) lookup(ctx context.Context, _ netip.Addr, name string) (load.Answer, error) {
	service, namespace, _ := strings.Cut(name, ".")
	out, err := d.api.DiscoverInstances(ctx, &servicediscovery.DiscoverInstancesInput{
		ServiceName: &service, NamespaceName: &namespace, HealthStatus: types.HealthStatusFilterHealthy,
	})
	var noService *types.ServiceNotFound
	if errors.As(err, &noService) {
		return load.Answer{Rcode: "NXDOMAIN"}, nil
	}
	if err != nil {
		return load.Answer{}, fmt.Errorf("DiscoverInstances of %s: %w", name, err)
	}
	var a load.Answer
	for _, i := range out.Instances {
		if addr, err := netip.ParseAddr(i.Attributes["AWS_INSTANCE_IPV4"]); err == nil {
			a.Addrs = append(a.Addrs, addr)
		}
	}
	return a, nil
}

func (d *discoverer) close() {
	d.http.CloseIdleConnections()
	_ = d.server.Close() // nobody asks any more
	<-d.served
}
