package convert

import (
	"slices"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// connectFields are those of Service Connect. DescribeServices tells them with the
// deployments; who creates a service sets them on it.
var connectFields = slices.Concat(connectOnce, fieldsBelow("deployments[].", connectOnce))

var connectOnce = fieldsBelow("serviceConnectConfiguration.", []fields{
	{"", "enabled", ledger.Approximated, "Service: connections are shared out, not requests, and nothing is tried again"},
	{"", "namespace", ledger.Mapped, "metadata.namespace of the Service"},
	{"services[].", "portName", ledger.Mapped, "Service ports[].targetPort"},
	{"services[].", "discoveryName", ledger.Dropped, "clients use the alias"},
	{"services[].clientAliases[].", "port dnsName", ledger.Mapped, "Service ports[].port and the name that clients use"},
	{"services[].clientAliases[].testTrafficRules.header.", "name value.exact", ledger.Unsupported, "a Service looks at no header; Gateway API does"},
	{"services[].", "ingressPortOverride", ledger.Dropped, "the port of a proxy that is not there"},
	{"services[].timeout.", "idleTimeoutSeconds perRequestTimeoutSeconds", ledger.Unsupported, "a Service has no timeouts; a mesh or a route of Gateway API has"},
	{"services[].tls.", "issuerCertificateAuthority.awsPcaAuthorityArn kmsKey roleArn", ledger.Unsupported, "a Service encrypts nothing; a mesh does, or the program itself"},
	{"logConfiguration.", "logDriver options.* secretOptions[].name secretOptions[].valueFrom", ledger.Dropped, "logs of a proxy that is not there"},
	{"accessLogConfiguration.", "format includeQueryParameters", ledger.Unsupported, "a Service writes no access log; a mesh does"},
	{"containerConfigurations[].", "logLevel", ledger.Dropped, "logs of a proxy that is not there"},
})
