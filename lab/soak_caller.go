package lab

import (
	"context"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/smithy-go/middleware"

	product "github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/lab/cloud"
)

// caller is somebody who works with AWS all the time, over the wire: lists,
// discovers, and deploys a service anew now and then.
type caller struct {
	l         *Lab
	draw      *rand.Rand
	transport *http.Transport
	names     *servicediscovery.Client
	ecs       *ecs.Client
}

func newCaller(l *Lab) *caller {
	proxy, _ := url.Parse(l.Ready.AWSEndpoint) // it is what we made of a listener's address
	c := &caller{l: l, draw: l.draw(), transport: &http.Transport{Proxy: http.ProxyURL(proxy)}}
	cfg := sdk.Config{
		Region: l.Options.Region, BaseEndpoint: sdk.String("http://aws.lab.internal"),
		Credentials: credentials.NewStaticCredentialsProvider(l.Ready.AccessKeyID, l.Ready.SecretAccessKey, ""),
		HTTPClient:  &http.Client{Transport: c.transport, Timeout: 10 * time.Second}, RetryMaxAttempts: 2,
		APIOptions: []func(*middleware.Stack) error{product.PlainBodies},
	}
	c.names, c.ecs = servicediscovery.NewFromConfig(cfg), ecs.NewFromConfig(cfg)
	return c
}

// Between calls, and calls between deployments.
const (
	callEvery   = 100 * time.Millisecond
	deployEvery = 50
)

// run calls until ctx ends. What fails fails: that is what the faults are for.
func (c *caller) run(ctx context.Context) (deployments, calls int) {
	for Pause(ctx, callEvery) == nil {
		calls++
		name := ServiceName(1 + c.draw.IntN(c.l.Options.Services))
		var id string
		c.l.live.do(func(m *cloud.Cloud) { id, _ = m.ServiceID(name + "." + c.l.Options.Namespace) })
		switch calls % 5 {
		case 0:
			_, _ = c.names.ListServices(ctx, &servicediscovery.ListServicesInput{})
		case 1:
			_, _ = c.names.ListInstances(ctx, &servicediscovery.ListInstancesInput{ServiceId: &id})
		case 2:
			_, _ = c.names.DiscoverInstances(ctx, &servicediscovery.DiscoverInstancesInput{NamespaceName: &c.l.Options.Namespace, ServiceName: &name})
		case 3:
			_, _ = c.ecs.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: sdk.String(ECSCluster), Services: []string{name}})
		case 4:
			_, _ = c.ecs.ListTasks(ctx, &ecs.ListTasksInput{Cluster: sdk.String(ECSCluster), ServiceName: &name})
		}
		if calls%deployEvery == 0 {
			if _, err := c.ecs.UpdateService(ctx, &ecs.UpdateServiceInput{
				Cluster: sdk.String(ECSCluster), Service: &name, ForceNewDeployment: true,
			}); err == nil {
				deployments++
			}
		}
	}
	return deployments, calls
}

func (c *caller) close() { c.transport.CloseIdleConnections() }
