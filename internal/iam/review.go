package iam

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// suspect are condition keys that say something else, or nothing, once the caller is a
// pod and no task.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
var suspect = map[string]string{
	"aws:userid":                       "it holds the name of the session: ECS puts the task's id there, EKS another",
	"aws:sourcevpc":                    "it holds only if pods leave through an endpoint in the same VPC",
	"aws:sourcevpce":                   "it holds only if pods leave through the same VPC endpoint",
	"aws:sourceip":                     "it holds only if pods leave from the same addresses",
	"aws:vpcsourceip":                  "it holds only if pods have the same addresses",
	"aws:ec2instancesourcevpc":         "it is there for credentials of an instance alone",
	"aws:ec2instancesourceprivateipv4": "it is there for credentials of an instance alone",
	"ec2:sourceinstancearn":            "it is there for credentials of an instance alone",
	"ec2:roledelivery":                 "it is there for credentials of an instance alone",
	"sts:rolesessionname":              "ECS names sessions by the task's id, EKS otherwise",
}

// Review finds in a policy of a task's role what may stop working in a pod. The
// policies of other resources, such as keys, queues and buckets, may have the same
// conditions, and are not seen here.
// Errors: a document that can't be read.
func Review(where string, document []byte) ([]Decision, error) {
	p, err := parse(document, false)
	if err != nil {
		return nil, fmt.Errorf("%s can't be read: %w", where, err)
	}
	var out []Decision
	for i, e := range p.statements {
		for _, operator := range slices.Sorted(maps.Keys(e.Condition)) {
			tests := e.Condition[operator]
			for _, key := range slices.Sorted(maps.Keys(tests)) {
				if why := e.stops(key, tests[key]); why != "" {
					out = append(out, Decision{where, fmt.Sprintf("statement %s has the condition %s %s %s: %s",
						e.name(i), operator, key, strings.Join(tests[key], ", "), why)})
				}
			}
		}
	}
	return out, nil
}

// stops says why a condition may hold for a task and not for a pod.
func (e existing) stops(key string, values []string) string {
	k := strings.ToLower(key)
	if why := suspect[k]; why != "" {
		return why
	}
	ofECS := !slices.ContainsFunc(e.Action, func(a string) bool { return !strings.HasPrefix(strings.ToLower(a), "ecs:") })
	switch {
	case strings.HasPrefix(k, "ecs:") && !ofECS:
		return "only calls of ECS' own API have it"
	case k == "aws:sourcearn" && slices.ContainsFunc(values, func(v string) bool { return strings.Contains(v, ":ecs:") }):
		return "it names something of ECS, which no pod comes from"
	}
	return ""
}
