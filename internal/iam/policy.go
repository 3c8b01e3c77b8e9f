package iam

import (
	"fmt"
	"slices"
	"strings"
)

// need is an action on resources of one type, under conditions.
type need struct {
	action     string
	on         Kind // "": the action knows no resource
	conditions []Condition
}

// Of makes the policies of a verb, more than one if it does not fit a managed policy;
// none for a verb that calls nothing.
// Errors: what Scope.Check says; a verb that there is not; a statement too long for
// any policy.
func Of(verb string, s Scope) ([]Policy, error) {
	i := slices.IndexFunc(verbs, func(v Verb) bool { return v.Name == verb })
	if i < 0 {
		return nil, fmt.Errorf("%q is nothing that there is a policy for", verb)
	}
	if err := s.Check(); err != nil {
		return nil, err
	}
	return verbs[i].policies(s)
}

func (v Verb) policies(s Scope) ([]Policy, error) {
	p := Policy{Name: "tranship-" + v.Name, About: v.About}
	if v.anything != "" {
		s.Namespaces, s.Services, s.HostedZones, s.ECSServices = nil, nil, nil, nil
	}
	if v.Name == externalDNS.Name {
		if key, value, ok := strings.Cut(s.Tag, "="); ok {
			v.mark, s.Owner, s.Features = key, value, append(s.Features[:len(s.Features):len(s.Features)], Create)
		} else if len(s.Services) > 0 {
			p.Notes = append(p.Notes, "It can't write to names that it creates later: give the tag of --aws-sd-create-tag with --tag, by which they are told.")
		}
	}
	var needs []need
	for _, c := range v.all() {
		switch {
		case free[c.Action], !v.told(s, c.With):
		default:
			needs = append(needs, v.needs(s, c.Action)...)
		}
	}
	if s.NoHealthChecks {
		needs = slices.DeleteFunc(needs, func(n need) bool { return strings.HasSuffix(n.action, "HealthCheck") })
	}
	p.Statements = v.statements(s, needs)
	p.Notes = append(p.Notes, v.notes(s)...)
	return Split(p)
}

// told says whether a call is made at all.
func (v Verb) told(s Scope, f Feature) bool {
	if f == Accounts {
		return len(s.Assume) > 0
	}
	return s.has(f)
}

// needs are what one call needs: itself, on each type of resource apart, and what
// AWS asks for beside. Where a call has several resources, AWS looks at each alone,
// so that statements by type are enough.
func (v Verb) needs(s Scope, action string) []need {
	a := table[action]
	var out []need
	switch {
	case len(a.On) == 0:
		out = append(out, need{action, "", v.conditions(s, a, "")})
	default:
		for _, k := range a.On {
			out = append(out, v.on(s, a, k)...)
		}
	}
	for _, ask := range a.Asks {
		if ask == "servicediscovery:TagResource" && v.mark == "" {
			continue // it tags nothing
		}
		out = append(out, v.needs(s, ask)...)
	}
	return out
}

// on are the needs of an action on one type.
func (v Verb) on(s Scope, a Action, k Kind) []need {
	switch {
	case a.Name == "servicediscovery:CreateService" && k == cloudMapService:
		k = newCloudMapService
	case v.anything != "" || v.mark == "":
	case a.Name == "servicediscovery:DeleteService":
		k = ownCloudMapService
	case a.Name == "servicediscovery:DeleteNamespace":
		k = ownNamespace
	}
	out := []need{{a.Name, k, v.conditions(s, a, k)}}
	if v.mark == "" || v.anything != "" {
		return out
	}
	// What is made is worked on afterwards, and has an id that nobody named.
	if k == cloudMapService && len(s.Services) > 0 && s.makesNames() {
		out = append(out, need{a.Name, ownCloudMapService, v.conditions(s, a, ownCloudMapService)})
	}
	if k == namespace && len(s.Namespaces) > 0 && s.makesNamespaces() {
		out = append(out, need{a.Name, ownNamespace, v.conditions(s, a, ownNamespace)})
	}
	return out
}

// conditions narrow an action as far as AWS has keys for it.
func (v Verb) conditions(s Scope, a Action, k Kind) []Condition {
	var out []Condition
	marked := []string{"*"}
	if s.Owner != "" {
		marked = []string{s.Owner}
	}
	for _, key := range a.Keys {
		switch key {
		case keyCluster:
			if c := s.clusters(); len(c) > 0 {
				out = append(out, Condition{"ArnLike", key, c})
			}
		case keyNamespaceARN:
			if arns, wide := s.resources(namespace); wide == "" && !s.makesNamespaces() {
				out = append(out, Condition{"ArnEquals", key, arns})
			}
		case keyTagOfRequest:
			// A conformance run marks its namespaces alone.
			if v.mark != "" && (v.anything == "" || strings.HasSuffix(a.Name, "Namespace")) {
				out = append(out, Condition{"StringLike", key + v.mark, marked})
			}
		}
	}
	if k == ownCloudMapService || k == ownNamespace {
		out = append(out, Condition{"StringLike", keyTagOfThing + v.mark, marked})
	}
	if k == "" && !global[prefixOf(a.Name)] {
		out = append(out, Condition{"StringEquals", "aws:RequestedRegion", sorted(s.Regions)})
	}
	if a.Name == "route53:CreateHostedZone" && len(s.VPCs) > 0 && !s.has(CreatePublic) {
		// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-conditions-route53.html
		var in []string
		for _, vpc := range s.VPCs {
			for _, r := range s.Regions {
				in = append(in, "VPCId="+vpc+",VPCRegion="+r)
			}
		}
		out = append(out, Condition{"ForAllValues:StringEquals", "route53:VPCs", in}, Condition{"Null", "route53:VPCs", []string{"false"}})
	}
	return out
}

// notes say what is not in the policy, and why.
func (v Verb) notes(s Scope) []string {
	var out []string
	calls := v.all()
	makes := func(action string) bool {
		return slices.ContainsFunc(calls, func(c Call) bool { return c.Action == action })
	}
	if makes("servicediscovery:RegisterInstance") {
		out = append(out, "Cloud Map writes records with the rights of its caller, so Route 53's are here, too. Names in HTTP namespaces need none of them.")
	}
	if makes("sts:AssumeRole") && len(s.Assume) == 0 && v.Name == "controller" {
		out = append(out, "It works in this account alone: --assume names roles in others, each of which needs this policy there.")
	}
	if makes("ecs:UpdateService") {
		out = append(out, "iam:PassRole is not needed: of an ECS service the desired count alone is changed.")
	}
	return out
}
