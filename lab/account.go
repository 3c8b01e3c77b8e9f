package lab

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	ekstypes "github.com/aws/aws-sdk-go-v2/service/eks/types"

	"github.com/tranship/tranship/lab/cloud"
	"github.com/tranship/tranship/lab/dns"
	"github.com/tranship/tranship/lab/estate"
	"github.com/tranship/tranship/lab/node"
	"github.com/tranship/tranship/lab/vpc"
)

// Where the logs of the VPC are delivered to, and the EKS cluster's name.
const (
	QueryLogGroup = "/tranship-lab/dns"
	FlowLogGroup  = "/tranship-lab/flows"
	LogBucket     = "tranship-lab-logs-" + Account
	EKSCluster    = "lab"
	// flowLogs of the VPC: one writes to the group, one to the bucket.
	groupFlowLog  = "fl-0000000000000001"
	bucketFlowLog = "fl-0000000000000002"
)

// deliveries are the logs that the lab writes.
type deliveries struct{ queries, flows *estate.Log }

func (l *Lab) estateTiming() estate.Timing {
	if l.Options.Timing == "aws" {
		return estate.AWS()
	}
	return estate.Fast()
}

// startEstate makes what the account has beside Cloud Map and ECS: the logs of
// its VPC and the EKS cluster, which is the lab's control plane.
func (l *Lab) startEstate() error {
	timing := l.estateTiming()
	cfg := l.live.model.Config()
	e := estate.New(estate.Config{
		Start: cfg.Start, Account: cfg.Account, Region: cfg.Region, VPC: cfg.VPC.ID, Timing: timing,
		Keep: estate.Keep{Events: l.Options.KeepLogs, For: l.Options.History}, Admit: l.live.model.Admit,
	})
	format, err := vpc.ParseFormat(l.Options.FlowFormat)
	if err != nil {
		return err
	}
	if l.logs.queries, err = e.Deliver(estate.Delivery{
		Group: QueryLogGroup, LogsLag: timing.QueryLogs, Bucket: LogBucket, Every: timing.File, FilesLag: timing.QueryFiles,
		Key: estate.QueryLogKeys("", cfg.Account, cfg.VPC.ID),
	}); err != nil {
		return err
	}
	if l.logs.flows, err = e.Deliver(estate.Delivery{
		Group: FlowLogGroup, LogsLag: timing.FlowLogs, Bucket: LogBucket, Every: timing.File, FilesLag: timing.FlowFiles,
		Header: format.Header(), Key: estate.FlowLogKeys("", cfg.Account, cfg.Region, bucketFlowLog),
	}); err != nil {
		return err
	}
	if err := l.addCluster(e); err != nil {
		return err
	}
	l.live.do(func(c *cloud.Cloud) {
		l.live.beside = e
		for id, to := range map[string]ec2types.LogDestinationType{
			groupFlowLog: ec2types.LogDestinationTypeCloudWatchLogs, bucketFlowLog: ec2types.LogDestinationTypeS3,
		} {
			c.SeedFlowLog(flowLog(cfg, id, to, format.String()))
		}
	})
	l.estate = e
	return nil
}

// flowLog is a flow log of the VPC as EC2 describes it. The aggregation interval
// is AWS's, whatever the timing makes of it.
func flowLog(cfg cloud.Config, id string, to ec2types.LogDestinationType, format string) ec2types.FlowLog {
	text := func(s string) *string { return &s }
	interval := int32(time.Minute / time.Second)
	f := ec2types.FlowLog{
		FlowLogId: &id, ResourceId: text(cfg.VPC.ID), FlowLogStatus: text("ACTIVE"), DeliverLogsStatus: text("SUCCESS"), CreationTime: &cfg.Start,
		TrafficType: ec2types.TrafficTypeAll, LogDestinationType: to, LogFormat: &format, MaxAggregationInterval: &interval, Tags: []ec2types.Tag{},
	}
	if to == ec2types.LogDestinationTypeS3 {
		f.LogDestination = text("arn:aws:s3:::" + LogBucket)
	} else {
		f.LogGroupName = text(FlowLogGroup)
		f.LogDestination = text("arn:aws:logs:" + cfg.Region + ":" + cfg.Account + ":log-group:" + FlowLogGroup)
	}
	return f
}

