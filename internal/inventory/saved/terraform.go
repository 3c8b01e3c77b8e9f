package saved

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/tranship/tranship/internal/inventory"
	"github.com/tranship/tranship/internal/names"
)

// plan is what `terraform show -json` prints of a plan or a state.
// https://developer.hashicorp.com/terraform/internals/json-format
type plan struct {
	r         *reading
	resources []planned
	unknown   map[string]any    // after apply, by address
	expressed map[string]object // expressions of the configuration, by address without instance
}

// planned is a resource as it will be.
type planned struct {
	address, module, kind, name, key string
	values                           object
}

// plan reads the ECS services of a plan, and what leads to them.
func (r *reading) plan(o object) error {
	p := &plan{r: r, unknown: map[string]any{}, expressed: map[string]object{}}
	values := child(o, "planned_values")
	if values == nil {
		values = child(o, "values")
	}
	p.module(child(values, "root_module"), 0)
	p.configured(child(child(o, "configuration"), "root_module"), "", 0)
	for _, c := range children(o, "resource_changes") {
		p.unknown[text(c, "address")] = child(c, "change")["after_unknown"]
	}
	slices.SortFunc(p.resources, func(a, b planned) int { return strings.Compare(a.address, b.address) })
	if !slices.ContainsFunc(p.resources, func(x planned) bool { return x.kind == "aws_ecs_task_definition" || x.kind == "aws_ecs_service" }) {
		return fmt.Errorf("%w: it has neither aws_ecs_task_definition nor aws_ecs_service", names.ErrInvalid)
	}
	for _, step := range []struct {
		kind string
		do   func(x planned) error
	}{
		{"aws_service_discovery_private_dns_namespace", p.namespace("DNS_PRIVATE")}, {"aws_service_discovery_public_dns_namespace", p.namespace("DNS_PUBLIC")},
		{"aws_service_discovery_http_namespace", p.namespace("HTTP")}, {"aws_service_discovery_service", p.registry},
		{"aws_ecs_task_definition", p.taskDefinition}, {"aws_ecs_service", p.service},
		{"aws_appautoscaling_target", p.target}, {"aws_appautoscaling_policy", p.policy}, {"aws_appautoscaling_scheduled_action", p.scheduled},
	} {
		for _, x := range p.resources {
			if x.kind != step.kind {
				continue
			}
			if err := step.do(x); err != nil {
				return fmt.Errorf("%s: %w", x.address, err)
			}
		}
	}
	return nil
}

// module takes the resources of a module and of those below it.
func (p *plan) module(m object, depth int) {
	if depth > deepest {
		return
	}
	for _, x := range children(m, "resources") {
		if v := child(x, "values"); v != nil && text(x, "mode") != "data" {
			p.resources = append(p.resources, planned{
				address: text(x, "address"), module: text(m, "address"), kind: text(x, "type"), name: text(x, "name"), key: text(x, "index"), values: v,
			})
		}
	}
	for _, c := range children(m, "child_modules") {
		p.module(c, depth+1)
	}
}

// configured takes the expressions of a module and of those that it calls.
func (p *plan) configured(m object, path string, depth int) {
	if depth > deepest {
		return
	}
	for _, x := range children(m, "resources") {
		p.expressed[path+text(x, "type")+"."+text(x, "name")] = child(x, "expressions")
	}
	calls := child(m, "module_calls")
	for name := range calls {
		p.configured(child(child(calls, name), "module"), path+"module."+name+".", depth+1)
	}
}

var instance = regexp.MustCompile(`\[[^\]]*\]`)

// expression is how an attribute of a resource was written.
func (p *plan) expression(x planned) object {
	path := ""
	if x.module != "" {
		path = instance.ReplaceAllString(x.module, "") + "."
	}
	return p.expressed[path+x.kind+"."+x.name]
}

// refers finds the resource of a kind that an expression leads to: in the same
// module, and of several instances the one with the same key.
func (p *plan) refers(x planned, expression any, kind string) (planned, bool) {
	var found []planned
	walk(expression, "", func(_ string, v any) bool {
		o, _ := v.(object)
		for _, ref := range texts(o, "references") {
			name := strings.SplitN(instance.ReplaceAllString(strings.TrimPrefix(ref, kind+"."), ""), ".", 2)[0]
			for _, y := range p.resources {
				if strings.HasPrefix(ref, kind+".") && y.kind == kind && y.name == name && y.module == x.module {
					found = append(found, y)
				}
			}
		}
		return true
	})
	for _, y := range found {
		if y.key == x.key {
			return y, true
		}
	}
	if len(found) > 0 {
		return found[0], found[len(found)-1].address == found[0].address
	}
	return planned{}, false
}

