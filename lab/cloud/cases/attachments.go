package cases

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// compareInterfaces reads each task of the cluster twice: from ECS and from EC2.
func compareInterfaces(r *runner, ctx context.Context) (string, error) {
	cluster := r.arg("cluster", "prod")
	var arns []string
	for _, status := range []string{"RUNNING", "STOPPED"} {
		tasks, err := r.target.ECS.ListTasks(ctx, &ecs.ListTasksInput{Cluster: &cluster, DesiredStatus: ecstypes.DesiredStatus(status)})
		if err != nil {
			return "", err
		}
		arns = append(arns, tasks.TaskArns...)
	}
	all, err := r.target.EC2.DescribeNetworkInterfaces(ctx, &ec2.DescribeNetworkInterfacesInput{})
	if err != nil {
		return "", err
	}
	byID := map[string]ec2types.NetworkInterface{}
	for _, i := range all.NetworkInterfaces {
		byID[*i.NetworkInterfaceId] = i
	}
	if len(arns) == 0 {
		return fmt.Sprintf("no tasks, %d interfaces\n", len(byID)), nil
	}
	described, err := r.target.ECS.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: &cluster, Tasks: arns})
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, t := range described.Tasks {
		r.name((*t.TaskArn)[strings.LastIndexByte(*t.TaskArn, '/')+1:], "t")
		at := t.Attachments[0]
		details := map[string]string{}
		for _, d := range at.Details {
			details[*d.Name] = *d.Value
		}
		i, there := byID[details["networkInterfaceId"]]
		delete(byID, details["networkInterfaceId"])
		fmt.Fprintf(&b, "%s %s %s ", (*t.TaskArn)[strings.LastIndexByte(*t.TaskArn, '/')+1:], *t.LastStatus, *at.Status)
		switch {
		case !there:
			b.WriteString("no interface\n")
		case details["subnetId"] != *i.SubnetId || details["macAddress"] != *i.MacAddress || details["privateIPv4Address"] != *i.PrivateIpAddress ||
			details["privateDnsName"] != *i.PrivateDnsName || !strings.HasSuffix(*i.Description, ":attachment/"+*at.Id):
			fmt.Fprintf(&b, "differs: %v, %s %s %s %s %s\n", details, *i.SubnetId, *i.MacAddress, *i.PrivateIpAddress, *i.PrivateDnsName, *i.Description)
		default:
			fmt.Fprintf(&b, "%s in both\n", *i.PrivateIpAddress)
		}
	}
	fmt.Fprintf(&b, "%d interfaces more\n", len(byID))
	return b.String(), nil
}
