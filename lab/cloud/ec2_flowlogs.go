package cloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// SeedFlowLog says that a flow log is there. What it writes is not the model's:
// whoever has the traffic delivers it.
func (c *Cloud) SeedFlowLog(f types.FlowLog) { c.ec2.flowLogs = append(c.ec2.flowLogs, f) }

// DescribeFlowLogs has the signature of the client's method.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeFlowLogs.html
func (e *EC2) DescribeFlowLogs(ctx context.Context, in *ec2.DescribeFlowLogsInput, _ ...func(*ec2.Options)) (*ec2.DescribeFlowLogsOutput, error) {
	if err := e.enter(ctx, "DescribeFlowLogs"); err != nil {
		return nil, err
	}
	found, token, err := list[types.FlowLog]{
		id: func(f types.FlowLog) string { return val(f.FlowLogId) },
		of: func(f types.FlowLog) attributes {
			return attributes{
				"flow-log-id": {val(f.FlowLogId)}, "resource-id": {val(f.ResourceId)}, "log-group-name": {val(f.LogGroupName)},
				"log-destination-type": {string(f.LogDestinationType)}, "traffic-type": {string(f.TrafficType)},
				"deliver-log-status": {val(f.DeliverLogsStatus)},
			}
		},
		tags:    func(f types.FlowLog) []types.Tag { return f.Tags },
		missing: "InvalidFlowLogId.NotFound", noun: "flow log ID",
	}.page(append([]types.FlowLog(nil), e.flowLogs...), in.FlowLogIds, in.Filter, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &ec2.DescribeFlowLogsOutput{FlowLogs: found, NextToken: token}, nil
}
