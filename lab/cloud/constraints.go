package cloud

import (
	"regexp"
	"slices"
)

// constraint bounds one member of an operation's input: what the API model says
// and the SDK's types do not.
type constraint struct {
	// path leads to the member in Go's names: "DnsConfig.DnsRecords[].TTL";
	// [] is each of a list, {key} and {value} are those of a map.
	path string
	rule
}

// rule is what a value has to satisfy. The zero value of a field is no bound.
type rule struct {
	pattern  *regexp.Regexp
	shown    string // the pattern as AWS prints it, where Go's syntax differs
	min, max int64  // of a text or list its length, of a number its value
	bounded  bool   // min and max count, also where they are 0
	enum     []string
}

// Rules of the shapes of Cloud Map's API model, by their names in it.
// https://github.com/boto/botocore/blob/develop/botocore/data/servicediscovery/2017-03-14/service-2.json,
// https://docs.aws.amazon.com/cloud-map/latest/api/API_Operations.html
var (
	// Ids may be ARNs since namespaces can be shared.
	resourceID    = length(0, 255)
	requestID     = length(0, 64)
	description   = length(0, 1024)
	nextToken     = length(0, 4096)
	maxResults    = length(1, 100)
	recordTTL     = length(0, 2147483647)
	filterValue   = length(1, 255)
	resourceARN   = length(1, 1011)
	tags          = length(0, 200)
	tagKey        = length(1, 128)
	tagValue      = length(0, 256)
	threshold     = length(1, 10)
	owner         = matching(`^[0-9]{12}$`)
	attributeKey  = rule{pattern: regexp.MustCompile(`^[!-~]+$`), shown: `^[a-zA-Z0-9!-~]+$`, max: 255, bounded: true}
	attributeText = rule{
		pattern: regexp.MustCompile(`^([!-~][ \t!-~]*)?[!-~]?$`),
		shown:   `^([a-zA-Z0-9!-~][ \ta-zA-Z0-9!-~]*){0,1}[a-zA-Z0-9!-~]{0,1}$`, max: 1024, bounded: true,
	}
	instanceName = rule{pattern: regexp.MustCompile(`^[0-9a-zA-Z_/:.@-]+$`), max: 64, bounded: true}
	httpName     = rule{pattern: regexp.MustCompile(`^[!-~]+$`), shown: `^[!-~]{1,1024}$`, max: 1024, bounded: true}
	privateName  = rule{pattern: regexp.MustCompile(`^[!-~]+$`), shown: `^[!-~]{1,253}$`, max: 253, bounded: true}
	publicName   = rule{pattern: regexp.MustCompile(
		`^([a-zA-Z0-9]([a-zA-Z0-9\-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z0-9]([a-zA-Z0-9\-]{0,61}[a-zA-Z0-9])?$`), max: 253, bounded: true}
	// Go has no look-ahead: the 127 characters stand apart.
	serviceLabels = rule{
		pattern: regexp.MustCompile(`^(` + label + `(\.` + label + `)*|\.)$`),
		shown: `((?=^.{1,127}$)^([a-zA-Z0-9_][a-zA-Z0-9-_]{0,61}[a-zA-Z0-9_]|[a-zA-Z0-9])` +
			`(\.([a-zA-Z0-9_][a-zA-Z0-9-_]{0,61}[a-zA-Z0-9_]|[a-zA-Z0-9]))*$)|(^\.$)`,
		min: 1, max: 127, bounded: true,
	}
	foundIn     = length(0, 1024) // the namespace's name in DiscoverInstances
	recordTypes = one("SRV", "A", "AAAA", "CNAME")
	routings    = one("MULTIVALUE", "WEIGHTED")
	checkTypes  = one("HTTP", "HTTPS", "TCP")
	conditionOf = one("EQ", "IN", "BETWEEN", "BEGINS_WITH")
)

const label = `([a-zA-Z0-9_][a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_]|[a-zA-Z0-9])`

func length(least, most int64) rule       { return rule{min: least, max: most, bounded: true} }
func matching(pattern string) rule        { return rule{pattern: regexp.MustCompile(pattern)} }
func one(values ...string) rule           { return rule{enum: values} }
func at(path string, r rule) []constraint { return []constraint{{path, r}} }

// filters are the members of a list operation's input.
func filters(names ...string) []constraint {
	return slices.Concat(at("NextToken", nextToken), at("MaxResults", maxResults), at("Filters[].Name", one(names...)),
		at("Filters[].Condition", conditionOf), at("Filters[].Values[]", filterValue))
}

func tagged(prefix string) []constraint {
	return slices.Concat(at(prefix, tags), at(prefix+"[].Key", tagKey), at(prefix+"[].Value", tagValue))
}

func checked(prefix string) []constraint {
	return slices.Concat(at(prefix+".Type", checkTypes), at(prefix+".ResourcePath", length(0, 255)), at(prefix+".FailureThreshold", threshold))
}

func records(prefix string) []constraint {
	return slices.Concat(at(prefix+"[].Type", recordTypes), at(prefix+"[].TTL", recordTTL))
}

