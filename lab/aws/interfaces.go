package aws

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"

	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs/document"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	smithydocument "github.com/aws/smithy-go/document"
)

// interfaces is what may stand in the interface members of a service:
// reflection cannot list implementations.
type interfaces struct {
	document    reflect.Type // free-form JSON; nil if the service has none
	newDocument func(any) any
	unions      map[reflect.Type][]reflect.Type // union → the structs that carry its members
}

func (i interfaces) know(t reflect.Type) bool { return t == i.document || i.unions[t] != nil }

// member is the struct that carries the member of a union with a wire name.
func (i interfaces) member(n *naming, union reflect.Type, wire string) reflect.Type {
	at := slices.IndexFunc(i.unions[union], func(t reflect.Type) bool { return n.unionName(t) == wire })
	if at < 0 {
		return nil
	}
	return i.unions[union][at]
}

func ecsInterfaces() interfaces {
	i := interfaces{
		document:    reflect.TypeFor[document.Interface](),
		newDocument: func(v any) any { return document.NewLazyDocument(v) },
	}
	addUnion[types.DescribeGatewayConfiguration](&i, types.DescribeGatewayConfigurationMemberHostSharedAlb{})
	addUnion[types.GatewayConfiguration](&i, types.GatewayConfigurationMemberHostSharedAlb{})
	addUnion[types.GatewayConnectionResources](&i, types.GatewayConnectionResourcesMemberHostSharedAlb{})
	addUnion[types.GatewayElbAccessLogDestination](&i, types.GatewayElbAccessLogDestinationMemberS3{})
	addUnion[types.GatewayInfrastructureResources](&i, types.GatewayInfrastructureResourcesMemberHostSharedAlb{})
	addUnion[types.GatewayRouteResources](&i, types.GatewayRouteResourcesMemberHostSharedAlb{})
	addUnion[types.ServiceConnectContainerConfiguration](&i, types.ServiceConnectContainerConfigurationMemberLogLevel{})
	addUnion[types.SharingStrategy](&i, types.SharingStrategyMemberNvidiaMps{})
	addUnion[types.UpdateGatewayConfiguration](&i, types.UpdateGatewayConfigurationMemberHostSharedAlb{})
	return i
}

func logsInterfaces() interfaces {
	var i interfaces
	addUnion[logstypes.IntegrationDetails](&i, logstypes.IntegrationDetailsMemberOpenSearchIntegrationDetails{})
	addUnion[logstypes.ResourceConfig](&i, logstypes.ResourceConfigMemberOpenSearchResourceConfig{})
	return i
}

func cloudWatchInterfaces() interfaces {
	var i interfaces
	addUnion[cwtypes.EvaluationCriteria](&i, cwtypes.EvaluationCriteriaMemberPromQLCriteria{})
	addUnion[cwtypes.EvaluationWindow](&i, cwtypes.EvaluationWindowMemberSlidingWindow{}, cwtypes.EvaluationWindowMemberWallClockWindow{})
	return i
}

func iamInterfaces() interfaces {
	var i interfaces
	addUnion[iamtypes.PolicyIdentifier](&i, iamtypes.PolicyIdentifierMemberInlinePolicyIdentifier{},
		iamtypes.PolicyIdentifierMemberPolicyArn{}, iamtypes.PolicyIdentifierMemberPolicyType{})
	return i
}

// addUnion lists the members of union U. Their structs are called
// <Union>Member<Name> and carry the member in the field Value.
func addUnion[U any](i *interfaces, members ...any) {
	if i.unions == nil {
		i.unions = map[reflect.Type][]reflect.Type{}
	}
	union := reflect.TypeFor[U]()
	for _, m := range members {
		i.unions[union] = append(i.unions[union], reflect.TypeOf(m))
	}
}

func memberName(t reflect.Type) string {
	_, name, _ := strings.Cut(t.Name(), "Member")
	return name
}

// unionName is the wire name of the member of a union that a struct carries.
func (n *naming) unionName(t reflect.Type) string {
	return n.name(t, reflect.StructField{Name: memberName(t), Type: t})
}

// documentValue turns parsed JSON into what the SDK's documents can hold. They hold no
// key that is empty, so that no client of AWS' makes can send one.
func documentValue(x any) (any, error) {
	var err error
	switch x := x.(type) {
	case json.Number:
		return smithydocument.Number(x), nil
	case []any:
		for i := range x {
			if x[i], err = documentValue(x[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for _, k := range sortedKeys(x) {
			if k == "" {
				return nil, errors.New("a key is empty")
			}
			if x[k], err = documentValue(x[k]); err != nil {
				return nil, err
			}
		}
	}
	return x, nil
}
