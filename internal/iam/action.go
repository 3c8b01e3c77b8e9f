package iam

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Action is what AWS looks at when a call is made, as the Service Authorization
// Reference has it.
type Action struct {
	Name string // "servicediscovery:RegisterInstance"
	// On are the types of the resources that AWS looks at; none: a policy has to say "*".
	On []Kind
	// Keys are condition keys of the service that AWS fills in for it.
	Keys []string
	// Asks are actions that AWS wants of the caller beside.
	Asks []string
}

// Source is where AWS documents the actions of a service.
func Source(action string) string {
	return "https://docs.aws.amazon.com/service-authorization/latest/reference/" + pages[prefixOf(action)]
}

func prefixOf(action string) string {
	prefix, _, _ := strings.Cut(action, ":")
	return prefix
}

var pages = map[string]string{
	"application-autoscaling": "list_awsapplicationautoscaling.html",
	"ec2":                     "list_amazonec2.html",
	"ecr":                     "list_amazonelasticcontainerregistry.html",
	"ecs":                     "list_amazonelasticcontainerservice.html",
	"eks":                     "list_amazonelastickubernetesservice.html",
	"elasticloadbalancing":    "list_awselasticloadbalancingv2.html",
	"iam":                     "list_awsidentityandaccessmanagementiam.html",
	"kms":                     "list_awskeymanagementservice.html",
	"logs":                    "list_amazoncloudwatchlogs.html",
	"route53":                 "list_amazonroute53.html",
	"s3":                      "list_amazons3.html",
	"secretsmanager":          "list_awssecretsmanager.html",
	"servicediscovery":        "list_awscloudmap.html",
	"ssm":                     "list_awssystemsmanager.html",
	"sts":                     "list_awssecuritytokenservice.html",
}

// titles are how statements call a service.
var titles = map[string]string{
	"application-autoscaling": "AutoScaling", "ec2": "EC2", "ecr": "ECR", "ecs": "ECS", "eks": "EKS", "elasticloadbalancing": "LoadBalancers",
	"iam": "IAM", "kms": "KMS", "logs": "Logs", "route53": "Route53", "s3": "S3", "secretsmanager": "SecretsManager",
	"servicediscovery": "CloudMap", "ssm": "SSM", "sts": "STS",
}

// global are the services whose calls are made in one region for all, so that
// aws:RequestedRegion says nothing of them.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-requestedregion
var global = map[string]bool{"iam": true, "route53": true, "sts": true}

// table is every action that some policy here speaks of, by name.
var table = index(cloudMapActions, route53Actions, ecsActions, readActions, executionActions)

func index(lists ...[]Action) map[string]Action {
	all := map[string]Action{}
	for _, a := range slices.Concat(lists...) {
		all[a.Name] = a
	}
	return all
}

// Actions are all rows, by name.
func Actions() []Action {
	return slices.SortedFunc(maps.Values(table), func(a, b Action) int { return cmp.Compare(a.Name, b.Name) })
}

// writes says that an action may change something.
func writes(action string) bool {
	_, operation, _ := strings.Cut(action, ":")
	for _, verb := range []string{"Get", "List", "Describe", "Discover", "Batch", "Decrypt", "Assume"} {
		if strings.HasPrefix(operation, verb) {
			return false
		}
	}
	return true
}
