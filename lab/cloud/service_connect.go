package cloud

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// connected finds the Cloud Map namespace of a Service Connect configuration,
// by name or ARN.
func (c *Cloud) connected(name *string) *namespace {
	for _, n := range c.namespaces {
		if !n.creating && (n.name == val(name) || n.arn == val(name)) {
			return n
		}
	}
	return nil
}

// checkConnect holds that the namespace of Service Connect exists. The lab keeps
// the configuration and runs no proxy for it.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceConnectConfiguration.html
func (c *Cloud) checkConnect(conf *types.ServiceConnectConfiguration) error {
	if conf == nil || !conf.Enabled || conf.Namespace == nil || c.connected(conf.Namespace) != nil {
		return nil
	}
	return &types.NamespaceNotFoundException{Message: ptr("The specified namespace was not found: " + *conf.Namespace)}
}

// ListServicesByNamespace has the signature of the client's method: the services
// of all clusters that take part in a namespace by Service Connect.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServicesByNamespace.html
func (e *ECS) ListServicesByNamespace(ctx context.Context, in *ecs.ListServicesByNamespaceInput, _ ...func(*ecs.Options)) (*ecs.ListServicesByNamespaceOutput, error) {
	if err := e.enter(ctx, "ListServicesByNamespace", in); err != nil {
		return nil, err
	}
	n := e.c.connected(in.Namespace)
	if n == nil {
		return nil, &types.NamespaceNotFoundException{Message: ptr("The specified namespace was not found: " + val(in.Namespace))}
	}
	var arns []string
	for _, name := range slices.Sorted(maps.Keys(e.c.clusters)) {
		for _, svc := range e.c.clusters[name].services {
			conf := svc.in.ServiceConnectConfiguration
			if svc.status != "INACTIVE" && conf != nil && conf.Enabled && e.c.connected(conf.Namespace) == n {
				arns = append(arns, svc.arn)
			}
		}
	}
	arns, token, err := ecsPage(arns, 10, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &ecs.ListServicesByNamespaceOutput{ServiceArns: arns, NextToken: token}, nil
}
