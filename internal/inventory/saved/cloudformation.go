package saved

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tranship/tranship/internal/inventory"
	"github.com/tranship/tranship/internal/names"
)

// The types of resources that are read, or named by others.
const (
	taskDefinitionType = "AWS::ECS::TaskDefinition"
	serviceType        = "AWS::ECS::Service"
	clusterType        = "AWS::ECS::Cluster"
	targetType         = "AWS::ApplicationAutoScaling::ScalableTarget"
	policyType         = "AWS::ApplicationAutoScaling::ScalingPolicy"
	cloudMapType       = "AWS::ServiceDiscovery::Service"
	privateType        = "AWS::ServiceDiscovery::PrivateDnsNamespace"
	publicType         = "AWS::ServiceDiscovery::PublicDnsNamespace"
	httpType           = "AWS::ServiceDiscovery::HttpNamespace"
	stackType          = "AWS::CloudFormation::Stack"
)

// template is a CloudFormation template.
type template struct {
	r                                *reading
	parameters, mappings, conditions object
	resources                        map[string]resource
	known                            map[string]any // properties that were worked out
	work                             int            // so far
}

type resource struct {
	kind, condition string
	properties      object
}

// template reads the ECS services of a template, and what leads to them.
func (r *reading) template(o object) error {
	t := &template{
		r: r, parameters: child(o, "Parameters"), mappings: child(o, "Mappings"), conditions: child(o, "Conditions"), resources: map[string]resource{},
		known: map[string]any{},
	}
	if o["Transform"] != nil {
		r.warn("the template", "it has a Transform, which is not carried out here: `aws cloudformation get-template --template-stage Processed` prints what became of it")
	}
	for _, id := range slices.Sorted(maps.Keys(child(o, "Resources"))) {
		res := child(child(o, "Resources"), id)
		if res == nil {
			r.warn(id, "it is no resource, and not read: `aws cloudformation get-template --template-stage Processed` prints what became of it")
			continue
		}
		p := child(res, "Properties")
		if p == nil {
			p = object{}
		}
		t.resources[id] = resource{text(res, "Type"), text(res, "Condition"), p}
	}
	found := 0
	for _, id := range slices.Sorted(maps.Keys(t.resources)) {
		switch t.resources[id].kind {
		case taskDefinitionType, serviceType:
			found++
		case stackType:
			r.warn(id, "what is in the nested stack is not in this file: read its template, too")
		}
	}
	if found == 0 {
		return fmt.Errorf("%w: the template has neither %s nor %s", names.ErrInvalid, taskDefinitionType, serviceType)
	}
	for _, step := range []struct {
		kind string
		do   func(id string, p object) error
	}{
		{privateType, t.namespace}, {publicType, t.namespace}, {httpType, t.namespace}, {cloudMapType, t.registry},
		{taskDefinitionType, t.taskDefinition}, {serviceType, t.service}, {targetType, t.target}, {policyType, t.policy},
	} {
		if err := t.each(step.kind, step.do); err != nil {
			return err
		}
	}
	return nil
}

// each does something with every resource of a type that the template makes, with
// its properties resolved.
func (t *template) each(kind string, do func(id string, p object) error) error {
	for _, id := range slices.Sorted(maps.Keys(t.resources)) {
		res := t.resources[id]
		if res.kind != kind {
			continue
		}
		if res.condition != "" {
			switch yes, ok := t.condition(res.condition, 0); {
			case ok && !yes:
				continue
			case !ok:
				t.r.warn(id, "the file does not tell whether its condition %s holds: it is taken to", res.condition)
			}
		}
		p, _ := t.resolve(res.properties, 0).(object)
		if err := do(id, p); err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
	}
	return nil
}

func (t *template) taskDefinition(id string, p object) error {
	if _, ok := p["Family"]; !ok {
		p["Family"] = id
		t.r.warn(id, "it has no Family: CloudFormation makes one, and the logical id stands for it")
	}
	o, _ := respell(p).(object)
	if text(o, "family") == "" {
		return fmt.Errorf("%w: its Family is not known: give the template's parameters", names.ErrInvalid)
	}
	t.r.unresolved(text(o, "family"), o)
	return t.r.taskDefinition(o)
}

