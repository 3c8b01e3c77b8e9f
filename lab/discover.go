package lab

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/tranship/tranship/lab/load"
)

// discoverer asks DiscoverInstances with the SDK, over the wire, once: a second
// try would hide a failure.
type discoverer struct {
	api  *servicediscovery.Client
	http *http.Transport
	l    *Lab
}

func (l *Lab) newDiscoverer() *discoverer {
	d := &discoverer{l: l, http: &http.Transport{MaxIdleConnsPerHost: 16, IdleConnTimeout: 30 * time.Second}}
	d.api = servicediscovery.New(servicediscovery.Options{
		Region: l.Ready.Region, BaseEndpoint: &l.Ready.AWSEndpoint, Retryer: sdk.NopRetryer{},
		Credentials: credentials.NewStaticCredentialsProvider(l.Ready.AccessKeyID, l.Ready.SecretAccessKey, ""),
		HTTPClient:  &http.Client{Transport: d.http, Timeout: 5 * time.Second},
		APIOptions:  []func(*middleware.Stack) error{sameHost},
	})
	return d
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
	var refused smithy.APIError
	throttled := errors.As(err, &refused) && (refused.ErrorCode() == "ThrottlingException" || refused.ErrorCode() == "RequestLimitExceeded")
	d.l.record.clientCall("servicediscovery:DiscoverInstances", throttled)
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

func (d *discoverer) close() { d.http.CloseIdleConnections() }
