package saved

import (
	"cmp"
	"strings"
)

// ref is what Ref gives: a parameter, a pseudo parameter, or what a resource is known by.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/pseudo-parameter-reference.html
func (t *template) ref(name string, depth int) (any, bool) {
	switch name {
	case "AWS::NoValue":
		return noValue{}, true
	case "AWS::AccountId":
		return t.r.o.Account, t.r.o.Account != ""
	case "AWS::Region":
		return t.r.o.Region, t.r.o.Region != ""
	case "AWS::Partition", "AWS::URLSuffix":
		return t.partition(name)
	}
	if p := child(t.parameters, name); p != nil {
		return t.parameter(name, p)
	}
	if v, ok := t.r.o.Parameters[name]; ok {
		return v, true
	}
	return t.attribute([]any{name, "Ref"}, depth)
}

// partition follows from the region.
// https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
func (t *template) partition(name string) (any, bool) {
	region := t.r.o.Region
	values := [2]string{"aws", "amazonaws.com"}
	switch {
	case region == "":
		return nil, false
	case strings.HasPrefix(region, "cn-"):
		values = [2]string{"aws-cn", "amazonaws.com.cn"}
	case strings.HasPrefix(region, "us-gov-"):
		values = [2]string{"aws-us-gov", "amazonaws.com"}
	}
	if name == "AWS::Partition" {
		return values[0], true
	}
	return values[1], true
}

// parameter is its value, or its default. That of an SSM parameter is only its name.
func (t *template) parameter(name string, p object) (any, bool) {
	v, ok := p["Default"]
	if given, is := t.r.o.Parameters[name]; is {
		v, ok = given, true
	}
	kind := text(p, "Type")
	if !ok || strings.HasPrefix(kind, "AWS::SSM::Parameter::Value") {
		return nil, false
	}
	if kind != "CommaDelimitedList" && !strings.HasPrefix(kind, "List<") {
		return v, true
	}
	var list []any
	for part := range strings.SplitSeq(scalar(v), ",") {
		list = append(list, strings.TrimSpace(part))
	}
	return list, true
}

// attribute is what Fn::GetAtt gives, or with the attribute Ref what Ref gives, of a
// resource of the template; as far as its properties tell.
func (t *template) attribute(arg any, depth int) (any, bool) {
	id, name := "", ""
	switch arg := arg.(type) {
	case string:
		id, name, _ = strings.Cut(arg, ".")
	case []any:
		if len(arg) == 2 {
			id, name = scalar(arg[0]), scalar(arg[1])
		}
	}
	res, ok := t.resources[id]
	if !ok || depth > deepest {
		return nil, false
	}
	if yes, told := t.condition(res.condition, depth); told && !yes {
		return nil, false
	}
	// A property that the resource is named by.
	property := func(key string) (string, bool) { return t.property(id, key, depth) }
	at := t.r.here()
	switch res.kind + "." + name {
	case taskDefinitionType + ".Ref", taskDefinitionType + ".TaskDefinitionArn":
		family, ok := t.name(id, "Family", depth)
		return arn(at, "ecs", "task-definition/"+family+":0"), ok
	case clusterType + ".Ref":
		return t.name(id, "ClusterName", depth)
	case clusterType + ".Arn":
		name, ok := t.name(id, "ClusterName", depth)
		return arn(at, "ecs", "cluster/"+name), ok
	case serviceType + ".Name":
		return t.name(id, "ServiceName", depth)
	case serviceType + ".Ref", serviceType + ".ServiceArn":
		name, ok := t.name(id, "ServiceName", depth)
		return arn(at, "ecs", "service/"+t.cluster(res.properties, depth+1)+"/"+name), ok
	case cloudMapType + ".Ref", cloudMapType + ".Id", privateType + ".Ref", privateType + ".Id", publicType + ".Ref", publicType + ".Id", httpType + ".Ref", httpType + ".Id":
		return id, true // stands for what AWS gives it
	case cloudMapType + ".Arn":
		return arn(at, "servicediscovery", "service/"+id), true
	case cloudMapType + ".Name":
		return t.name(id, "Name", depth)
	case privateType + ".Arn", publicType + ".Arn", httpType + ".Arn":
		return arn(at, "servicediscovery", "namespace/"+id), true
	case targetType + ".Ref":
		target, ok := property("ResourceId")
		return target + "|" + scalar(res.properties["ScalableDimension"]) + "|ecs", ok
	case "AWS::IAM::Role.Arn":
		role, ok := property("RoleName")
		path, given := property("Path")
		if !given {
			path = "/"
		}
		return "arn:aws:iam::" + at.Account + ":role" + cmp.Or(path, "/") + role, ok && t.r.o.Account != ""
	case "AWS::ECR::Repository.RepositoryUri":
		repository, ok := property("RepositoryName")
		return at.Account + ".dkr.ecr." + at.Region + ".amazonaws.com/" + repository, ok && t.r.o.Account != "" && t.r.o.Region != ""
	}
	if key, ok := namedBy[res.kind]; ok && name == "Ref" {
		return property(key)
	}
	return nil, false
}

// namedBy are the types whose Ref is their name, by the property that gives it.
var namedBy = map[string]string{
	"AWS::DynamoDB::Table": "TableName", "AWS::ECR::Repository": "RepositoryName", "AWS::IAM::Role": "RoleName", "AWS::Logs::LogGroup": "LogGroupName",
	"AWS::S3::Bucket": "BucketName", "AWS::SSM::Parameter": "Name", "AWS::Kinesis::Stream": "Name",
}

// name is a resource's name by its property, or, where CloudFormation makes one, its
// logical id in place of that.
func (t *template) name(id, property string, depth int) (string, bool) {
	if _, ok := t.resources[id].properties[property]; !ok {
		return id, true
	}
	return t.property(id, property, depth)
}

// property is a text of a resource, worked out once. One that leads to itself is none.
func (t *template) property(id, key string, depth int) (string, bool) {
	at := id + " " + key
	if v, ok := t.known[at]; ok {
		return known(v)
	}
	t.known[at] = nil // under way
	t.known[at] = t.resolve(t.resources[id].properties[key], depth+1)
	return known(t.known[at])
}

// cluster is the name of the cluster that a service's properties name.
func (t *template) cluster(properties object, depth int) string {
	c, ok := properties["Cluster"]
	if !ok {
		return "default"
	}
	name, ok := known(t.resolve(c, depth))
	if !ok {
		return "unresolved"
	}
	return last(name)
}