// arnOf is the ARN of a resource, or one that stands for it until it has one.
func (p *plan) arnOf(x planned, service, resource string) string {
	if a := text(x.values, "arn"); a != "" {
		return a
	}
	return arn(p.r.here(), service, resource+x.address)
}

// afterApply notes what is not known before the plan is applied, in ECS' spelling;
// what only AWS sets is no part of it, nor what was found by the configuration, which
// is in the document already.
func (p *plan) afterApply(of string, x planned, document object, spell func(object) object) {
	there := map[string]bool{}
	walk(document, "", func(path string, _ any) bool {
		there[path] = true
		return true
	})
	unknown, _ := p.unknown[x.address].(object)
	only := object{}
	for k, v := range unknown {
		if !made[k] {
			only[k] = v
		}
	}
	walk(spell(only), "", func(path string, v any) bool {
		if v == true && !there[path] {
			p.r.out.Unresolved = append(p.r.out.Unresolved, Unresolved{Object: of, Path: path, What: "known after apply"})
		}
		return true
	})
}

// made are the attributes that AWS or Terraform sets.
var made = map[string]bool{"arn": true, "arn_without_revision": true, "id": true, "revision": true, "tags_all": true, "alarm_arns": true}

func (p *plan) taskDefinition(x planned) error {
	o, err := taskOf(x.values)
	if err != nil {
		return err
	}
	if text(o, "family") == "" {
		return fmt.Errorf("%w: its family is known after apply only: apply it, and give what `aws ecs describe-task-definition` prints", names.ErrInvalid)
	}
	p.afterApply(text(o, "family"), x, o, func(o object) object { return spelled(o, taskWords) })
	if _, ok := o["containerDefinitions"]; !ok {
		return fmt.Errorf("%w: its container_definitions are known after apply only: apply it, and give what `aws ecs describe-task-definition` prints", names.ErrInvalid)
	}
	before := len(p.r.s.TaskDefinitions)
	if err := p.r.taskDefinition(o); err != nil {
		return err
	}
	td := &p.r.s.TaskDefinitions[before]
	if a := text(x.values, "arn"); a == "" {
		td.Revision, td.ARN = 0, arn(td.Place, "ecs", "task-definition/"+td.Family+":0")
	}
	return nil
}

func (p *plan) service(x planned) error {
	o := serviceOf(x.values)
	if text(o, "serviceName") == "" {
		return fmt.Errorf("%w: its name is known after apply only", names.ErrInvalid)
	}
	said := p.expression(x)
	if text(o, "taskDefinition") == "" {
		if y, ok := p.refers(x, said["task_definition"], "aws_ecs_task_definition"); ok {
			o["taskDefinition"] = arn(p.r.here(), "ecs", "task-definition/"+text(y.values, "family")+":0")
		}
	}
	if text(o, "clusterArn") == "" {
		if y, ok := p.refers(x, said["cluster"], "aws_ecs_cluster"); ok {
			o["clusterArn"] = text(y.values, "name")
		} else if said["cluster"] != nil || p.unknown[x.address] != nil && unknownIn(p.unknown[x.address], "cluster") {
			o["clusterArn"] = "unresolved"
			p.r.warn(x.address, "the file does not tell its cluster, which is called unresolved here")
		}
	}
	for _, g := range children(o, "serviceRegistries") {
		if text(g, "registryArn") != "" {
			continue
		}
		if y, ok := p.refers(x, said["service_registries"], "aws_service_discovery_service"); ok {
			g["registryArn"] = p.arnOf(y, "servicediscovery", "service/")
		}
	}
	p.afterApply(text(o, "serviceName"), x, o, serviceOf)
	return p.r.service(o)
}

func unknownIn(v any, key string) bool {
	o, _ := v.(object)
	return o[key] == true
}

