package saved

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tranship/tranship/internal/names"
)

// words are how the provider's blocks and arguments are spelled by ECS, where it is
// not the same word with other letters between: on top, and in blocks. "" leaves out
// what is Terraform's own.
type words struct{ top, below map[string]string }

// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/ecs_task_definition
var taskWords = words{
	top: map[string]string{
		"volume": "volumes", "inference_accelerator": "inferenceAccelerators", "arn": "taskDefinitionArn",
		"id": "", "arn_without_revision": "", "tags_all": "", "skip_destroy": "", "track_latest": "", "region": "",
	},
	below: map[string]string{"size_in_gib": "sizeInGiB", "configure_at_launch": "configuredAtLaunch"},
}

// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/ecs_service
var serviceWords = words{
	top: map[string]string{
		"name": "serviceName", "cluster": "clusterArn", "iam_role": "roleArn", "load_balancer": "loadBalancers",
		"ordered_placement_strategy": "placementStrategy", "enable_ecs_managed_tags": "enableECSManagedTags", "volume_configuration": "volumeConfigurations",
		"arn": "serviceArn", "id": "", "tags_all": "", "triggers": "", "force_new_deployment": "", "force_delete": "", "wait_for_steady_state": "",
		"timeouts": "", "region": "", "sigint_rollback": "",
	},
	below: map[string]string{
		"elb_name": "loadBalancerName", "managed_ebs_volume": "managedEBSVolume", "size_in_gb": "sizeInGiB", "file_system_type": "filesystemType",
		"client_alias": "clientAliases", "service": "services", "secret_option": "secretOptions", "lifecycle_hook": "lifecycleHooks",
	},
}

// single are the blocks that there can be one of, where ECS has an object.
var single = map[string]bool{
	"access_log_configuration": true, "advanced_configuration": true, "alarms": true, "authorization_config": true, "canary_configuration": true,
	"deployment_circuit_breaker": true, "deployment_configuration": true, "deployment_controller": true, "docker_volume_configuration": true,
	"efs_volume_configuration": true, "ephemeral_storage": true, "fsx_windows_file_server_volume_configuration": true, "header": true, "issuer_cert_authority": true,
	"linear_configuration": true, "log_configuration": true, "managed_ebs_volume": true, "network_configuration": true, "predefined_metric_specification": true,
	"proxy_configuration": true, "runtime_platform": true, "s3files_volume_configuration": true, "service_connect_configuration": true, "suspended_state": true,
	"target_tracking_scaling_policy_configuration": true, "step_scaling_policy_configuration": true, "customized_metric_specification": true,
	"predictive_scaling_policy_configuration": true, "scalable_target_action": true, "metric_stat": true, "metric": true, "test_traffic_rules": true, "timeout": true,
	"tls": true, "value": true,
}

// users are the arguments whose keys are the user's own words.
var users = map[string]bool{"options": true, "driver_opts": true, "labels": true, "docker_labels": true}

// spelled spells a resource as ECS does. What is empty is not set.
func spelled(o object, w words) object { return w.block(o, w.top) }

func (w words) block(o object, here map[string]string) object {
	out := object{}
	for _, k := range slices.Sorted(maps.Keys(o)) {
		name, said := here[k]
		if !said {
			name = camel(k)
		}
		if name == "" || empty(o[k]) {
			continue
		}
		switch {
		case k == "tags":
			out["tags"] = tags(o[k])
		case users[k]:
			out[name] = o[k]
		default:
			out[name] = w.value(k, o[k])
		}
	}
	return out
}

func (w words) value(key string, v any) any {
	switch v := v.(type) {
	case object:
		return w.block(v, w.below)
	case []any:
		if one := theOne(key, v); one != nil {
			return w.block(one, w.below)
		}
		out := make([]any, 0, len(v))
		for _, one := range v {
			out = append(out, w.value("", one))
		}
		return out
	}
	return v
}

// theOne is the block of a list that has never more than one.
func theOne(key string, list []any) object {
	if !single[key] || len(list) != 1 {
		return nil
	}
	one, _ := list[0].(object)
	return one
}

// empty says that an argument was not given: the provider writes such as empty ones.
func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case object:
		return len(v) == 0
	}
	return false
}

