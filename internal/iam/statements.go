package iam

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// many resources are not listed twice, once for reads and once for writes.
const many = 8

// reasons are what statements are for, by Sid, where the Sid does not say it all.
var reasons = map[string]string{
	"ReadCloudMapEverywhere":      "find the namespaces and the names in them",
	"WriteCloudMapEverywhere":     "make namespaces, and mark what is made",
	"ReadCloudMapNamespaces":      "read a namespace, and how operations in it end",
	"ReadCloudMapServices":        "read a name and what is in it",
	"WriteCloudMapServices":       "put endpoints into names and take them out",
	"WriteCloudMapNamespaces":     "make names",
	"WriteNewCloudMapServices":    "make names",
	"ReadOwnCloudMapServices":     "read the names that it made",
	"WriteOwnCloudMapServices":    "work on the names that it made, and delete them",
	"ReadOwnCloudMapNamespaces":   "read the namespaces that it made",
	"WriteOwnCloudMapNamespaces":  "work on the namespaces that it made, and delete them",
	"WriteHostedZones":            "Cloud Map writes the records of a name with the rights of its caller",
	"ReadHostedZones":             "Cloud Map looks at the zone with the rights of its caller",
	"WriteHealthChecks":           "Cloud Map keeps the Route 53 health checks of a name with the rights of its caller",
	"ReadHealthChecks":            "Cloud Map keeps the Route 53 health checks of a name with the rights of its caller",
	"WriteRoute53Everywhere":      "Cloud Map makes zones and health checks with the rights of its caller",
	"ReadRoute53Everywhere":       "Cloud Map looks for a zone of the same name with the rights of its caller",
	"ReadECSEverywhere":           "read what a task runs, and find clusters",
	"ReadECSServices":             "read the ECS services that move",
	"WriteECSServices":            "set their desired count",
	"ReadECSTasks":                "read their tasks",
	"ReadECSInClusters":           "list what runs in the clusters",
	"ReadECSClusters":             "read the clusters",
	"ReadEC2Everywhere":           "read where tasks run",
	"ReadAutoScalingEverywhere":   "read how services scale",
	"ReadLoadBalancersEverywhere": "read what leads to target groups",
	"ReadRoles":                   "read the roles that tasks have, and their own policies",
	"ReadManagedPolicies":         "read the policies that are attached to them",
	"ReadEKSClusters":             "read the issuer of its tokens",
	"ReadAssumedRoles":            "work in other accounts",

	// Reads and writes in one, where there are many.
	"CloudMapNamespaces": "read the namespaces, how operations in them end, and make names in them where that is asked for",
	"CloudMapServices":   "read names, put endpoints into them and take them out",
	"HostedZones":        "Cloud Map looks at the zones, and writes the records of names, with the rights of its caller",
	"ECSServices":        "read the ECS services that move, and set their desired count where that is allowed",
	"ECSTasks":           "read their tasks",
	"ECSClusters":        "read the clusters",
	"EKSClusters":        "read the issuers of their tokens",
	"Roles":              "read the roles that tasks have, and their own policies",
	"AssumedRoles":       "work in other accounts",
}

// statements group what is needed by what it is needed on.
func (v Verb) statements(s Scope, needs []need) []Statement {
	var out []Statement
	for _, n := range needs {
		st := Statement{Actions: []string{n.action}, Conditions: n.conditions, Resources: []string{"*"}}
		if n.on != "" {
			st.Resources, st.Wide = s.resources(n.on)
			if v.anything != "" && st.Wide != "" && n.on != healthCheck {
				st.Wide = v.anything
			}
		} else {
			st.Wide = "AWS knows no resource for " + pluralActions
			if slices.ContainsFunc(n.conditions, func(c Condition) bool { return c.Key == keyCluster }) {
				st.Wide = "what is listed has no resource of its own; ecs:cluster narrows it to the clusters"
			}
		}
		st.Sid = sid(n, len(st.Resources))
		st.Why = reasons[st.Sid]
		st.tidy()
		i := slices.IndexFunc(out, func(o Statement) bool {
			return o.Sid == st.Sid && slices.Equal(o.Resources, st.Resources) && slices.EqualFunc(o.Conditions, st.Conditions, Condition.equal)
		})
		if i < 0 {
			out = append(out, st)
			continue
		}
		out[i].Actions = sorted(append(out[i].Actions, st.Actions...))
	}
	slices.SortStableFunc(out, func(a, b Statement) int {
		return cmp.Or(cmp.Compare(a.Sid, b.Sid), slices.Compare(a.Actions, b.Actions))
	})
	return numbered(out)
}

const pluralActions = "these actions"

func (c Condition) equal(o Condition) bool {
	return c.Operator == o.Operator && c.Key == o.Key && slices.Equal(c.Values, o.Values)
}

// sid names a statement: what is done, and on what.
func sid(n need, resources int) string {
	do := "Read"
	if writes(n.action) {
		do = "Write"
	}
	switch {
	case n.on != "" && resources > many:
		return string(n.on)
	case n.on != "":
		return do + string(n.on)
	case slices.ContainsFunc(n.conditions, func(c Condition) bool { return c.Key == keyCluster }):
		return do + titles[prefixOf(n.action)] + "InClusters"
	}
	return do + titles[prefixOf(n.action)] + "Everywhere"
}

// numbered makes Sids unique, as IAM wants them within a document.
func numbered(list []Statement) []Statement {
	seen := map[string]int{}
	for i, s := range list {
		seen[s.Sid]++
		if n := seen[s.Sid]; n > 1 {
			list[i].Sid = fmt.Sprintf("%s%d", strings.TrimRight(s.Sid, "0123456789"), n)
		}
	}
	return list
}