func (t *template) service(id string, p object) error {
	if _, ok := p["ServiceName"]; !ok {
		p["ServiceName"] = id
		t.r.warn(id, "it has no ServiceName: CloudFormation makes one, and the logical id stands for it")
	}
	cluster := t.cluster(t.resources[id].properties, 0)
	if cluster == "unresolved" {
		t.r.warn(id, "the file does not tell its cluster, which is called unresolved here")
	}
	o, _ := respell(p).(object)
	if text(o, "serviceName") == "" {
		return fmt.Errorf("%w: its ServiceName is not known: give the template's parameters", names.ErrInvalid)
	}
	if text(o, "schedulingStrategy") != "DAEMON" {
		// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-service.html
		set(o, "desiredCount", json.Number("1"))
		if text(o, "desiredCount") == "" {
			t.r.warn(id, "the file does not tell its DesiredCount")
		}
	}
	t.r.unresolved(text(o, "serviceName"), o)
	before := len(t.r.s.Services)
	if err := t.r.service(o); err != nil {
		return err
	}
	s := &t.r.s.Services[before]
	s.Cluster, s.ARN = cluster, arn(s.Place, "ecs", "service/"+cluster+"/"+s.Name)
	return nil
}

func (t *template) namespace(id string, p object) error {
	kind := map[string]string{privateType: "DNS_PRIVATE", publicType: "DNS_PUBLIC", httpType: "HTTP"}[t.resources[id].kind]
	at := t.r.here()
	t.r.s.Namespaces = append(t.r.s.Namespaces, inventory.Namespace{
		Place: at, ID: id, ARN: arn(at, "servicediscovery", "namespace/"+id), Name: text(p, "Name"), Type: kind,
	})
	return nil
}

// registry is a service of Cloud Map.
func (t *template) registry(id string, p object) error {
	at, dns := t.r.here(), child(p, "DnsConfig")
	n := inventory.Name{
		Place: at, ID: id, ARN: arn(at, "servicediscovery", "service/"+id), NamespaceID: cmp.Or(text(p, "NamespaceId"), text(dns, "NamespaceId")),
	}
	for _, z := range t.r.s.Namespaces {
		if z.ID == n.NamespaceID {
			n.Settings.Namespace = z.Name
		}
	}
	if n.Settings.Namespace == "" {
		t.r.warn(id, "the file does not tell the name of its namespace: what the name will be is not known")
		return nil
	}
	n.Settings.Name, n.Settings.Type, n.Settings.CustomHealth = cmp.Or(text(p, "Name"), id), text(p, "Type"), p["HealthCheckCustomConfig"] != nil
	if dns != nil {
		// https://docs.aws.amazon.com/cloud-map/latest/api/API_DnsConfig.html
		n.Settings.Routing = cmp.Or(text(dns, "RoutingPolicy"), "MULTIVALUE")
	}
	for _, rec := range children(dns, "DnsRecords") {
		n.Settings.Records = append(n.Settings.Records, names.Record{Type: text(rec, "Type"), TTL: int64(number(rec, "TTL"))})
	}
	slices.SortFunc(n.Settings.Records, func(a, b names.Record) int { return strings.Compare(a.Type, b.Type) })
	n.DNSName = n.Settings.DNSName()
	t.r.s.Names = append(t.r.s.Names, n)
	return nil
}

// target is a scalable target, with its scheduled actions in it.
func (t *template) target(id string, p object) error {
	if text(p, "ServiceNamespace") != "ecs" && !strings.HasPrefix(text(p, "ResourceId"), "service/") {
		return nil
	}
	scheduled := children(p, "ScheduledActions")
	delete(p, "ScheduledActions")
	for _, a := range scheduled {
		set(a, "ResourceId", p["ResourceId"])
	}
	return t.r.scaled(id, text(p, "ResourceId"), p, nil, scheduled)
}

func (t *template) policy(id string, p object) error {
	if parts := strings.Split(text(p, "ScalingTargetId"), "|"); len(parts) == 3 {
		set(p, "ResourceId", parts[0])
		delete(p, "ScalingTargetId")
	}
	space := cmp.Or(text(p, "ServiceNamespace"), "ecs")
	if space != "ecs" || !strings.HasPrefix(cmp.Or(text(p, "ResourceId"), "service/"), "service/") {
		return nil
	}
	return t.r.scaled(id, text(p, "ResourceId"), nil, p, nil)
}
