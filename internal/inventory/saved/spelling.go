package saved

import (
	"strings"
	"unicode"
)

// asECS spells a property of CloudFormation's as ECS' API does: containerDefinitions
// for ContainerDefinitions, efsVolumeConfiguration for EFSVolumeConfiguration.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-taskdefinition.html
func asECS(property string) string {
	if word, ok := otherwise[property]; ok {
		return word
	}
	letters := []rune(property)
	for i, c := range letters {
		// Of a run of capitals the last begins the next word.
		if !unicode.IsUpper(c) || i > 0 && i+1 < len(letters) && unicode.IsLower(letters[i+1]) {
			break
		}
		letters[i] = unicode.ToLower(c)
	}
	return string(letters)
}

// otherwise are the properties whose names are not the API's, whatever the case.
var otherwise = map[string]string{
	"FilesystemId": "fileSystemId",
	"FSxWindowsFileServerVolumeConfiguration": "fsxWindowsFileServerVolumeConfiguration",
	"PlacementStrategies":                     "placementStrategy",
	"ProxyConfigurationProperties":            "properties",
	"ManagedEBSVolume":                        "managedEBSVolume",
	"Role":                                    "roleArn",
	"Cluster":                                 "clusterArn",
}

// maps are the properties whose keys are the user's own words.
var userKeys = map[string]bool{"dockerLabels": true, "options": true, "driverOpts": true, "labels": true}

// respell spells all properties below v anew, but for intrinsic functions and for
// what users called themselves.
func respell(v any) any {
	switch v := v.(type) {
	case object:
		if intrinsic(v) {
			return v
		}
		out := object{}
		for k, one := range v {
			name := asECS(k)
			if o, ok := one.(object); ok && userKeys[name] && !intrinsic(o) {
				out[name] = o
				continue
			}
			out[name] = respell(one)
		}
		return out
	case []any:
		for i := range v {
			v[i] = respell(v[i])
		}
	}
	return v
}

// intrinsic says that a value is a function of CloudFormation, not an object.
func intrinsic(o object) bool {
	if len(o) != 1 {
		return false
	}
	for k := range o {
		return k == "Ref" || strings.HasPrefix(k, "Fn::")
	}
	return false
}