func namespaceOf(name rule) []constraint {
	return slices.Concat(at("Name", name), at("CreatorRequestId", requestID), at("Description", description), tagged("Tags"))
}

func attributesOf(prefix string) []constraint {
	return slices.Concat(at(prefix+"{key}", attributeKey), at(prefix+"{value}", attributeText))
}

func instanceOf(id rule) []constraint {
	return slices.Concat(at("ServiceId", resourceID), at("InstanceId", id))
}

func paged(more ...[]constraint) []constraint {
	return append(slices.Concat(more...), constraint{"NextToken", nextToken}, constraint{"MaxResults", maxResults})
}

// cloudMapConstraints are those of every operation of Cloud Map.
var cloudMapConstraints = map[string][]constraint{
	"CreateHttpNamespace": namespaceOf(httpName),
	"CreatePrivateDnsNamespace": slices.Concat(namespaceOf(privateName), at("Vpc", requestID),
		at("Properties.DnsProperties.SOA.TTL", recordTTL)),
	"CreatePublicDnsNamespace": slices.Concat(namespaceOf(publicName), at("Properties.DnsProperties.SOA.TTL", recordTTL)),
	"CreateService": slices.Concat(at("Name", serviceLabels), at("NamespaceId", resourceID), at("CreatorRequestId", requestID),
		at("Description", description), at("DnsConfig.NamespaceId", resourceID), at("DnsConfig.RoutingPolicy", routings),
		records("DnsConfig.DnsRecords"), checked("HealthCheckConfig"), at("HealthCheckCustomConfig.FailureThreshold", threshold),
		tagged("Tags"), at("Type", one("HTTP"))),
	"DeleteNamespace":         at("Id", resourceID),
	"DeleteService":           at("Id", resourceID),
	"DeleteServiceAttributes": slices.Concat(at("ServiceId", resourceID), at("Attributes[]", length(0, 255))),
	"DeregisterInstance":      instanceOf(requestID),
	"DiscoverInstances": slices.Concat(at("NamespaceName", foundIn), at("ServiceName", serviceLabels), at("MaxResults", length(1, 1000)),
		at("HealthStatus", one("HEALTHY", "UNHEALTHY", "ALL", "HEALTHY_OR_ELSE_ALL")), at("OwnerAccount", owner),
		attributesOf("QueryParameters"), attributesOf("OptionalParameters")),
	"DiscoverInstancesRevision": slices.Concat(at("NamespaceName", foundIn), at("ServiceName", serviceLabels), at("OwnerAccount", owner)),
	"GetInstance":               instanceOf(requestID),
	"GetInstancesHealthStatus":  paged(at("ServiceId", resourceID), at("Instances[]", requestID)),
	"GetNamespace":              at("Id", resourceID),
	"GetOperation":              slices.Concat(at("OperationId", requestID), at("OwnerAccount", owner)),
	"GetService":                at("Id", resourceID),
	"GetServiceAttributes":      at("ServiceId", resourceID),
	"ListInstances":             paged(at("ServiceId", resourceID)),
	"ListNamespaces":            filters("TYPE", "NAME", "HTTP_NAME", "RESOURCE_OWNER"),
	"ListOperations":            filters("NAMESPACE_ID", "SERVICE_ID", "STATUS", "TYPE", "UPDATE_DATE"),
	"ListServices":              filters("NAMESPACE_ID", "RESOURCE_OWNER"),
	"ListTagsForResource":       at("ResourceARN", resourceARN),
	"RegisterInstance":          slices.Concat(instanceOf(instanceName), at("CreatorRequestId", requestID), attributesOf("Attributes")),
	"TagResource":               slices.Concat(at("ResourceARN", resourceARN), tagged("Tags")),
	"UntagResource":             slices.Concat(at("ResourceARN", resourceARN), at("TagKeys", tags), at("TagKeys[]", tagKey)),
	"UpdateHttpNamespace":       slices.Concat(at("Id", resourceID), at("UpdaterRequestId", requestID), at("Namespace.Description", description)),
	"UpdatePrivateDnsNamespace": slices.Concat(at("Id", resourceID), at("UpdaterRequestId", requestID), at("Namespace.Description", description),
		at("Namespace.Properties.DnsProperties.SOA.TTL", recordTTL)),
	"UpdatePublicDnsNamespace": slices.Concat(at("Id", resourceID), at("UpdaterRequestId", requestID), at("Namespace.Description", description),
		at("Namespace.Properties.DnsProperties.SOA.TTL", recordTTL)),
	"UpdateInstanceCustomHealthStatus": slices.Concat(instanceOf(requestID), at("Status", one("HEALTHY", "UNHEALTHY"))),
	"UpdateService": slices.Concat(at("Id", resourceID), at("Service.Description", description),
		records("Service.DnsConfig.DnsRecords"), checked("Service.HealthCheckConfig")),
	"UpdateServiceAttributes": slices.Concat(at("ServiceId", resourceID), at("Attributes{key}", length(0, 255)), at("Attributes{value}", length(0, 1024))),
}
