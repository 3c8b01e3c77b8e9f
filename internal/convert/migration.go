package convert

import (
	"strconv"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// migration makes the ServiceMigration that moves the name. Its goal is Source: nothing
// happens until `tranship migrate`, or a change in Git, makes it Target.
func (c *conversion) migration() {
	if !c.crosses {
		return
	}
	s := c.in.Service
	source := map[string]any{"cluster": s.Cluster, "service": s.Name}
	for key, v := range map[string]string{"account": s.Account, "region": s.Region} {
		if v != "" {
			source[key] = v
		}
	}
	target := map[string]any{"service": c.name}
	if c.crossing > 0 {
		target["port"] = int64(c.crossing)
	}
	spec := map[string]any{"goal": "Source", "source": source, "target": target}
	if kind := c.kind(); kind != "" {
		spec["kind"] = kind
	}
	notes := []Note{{"spec.goal", "`tranship migrate " + s.Name + " --ecs-cluster " + s.Cluster + "` makes it Target, and the name crosses."}}
	if !c.allowed() {
		notes = append(notes, Note{"spec.source", "An administrator allows it: with the tag " + tagNamespace + "=" + c.namespace +
			" on the ECS service, or --allow " + c.namespace + "=" + s.Cluster + "/" + s.Name + " on the controller."})
	}
	o := &unstructured.Unstructured{Object: map[string]any{"spec": spec}}
	o.SetAPIVersion("tranship.dev/v1alpha1")
	o.SetKind("ServiceMigration")
	o.SetName(c.name)
	c.add(o, notes...)
}

// kind is how the service runs, where its numbers say what only a person can confirm:
// one that seems to run alone crosses only if two at once do no harm.
func (c *conversion) kind() string {
	if !c.singleton() {
		return ""
	}
	most := c.service.At("deploymentConfiguration.maximumPercent")
	n := most
	if !n.Set() {
		return ""
	}
	switch w := n.Decide("kind", "ECS never runs two of its tasks ("+strconv.FormatInt(c.desired(), 10)+" wanted, at most "+most.Text()+" %). In a crossing a pod and a task run at once. Does that do harm?",
		ledger.Answer{Word: "request", Then: "it does not: the name crosses as others do"},
		ledger.Answer{Word: "singleton", Then: "it does: tranship does not move it"}); w {
	case "request", "singleton":
		return w
	}
	return ""
}

// allowed says that the ECS service names the Kubernetes namespace that may take it.
func (c *conversion) allowed() bool {
	for _, t := range c.service.Field("tags").Items() {
		if t.Field("key").Text() == tagNamespace && t.Field("value").Text() == c.namespace {
			return true
		}
	}
	return false
}