func (p *plan) namespace(kind string) func(planned) error {
	return func(x planned) error {
		id := text(x.values, "id")
		if id == "" {
			id = x.address
		}
		a := p.arnOf(x, "servicediscovery", "namespace/")
		p.r.s.Namespaces = append(p.r.s.Namespaces, inventory.Namespace{
			Place: p.r.placeOf(a), ID: id, ARN: a, Name: text(x.values, "name"), Type: kind, HostedZone: text(x.values, "hosted_zone"),
		})
		return nil
	}
}

// registry is a service of Cloud Map.
func (p *plan) registry(x planned) error {
	a, dns := p.arnOf(x, "servicediscovery", "service/"), first(x.values, "dns_config")
	n := inventory.Name{Place: p.r.placeOf(a), ID: last(a), ARN: a, NamespaceID: text(dns, "namespace_id")}
	if n.NamespaceID == "" {
		n.NamespaceID = text(x.values, "namespace_id")
	}
	for _, kind := range []string{"aws_service_discovery_private_dns_namespace", "aws_service_discovery_public_dns_namespace", "aws_service_discovery_http_namespace"} {
		said := p.expression(x)
		if y, ok := p.refers(x, object{"a": said["dns_config"], "b": said["namespace_id"]}, kind); ok && n.NamespaceID == "" {
			if n.NamespaceID = text(y.values, "id"); n.NamespaceID == "" {
				n.NamespaceID = y.address
			}
		}
	}
	for _, z := range p.r.s.Namespaces {
		if z.ID == n.NamespaceID {
			n.Settings.Namespace = z.Name
		}
	}
	if n.Settings.Namespace == "" {
		p.r.warn(x.address, "the file does not tell the name of its namespace: what the name will be is not known")
		return nil
	}
	n.Settings.Name, n.Settings.Type, n.Settings.CustomHealth = text(x.values, "name"), text(x.values, "type"), first(x.values, "health_check_custom_config") != nil
	if dns != nil {
		n.Settings.Routing = text(dns, "routing_policy")
		if n.Settings.Routing == "" {
			n.Settings.Routing = "MULTIVALUE"
		}
	}
	for _, rec := range children(dns, "dns_records") {
		n.Settings.Records = append(n.Settings.Records, names.Record{Type: text(rec, "type"), TTL: int64(number(rec, "ttl"))})
	}
	slices.SortFunc(n.Settings.Records, func(a, b names.Record) int { return strings.Compare(a.Type, b.Type) })
	n.DNSName = n.Settings.DNSName()
	p.r.s.Names = append(p.r.s.Names, n)
	return nil
}

// scalable says whether a resource of Application Auto Scaling is about ECS; one whose
// resource id is known after apply is looked for by what its expression leads to.
func (p *plan) scalable(x planned) (resource string, ok bool) {
	if space := text(x.values, "service_namespace"); space != "" && space != "ecs" {
		return "", false
	}
	if id := text(x.values, "resource_id"); id != "" {
		return id, strings.HasPrefix(id, "service/")
	}
	expression := p.expression(x)["resource_id"]
	if t, ok := p.refers(x, expression, "aws_appautoscaling_target"); ok && t.address != x.address {
		return p.scalable(t)
	}
	s, ok := p.refers(x, expression, "aws_ecs_service")
	if !ok {
		return "", true
	}
	for _, v := range p.r.s.Services {
		if v.Name == text(s.values, "name") {
			return "service/" + v.Cluster + "/" + v.Name, true
		}
	}
	return "", true
}

func (p *plan) target(x planned) error {
	id, ok := p.scalable(x)
	if !ok {
		return nil
	}
	o := scalingOf(x.values, "Name", id)
	return p.r.scaled(x.address, id, o, nil, nil)
}

func (p *plan) policy(x planned) error {
	id, ok := p.scalable(x)
	if !ok {
		return nil
	}
	o := scalingOf(x.values, "PolicyName", id)
	return p.r.scaled(x.address, id, nil, o, nil)
}

func (p *plan) scheduled(x planned) error {
	id, ok := p.scalable(x)
	if !ok {
		return nil
	}
	o := scalingOf(x.values, "ScheduledActionName", id)
	return p.r.scaled(x.address, id, nil, nil, []object{o})
}

// first is the one block of a list of blocks.
func first(o object, key string) object {
	if all := children(o, key); len(all) > 0 {
		return all[0]
	}
	return nil
}
