package convert

import (
	"cmp"
	"encoding/json"
	"strconv"
	"time"

	"github.com/tranship/tranship/internal/convert/ledger"
	"github.com/tranship/tranship/internal/inventory"
)

func (o Options) withDefaults() Options {
	o.Secrets = cmp.Or(o.Secrets, ExternalSecrets)
	o.SecretStore = cmp.Or(o.SecretStore, "aws-secrets-manager")
	o.ParameterStore = cmp.Or(o.ParameterStore, "aws-parameter-store")
	o.Identity = cmp.Or(o.Identity, PodIdentity)
	o.Propagation = cmp.Or(o.Propagation, time.Minute)
	return o
}

// The labels that Kubernetes recommends.
// https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
const (
	labelName      = "app.kubernetes.io/name"
	labelManagedBy = "app.kubernetes.io/managed-by"
)

// identify says what all of it is called: the service's name and the cluster's, as
// Kubernetes takes them.
func (c *conversion) identify() {
	s := c.in.Service
	c.name = label(s.Name)
	c.namespace = cmp.Or(c.opts.Namespace, label(s.Cluster))
	c.selector = map[string]string{labelName: c.name}
	c.labels = map[string]string{labelName: c.name, labelManagedBy: "tranship"}
	c.pod.Labels = map[string]string{labelName: c.name}

	renamed := func(n ledger.Node, to string) {
		if n.Text() != to {
			n.Approximated("metadata.name", "Kubernetes takes no such name: it is called "+to)
			return
		}
		n.Mapped("metadata.name")
	}
	renamed(c.service.Field("serviceName"), c.name)
	c.service.Field("clusterArn").Mapped("metadata.namespace")
	c.service.Field("serviceArn").Mapped("ServiceMigration spec.source")
	c.service.Field("taskDefinition").Mapped("spec.template")
}

// textOf is a field of a JSON object, or the number of it in its list.
func textOf(d inventory.Document, key string, n int) string {
	var m map[string]any
	if json.Unmarshal(d, &m) == nil {
		if s, ok := m[key].(string); ok && s != "" {
			return s
		}
	}
	return strconv.Itoa(n)
}
