package aws

import (
	"reflect"
	"strings"
)

// resourceRule says where an operation's resource stands in its input, as IAM
// sees it: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudmap.html,
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
type resourceRule struct {
	kind  string // resource type in the ARN; "" if the field holds an ARN
	field string // Go field with an id, a name or an ARN, or a list of them
	// inCluster: the ARN names the cluster of the input too.
	inCluster bool
	// arn is the pattern of the ARN instead, and or are others, with spaces
	// between, for inputs that say it in another member.
	arn, or string
}

// What is not listed is checked against *.
var cloudMapResources = map[string]resourceRule{
	"CreateService":                    {kind: "namespace", field: "NamespaceId"},
	"DeleteNamespace":                  {kind: "namespace", field: "Id"},
	"GetNamespace":                     {kind: "namespace", field: "Id"},
	"UpdateHttpNamespace":              {kind: "namespace", field: "Id"},
	"UpdatePrivateDnsNamespace":        {kind: "namespace", field: "Id"},
	"UpdatePublicDnsNamespace":         {kind: "namespace", field: "Id"},
	"DeleteService":                    {kind: "service", field: "Id"},
	"GetService":                       {kind: "service", field: "Id"},
	"UpdateService":                    {kind: "service", field: "Id"},
	"RegisterInstance":                 {kind: "service", field: "ServiceId"},
	"DeregisterInstance":               {kind: "service", field: "ServiceId"},
	"GetInstance":                      {kind: "service", field: "ServiceId"},
	"GetInstancesHealthStatus":         {kind: "service", field: "ServiceId"},
	"ListInstances":                    {kind: "service", field: "ServiceId"},
	"UpdateInstanceCustomHealthStatus": {kind: "service", field: "ServiceId"},
	"GetServiceAttributes":             {kind: "service", field: "ServiceId"},
	"UpdateServiceAttributes":          {kind: "service", field: "ServiceId"},
	"DeleteServiceAttributes":          {kind: "service", field: "ServiceId"},
	"ListTagsForResource":              {field: "ResourceARN"},
	"TagResource":                      {field: "ResourceARN"},
	"UntagResource":                    {field: "ResourceARN"},
}

var ecsResources = map[string]resourceRule{
	"CreateService":       {kind: "service", field: "ServiceName", inCluster: true},
	"DeleteService":       {kind: "service", field: "Service", inCluster: true},
	"DescribeServices":    {kind: "service", field: "Services", inCluster: true},
	"UpdateService":       {kind: "service", field: "Service", inCluster: true},
	"DescribeTasks":       {kind: "task", field: "Tasks", inCluster: true},
	"StopTask":            {kind: "task", field: "Task", inCluster: true},
	"GetTaskProtection":   {kind: "task", field: "Tasks", inCluster: true},
	"DescribeClusters":    {kind: "cluster", field: "Clusters"},
	"ListTasks":           {kind: "cluster", field: "Cluster"}, // a condition on ecs:cluster in IAM
	"UpdateCluster":       {kind: "cluster", field: "Cluster"},
	"DeleteCluster":       {kind: "cluster", field: "Cluster"},
	"RunTask":             {kind: "task-definition", field: "TaskDefinition"},
	"ListTagsForResource": {field: "ResourceArn"},
	"TagResource":         {field: "ResourceArn"},
	"UntagResource":       {field: "ResourceArn"},
}

// resource is the ARN, or the ARNs, that an operation is about.
func (d *definition) resource(op string, in reflect.Value, region, account, service string) string {
	rule, ok := d.resources[op]
	if !ok {
		return "*"
	}
	if rule.arn != "" {
		for pattern := range strings.FieldsSeq(rule.arn + " " + rule.or) {
			if ids := arns(pattern, in, region, account); len(ids) > 0 {
				return strings.Join(ids, ",")
			}
		}
		return "*"
	}
	prefix := "arn:aws:" + service + ":" + region + ":" + account + ":"
	ids := texts(in.FieldByName(rule.field))
	if rule.kind == "cluster" && len(ids) == 0 {
		ids = []string{"default"}
	}
	if rule.inCluster {
		cluster := textMember(in, "Cluster")
		if _, name, ok := strings.Cut(cluster, ":cluster/"); ok {
			cluster = name
		}
		if cluster == "" {
			cluster = "default"
		}
		prefix += rule.kind + "/" + cluster + "/"
	} else {
		prefix += rule.kind + "/"
	}
	for i, id := range ids {
		if !strings.HasPrefix(id, "arn:") && rule.kind != "" {
			ids[i] = prefix + id
		}
	}
	if len(ids) == 0 {
		return "*"
	}
	return strings.Join(ids, ",")
}

// textMember is a string member of an input by its Go name, "" if there is none.
func textMember(in reflect.Value, name string) string {
	if t := texts(in.FieldByName(name)); len(t) == 1 {
		return t[0]
	}
	return ""
}

// texts are the strings of a *string or []string.
func texts(v reflect.Value) []string {
	if !v.IsValid() {
		return nil
	}
	switch s := v.Interface().(type) {
	case *string:
		if s != nil {
			return []string{*s}
		}
	case []string:
		return append([]string(nil), s...)
	}
	return nil
}