// camel is efsVolumeConfiguration for efs_volume_configuration.
func camel(word string) string {
	parts := strings.Split(word, "_")
	for i := 1; i < len(parts); i++ {
		parts[i] = capital(parts[i])
	}
	return strings.Join(parts, "")
}

func capital(word string) string {
	if word == "" {
		return ""
	}
	return strings.ToUpper(word[:1]) + word[1:]
}

// tags are a list in ECS' API, and a map in Terraform.
func tags(v any) any {
	o, ok := v.(object)
	if !ok {
		return v
	}
	list := make([]any, 0, len(o))
	for _, k := range slices.Sorted(maps.Keys(o)) {
		list = append(list, object{"key": k, "value": o[k]})
	}
	return list
}

// taskOf is the task definition of the provider's values.
func taskOf(values object) (object, error) {
	o := spelled(values, taskWords)
	if s, ok := o["containerDefinitions"].(string); ok {
		v, err := decode([]byte(s))
		list, isList := v.([]any)
		if err != nil || !isList {
			return nil, fmt.Errorf("%w: its container_definitions are no list of JSON", names.ErrInvalid)
		}
		o["containerDefinitions"] = list
	}
	for _, v := range children(o, "volumes") {
		if path := text(v, "hostPath"); path != "" {
			delete(v, "hostPath")
			set(v, "host", object{"sourcePath": path})
		}
	}
	if p := child(o, "proxyConfiguration"); p != nil {
		if of := child(first(values, "proxy_configuration"), "properties"); of != nil {
			list := make([]any, 0, len(of))
			for _, k := range slices.Sorted(maps.Keys(of)) {
				list = append(list, object{"name": k, "value": of[k]})
			}
			p["properties"] = list
		}
	}
	return o, nil
}

// serviceOf is the service of the provider's values.
func serviceOf(values object) object {
	o := spelled(values, serviceWords)
	c := child(o, "deploymentConfiguration")
	if c == nil {
		c = object{}
	}
	for from, to := range map[string]string{
		"deploymentMaximumPercent": "maximumPercent", "deploymentMinimumHealthyPercent": "minimumHealthyPercent",
		"deploymentCircuitBreaker": "deploymentCircuitBreaker", "alarms": "alarms",
	} {
		if v, ok := o[from]; ok {
			delete(o, from)
			set(c, to, v)
		}
	}
	if len(c) > 0 {
		o["deploymentConfiguration"] = c
	}
	if n := child(o, "networkConfiguration"); n != nil {
		switch n["assignPublicIp"] {
		case true:
			n["assignPublicIp"] = "ENABLED"
		case false:
			n["assignPublicIp"] = "DISABLED"
		}
		o["networkConfiguration"] = object{"awsvpcConfiguration": n}
	}
	return o
}

// scalingOf is a resource of Application Auto Scaling of the provider's values; name
// is what its name is called there, id the resource that it scales.
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/appautoscaling_policy
func scalingOf(values object, name, id string) object {
	own := maps.Clone(values)
	maps.DeleteFunc(own, func(k string, _ any) bool { return made[k] || k == "region" || k == "tags" })
	out := upperWords(own)
	for from, to := range map[string]string{"Name": name, "RoleArn": "RoleARN"} {
		if v, ok := out[from]; ok {
			delete(out, from)
			out[to] = v
		}
	}
	if id != "" {
		out["ResourceId"] = id
	}
	return out
}

// upperWords spells a block as Application Auto Scaling does.
func upperWords(values object) object {
	out := object{}
	for _, k := range slices.Sorted(maps.Keys(values)) {
		switch {
		case empty(values[k]):
		case k == "step_adjustment":
			out["StepAdjustments"] = upperValue(k, values[k])
		default:
			out[capital(camel(k))] = upperValue(k, values[k])
		}
	}
	return out
}

func upperValue(key string, v any) any {
	switch v := v.(type) {
	case object:
		return upperWords(v)
	case []any:
		if one := theOne(key, v); one != nil {
			return upperWords(one)
		}
		out := make([]any, 0, len(v))
		for _, one := range v {
			out = append(out, upperValue("", one))
		}
		return out
	}
	return v
}
