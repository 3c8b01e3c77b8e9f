package aws

import "reflect"

// EC2 gives its lists names that do not follow from the SDK's: a request has
// one numbered parameter for each element (Filter.1), an answer a ...Set. The
// operations of EC2 that the lab has need their lists here; NewHandler refuses
// one that is missing. Source: the EC2 API model, 2016-11-15.
var ec2InputLists = map[string]string{
	"DescribeVpcsInput.Filters": "Filter",
	"DescribeVpcsInput.VpcIds":  "VpcId",
	"Filter.Values":             "Value",
}

var ec2OutputLists = map[string]string{
	"DescribeVpcsOutput.Vpcs":         "vpcSet",
	"Vpc.CidrBlockAssociationSet":     "cidrBlockAssociationSet",
	"Vpc.Ipv6CidrBlockAssociationSet": "ipv6CidrBlockAssociationSet",
	"Vpc.Tags":                        "tagSet",
	"VpcEncryptionControl.Tags":       "tagSet",
}

func ec2InputName(owner reflect.Type, f reflect.StructField) string {
	if f.Type.Kind() == reflect.Slice {
		return ec2InputLists[owner.Name()+"."+f.Name]
	}
	return f.Name
}

func ec2OutputName(owner reflect.Type, f reflect.StructField) string {
	if f.Type.Kind() == reflect.Slice && f.Type != bytesType {
		return ec2OutputLists[owner.Name()+"."+f.Name]
	}
	return lowerFirst(f.Name)
}
