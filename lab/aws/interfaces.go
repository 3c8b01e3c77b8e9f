package aws

import (
	"encoding/json"
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/document"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	smithydocument "github.com/aws/smithy-go/document"
)

// interfaces is what may stand in the interface members of a service:
// reflection cannot list implementations.
type interfaces struct {
	document    reflect.Type // free-form JSON; nil if the service has none
	newDocument func(any) any
	unions      map[reflect.Type]map[string]reflect.Type // union → member's wire name → struct that carries it
}

func (i interfaces) know(t reflect.Type) bool { return t == i.document || i.unions[t] != nil }

func ecsInterfaces() interfaces {
	i := interfaces{
		document:    reflect.TypeFor[document.Interface](),
		newDocument: func(v any) any { return document.NewLazyDocument(v) },
		unions:      map[reflect.Type]map[string]reflect.Type{},
	}
	addUnion[types.DescribeGatewayConfiguration](i, types.DescribeGatewayConfigurationMemberHostSharedAlb{})
	addUnion[types.GatewayConfiguration](i, types.GatewayConfigurationMemberHostSharedAlb{})
	addUnion[types.GatewayConnectionResources](i, types.GatewayConnectionResourcesMemberHostSharedAlb{})
	addUnion[types.GatewayElbAccessLogDestination](i, types.GatewayElbAccessLogDestinationMemberS3{})
	addUnion[types.GatewayInfrastructureResources](i, types.GatewayInfrastructureResourcesMemberHostSharedAlb{})
	addUnion[types.GatewayRouteResources](i, types.GatewayRouteResourcesMemberHostSharedAlb{})
	addUnion[types.ServiceConnectContainerConfiguration](i, types.ServiceConnectContainerConfigurationMemberLogLevel{})
	addUnion[types.SharingStrategy](i, types.SharingStrategyMemberNvidiaMps{})
	addUnion[types.UpdateGatewayConfiguration](i, types.UpdateGatewayConfigurationMemberHostSharedAlb{})
	return i
}

// addUnion lists the members of union U. Their structs are called
// <Union>Member<Name> and carry the member in the field Value.
func addUnion[U any](i interfaces, members ...any) {
	union := reflect.TypeFor[U]()
	i.unions[union] = map[string]reflect.Type{}
	for _, m := range members {
		t := reflect.TypeOf(m)
		i.unions[union][lowerFirst(memberName(t))] = t
	}
}

func memberName(t reflect.Type) string {
	_, name, _ := strings.Cut(t.Name(), "Member")
	return name
}

// documentValue turns parsed JSON into what the SDK's documents can hold.
func documentValue(x any) any {
	switch x := x.(type) {
	case json.Number:
		return smithydocument.Number(x)
	case []any:
		for i := range x {
			x[i] = documentValue(x[i])
		}
	case map[string]any:
		for k := range x {
			x[k] = documentValue(x[k])
		}
	}
	return x
}