// addCluster states the lab's control plane as an EKS cluster, with the identity
// provider of its service accounts.
func (l *Lab) addCluster(e *estate.Estate) error {
	if l.cluster == nil {
		return nil // a lab without Kubernetes has no EKS cluster
	}
	text := func(s string) *string { return &s }
	issuer := e.Issuer(EKSCluster)
	var subnets []string
	for _, z := range l.zones() {
		subnets = append(subnets, podSubnet(z))
	}
	version, err := l.kube.Discovery().ServerVersion()
	if err != nil {
		return fmt.Errorf("ask the control plane for its version: %w", err)
	}
	if err := e.EKS().AddCluster(ekstypes.Cluster{
		Name: text(EKSCluster), Endpoint: text(l.cluster.RESTConfig.Host), Version: text(version.Major + "." + version.Minor),
		CertificateAuthority: &ekstypes.Certificate{Data: text(base64.StdEncoding.EncodeToString(l.cluster.RESTConfig.CAData))},
		Identity:             &ekstypes.Identity{Oidc: &ekstypes.OIDC{Issuer: &issuer}},
		ResourcesVpcConfig:   &ekstypes.VpcConfigResponse{VpcId: text(e.Config().VPC), SubnetIds: subnets, EndpointPublicAccess: true},
		RoleArn:              text("arn:aws:iam::" + e.Config().Account + ":role/eks-" + EKSCluster),
	}); err != nil {
		return err
	}
	e.IAM().AddOpenIDConnectProvider(strings.TrimPrefix(issuer, "https://"), "sts.amazonaws.com")
	return nil
}

// deliverQuery takes a record of the query log; the model is locked. The stream
// is named after the VPC.
func (l *Lab) deliverQuery(q dns.QueryLog, line string) {
	l.logs.queries.Write(time.Now(), q.VPCID, line)
}

// deliverFlows takes records of the flow log, and the lines that they make. Each
// interface has a stream. The model is locked for some of them at once: for each
// alone it would take longer on a busy machine than the records cover, for all
// everybody else would wait.
func (l *Lab) deliverFlows(flows []vpc.Flow, lines []string) {
	const atOnce = 500
	for n := 0; n < len(flows); n += atOnce {
		l.live.do(func(*cloud.Cloud) {
			now := time.Now()
			for k := n; k < min(n+atOnce, len(flows)); k++ {
				l.logs.flows.Write(now, flows[k].Interface.ID+"-all", lines[k])
			}
		})
	}
}

// seedNodes makes the nodes EC2 instances, in subnets of their own.
func (l *Lab) seedNodes() (err error) {
	l.live.do(func(c *cloud.Cloud) {
		for _, z := range l.zones() {
			if err = c.SeedNode(cloud.Node{
				Name: node.NodePrefix + z, Cluster: EKSCluster, Prefixes: l.Options.PodPrefixes,
				Zone: cloud.Zone{Name: z, Subnet: podSubnet(z), CIDR: l.pool.Subnet(z)},
			}); err != nil {
				return
			}
		}
	})
	return err
}

// podEvent notes which node has a pod's address, and tells who wants to know.
func (l *Lab) podEvent(e node.Event) {
	l.record.event(e)
	if l.Options.OnPod != nil {
		l.Options.OnPod(e)
	}
	switch e.Kind {
	case node.Serving:
		l.live.do(func(c *cloud.Cloud) { c.AssignPod(node.NodePrefix+e.Zone, e.Addr.Addr()) })
	case node.Closed:
		l.live.do(func(c *cloud.Cloud) { c.ReleasePod(node.NodePrefix+e.Zone, e.Addr.Addr()) })
	case node.Signalled, node.Ready:
	}
}
