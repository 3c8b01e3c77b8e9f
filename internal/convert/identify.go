package convert

import (
	"cmp"
	"encoding/json"
	"strconv"
	"time"

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
	if c.in.called == nil {
		c.in = Named([]Input{c.in}, c.opts)[0]
	}
	called := c.in.called
	c.name, c.namespace = called.name, called.namespace
	c.selector = map[string]string{labelName: c.name}
	c.labels = map[string]string{labelName: c.name, labelManagedBy: "tranship"}
	c.pod.Labels = map[string]string{labelName: c.name}
	if n := c.service.Field("serviceName"); called.why != "" {
		n.Approximated("metadata.name", called.why)
	} else {
		n.Mapped("metadata.name")
	}
	for _, f := range []string{"clusterArn", "cluster"} {
		if n := c.service.Field(f); plain(c.in.Service.Cluster) == c.in.Service.Cluster {
			n.Mapped("metadata.namespace")
		} else {
			n.Approximated("metadata.namespace", "it is the namespace "+c.namespace)
		}
	}
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
