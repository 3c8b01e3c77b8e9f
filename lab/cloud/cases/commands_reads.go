package cases

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"sigs.k8s.io/yaml"

	"github.com/tranship/tranship/lab/cloud"
)

// The commands of Route 53 and EC2: call names a client, an operation and, in
// YAML, its input.
var readCommands = map[string]command{
	"call": call, "seed-zone": seedZone, "seed-node": seedNode, "seed-group": seedGroup, "seed-flow-log": seedFlowLog, "pod": pod,
	"attachments": compareInterfaces,
}

// call CLIENT OPERATION calls. With zone=NAME, zone:NAME stands for the id of the
// hosted zone; with name=SYMBOL:PATH, SYMBOL for the id that the output has at
// PATH. count=MEMBER prints how many a list has, times=N how often it went well.
func call(r *runner, ctx context.Context) (string, error) {
	clients := map[string]any{"route53": r.target.Route53, "ec2": r.target.EC2}
	client := clients[r.word(0)]
	if client == nil {
		return "", fmt.Errorf("no client %s", r.word(0))
	}
	if zone := r.arg("zone", ""); zone != "" {
		r.zoneID(zone)
	}
	out, err := "", error(nil)
	went := 0
	for range r.number("times", 1) {
		if out, err = Call(ctx, client, r.word(1), r.d.Input, r.id, r.at); err != nil {
			break
		}
		went++
	}
	switch {
	case r.d.HasArg("times"):
		return fmt.Sprintf("%d went well\n", went), err
	case err != nil:
		return "", err
	case r.d.HasArg("count"):
		return fmt.Sprintf("%d\n", strings.Count(r.field(out, r.arg("count", "")), "\n- ")), nil
	case r.d.HasArg("name"):
		symbol, path, _ := strings.Cut(r.arg("name", ""), ":")
		id := strings.TrimSpace(r.field(out, path))
		id = id[strings.LastIndexByte(id, '/')+1:]
		r.s.Call(id, symbol)
	}
	return out, nil
}

// field is what the output has at a path such as ChangeInfo.Id, as YAML.
func (r *runner) field(out, path string) string {
	var tree any
	if err := yaml.Unmarshal([]byte(out), &tree); err != nil {
		r.d.Fatalf(r.t, "%v", err)
	}
	for _, p := range strings.Split(path, ".") {
		m, _ := tree.(map[string]any)
		tree = m[p]
	}
	b, err := yaml.Marshal(tree)
	if err != nil {
		r.d.Fatalf(r.t, "%v", err)
	}
	return "\n" + string(b)
}

// zoneID names the hosted zone of a Cloud Map namespace.
func (r *runner) zoneID(name string) {
	symbol := "zone:" + name
	if r.id(symbol) != symbol {
		return
	}
	r.target.Do(func(c *cloud.Cloud) {
		if id, ok := c.HostedZoneID(name); ok {
			r.s.Call(id, symbol)
		}
	})
}

// seedZone name=NAME makes a zone of the user's own, with records in lines:
// NAME TYPE TTL VALUE.
func seedZone(r *runner, _ context.Context) (string, error) {
	h := cloud.HostedZone{Name: r.arg("name", "corp.internal"), Comment: r.arg("comment", "")}
	for line := range strings.Lines(r.d.Input) {
		var name, kind, value string
		var ttl int64
		if _, err := fmt.Sscan(line, &name, &kind, &ttl, &value); err != nil {
			return "", err
		}
		h.Records = append(h.Records, r53types.ResourceRecordSet{
			Name: &name, Type: r53types.RRType(kind), TTL: &ttl, ResourceRecords: []r53types.ResourceRecord{{Value: &value}},
		})
	}
	var err error
	r.target.Do(func(c *cloud.Cloud) { err = c.SeedHostedZone(h) })
	return "", err
}

// seedNode name=NAME [prefixes] adds a node in the zone a, whose subnet is its own.
func seedNode(r *runner, _ context.Context) (string, error) {
	n := cloud.Node{
		Name: r.arg("name", "node-a"), Cluster: r.arg("cluster", ""), Prefixes: r.d.HasArg("prefixes"),
		Zone: cloud.Zone{Name: r.region + "a", Subnet: r.arg("subnet", "subnet-nodes-a"), CIDR: netip.MustParsePrefix(r.arg("cidr", "10.0.64.0/24"))},
	}
	var err error
	r.target.Do(func(c *cloud.Cloud) { err = c.SeedNode(n) })
	return "", err
}

// pod ADDRESS [node=NAME] [gone] gives a pod an address, or takes it away.
func pod(r *runner, _ context.Context) (string, error) {
	a, err := netip.ParseAddr(r.word(0))
	if err != nil {
		return "", err
	}
	r.target.Do(func(c *cloud.Cloud) {
		if r.d.HasArg("gone") {
			c.ReleasePod(r.arg("node", "node-a"), a)
		} else {
			c.AssignPod(r.arg("node", "node-a"), a)
		}
	})
	return "", nil
}

// seedGroup id=ID name=NAME [port=N] [from=GROUP|CIDR] adds a security group with one rule.
func seedGroup(r *runner, _ context.Context) (string, error) {
	port := int32(r.number("port", 8080))
	rule := types.IpPermission{IpProtocol: ptr("tcp"), FromPort: &port, ToPort: &port}
	if from := r.arg("from", "10.0.0.0/16"); strings.HasPrefix(from, "sg-") {
		rule.UserIdGroupPairs = []types.UserIdGroupPair{{GroupId: &from, UserId: ptr(r.account)}}
	} else {
		rule.IpRanges = []types.IpRange{{CidrIp: &from}}
	}
	var err error
	r.target.Do(func(c *cloud.Cloud) {
		err = c.SeedSecurityGroup(types.SecurityGroup{
			GroupId: ptr(r.arg("id", "")), GroupName: ptr(r.arg("name", "")), Description: ptr("of a case"), IpPermissions: []types.IpPermission{rule},
		})
	})
	return "", err
}

func seedFlowLog(r *runner, _ context.Context) (string, error) {
	r.target.Do(func(c *cloud.Cloud) {
		c.SeedFlowLog(types.FlowLog{
			FlowLogId: ptr(r.arg("id", "fl-0a1b2c3d4e5f60718")), ResourceId: ptr(c.Config().VPC.ID), FlowLogStatus: ptr("ACTIVE"),
			TrafficType: types.TrafficTypeAll, LogDestinationType: types.LogDestinationTypeS3, LogDestination: ptr("arn:aws:s3:::flow-logs"),
			LogFormat: ptr("${version} ${srcaddr} ${dstaddr}"), MaxAggregationInterval: ptr(int32(60)), CreationTime: ptr(c.Now()),
			DeliverLogsStatus: ptr("SUCCESS"), Tags: []types.Tag{},
		})
	})
	return "", nil
}
