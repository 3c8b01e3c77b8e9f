package cloud

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

// checkInstance holds what RegisterInstance demands.
func (svc *service) checkInstance(attributes map[string]string) error {
	total, custom := 0, 0
	for k, v := range attributes {
		total += len(k) + len(v)
		if !strings.HasPrefix(k, "AWS_") {
			custom++
		}
	}
	if custom > maxCustom || total > maxAttributes {
		return invalid(fmt.Sprintf("At most %d custom attributes and %d characters.", maxCustom, maxAttributes))
	}
	v4, v6, port := attributes[keyIPv4], attributes[keyIPv6], attributes[keyPort]
	if a, err := netip.ParseAddr(v4); v4 != "" && (err != nil || !a.Is4()) {
		return invalid(keyIPv4 + " isn't an IPv4 address: " + v4)
	}
	if a, err := netip.ParseAddr(v6); v6 != "" && (err != nil || !a.Is6()) {
		return invalid(keyIPv6 + " isn't an IPv6 address: " + v6)
	}
	if n, err := strconv.Atoi(port); port != "" && (err != nil || n < 0 || n > 65535) {
		return invalid(keyPort + " isn't a port: " + port)
	}
	if h := attributes[keyHealth]; h != "" {
		if h != "HEALTHY" && h != "UNHEALTHY" {
			return invalid(keyHealth + " is HEALTHY or UNHEALTHY, not " + h)
		}
		if !svc.custom {
			return invalid(keyHealth + " needs a service with HealthCheckCustomConfig.")
		}
	}
	if alias := attributes[keyAlias]; alias != "" {
		if svc.routing != types.RoutingPolicyWeighted || !svc.has(types.RecordTypeA) && !svc.has(types.RecordTypeAaaa) ||
			v4 != "" || v6 != "" || port != "" || attributes[keyCNAME] != "" {
			return invalid(keyAlias + " needs A or AAAA, the routing policy WEIGHTED, and no other AWS_INSTANCE attribute.")
		}
		if !balancerName.MatchString(alias) {
			return invalid(keyAlias + " isn't the name of a load balancer: " + alias)
		}
		return nil
	}
	if attributes[keyEC2] != "" {
		if svc.namespace.hasZone() {
			return invalid(keyEC2 + " is for HTTP namespaces.")
		}
		for _, k := range slices.Sorted(maps.Keys(attributes)) {
			if k != keyEC2 && k != keyHealth {
				return invalid("With " + keyEC2 + " only " + keyHealth + " can be given, not " + k + ".")
			}
		}
		return nil
	}
	if svc.check != nil && port == "" {
		return invalid("An instance of a service with HealthCheckConfig needs " + keyPort + ".")
	}
	need := func(key, value string, t types.RecordType) error {
		if value == "" && svc.has(t) {
			return invalid("An instance of a service with " + string(t) + " needs " + key + ".")
		}
		return nil
	}
	return cmp.Or(
		need(keyIPv4, v4, types.RecordTypeA),
		need(keyIPv6, v6, types.RecordTypeAaaa),
		need(keyPort, port, types.RecordTypeSrv),
		need(keyIPv4+" or "+keyIPv6, v4+v6, types.RecordTypeSrv),
		need(keyCNAME, attributes[keyCNAME], types.RecordTypeCname),
	)
}
