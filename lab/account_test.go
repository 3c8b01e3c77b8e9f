package lab

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"

	product "github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/lab/cloud"
)

// wire is the configuration of an SDK client of the lab, for a region.
func wire(t *testing.T, region string) sdk.Config {
	t.Helper()
	proxy, err := url.Parse(bed.Ready.AWSEndpoint)
	if err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{Proxy: http.ProxyURL(proxy)}
	t.Cleanup(tr.CloseIdleConnections)
	return sdk.Config{
		Region: region, BaseEndpoint: sdk.String("http://aws.lab.internal"), HTTPClient: &http.Client{Transport: tr},
		Credentials: credentials.NewStaticCredentialsProvider(bed.Ready.AccessKeyID, bed.Ready.SecretAccessKey, ""),
		APIOptions:  []func(*middleware.Stack) error{product.PlainBodies},
	}
}

// What an inventory reads of the running lab, with the real clients: the names
// in Route 53, the interfaces of tasks and pods, target groups, roles, cluster.
func TestAccount(t *testing.T) {
	t.Parallel()
	ctx, cfg := t.Context(), wire(t, bed.Options.Region)
	service := ServiceName(8)

	var zone string
	bed.live.do(func(c *cloud.Cloud) { zone, _ = c.HostedZoneID(bed.Options.Namespace) })
	name := service + "." + bed.Options.Namespace
	sets, err := route53.NewFromConfig(wire(t, "us-east-1")).ListResourceRecordSets(ctx, &route53.ListResourceRecordSetsInput{
		HostedZoneId: &zone, StartRecordName: &name, MaxItems: sdk.Int32(2),
	})
	if err != nil || len(sets.ResourceRecordSets) != 2 || *sets.ResourceRecordSets[0].Name != name+"." {
		t.Fatalf("record sets of %s: %+v, %v", name, sets, err)
	}
	task := *sets.ResourceRecordSets[0].ResourceRecords[0].Value
	enis := ec2.NewFromConfig(cfg)
	found, err := enis.DescribeNetworkInterfaces(ctx, &ec2.DescribeNetworkInterfacesInput{Filters: []ec2types.Filter{
		{Name: sdk.String("addresses.private-ip-address"), Values: []string{task}},
	}})
	if err != nil || len(found.NetworkInterfaces) != 1 || !strings.Contains(*found.NetworkInterfaces[0].Description, ":attachment/") {
		t.Errorf("interfaces with %s: %+v, %v", task, found, err)
	}
	pods := 0
	bed.record.mu.Lock()
	for _, n := range bed.record.open {
		if s := bed.record.serving[n]; s.service == service && s.platform == "eks" {
			pods++
			name = s.Addr.String()
		}
	}
	bed.record.mu.Unlock()
	found, err = enis.DescribeNetworkInterfaces(ctx, &ec2.DescribeNetworkInterfacesInput{Filters: []ec2types.Filter{
		{Name: sdk.String("addresses.private-ip-address"), Values: []string{name}},
		{Name: sdk.String("tag:cluster.k8s.amazonaws.com/name"), Values: []string{EKSCluster}},
	}})
	if err != nil || len(found.NetworkInterfaces) != 1 || pods == 0 {
		t.Errorf("interfaces with the pod's %s, one of %d: %+v, %v", name, pods, found, err)
	}

	svc, err := ecs.NewFromConfig(cfg).DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: sdk.String(ECSCluster), Services: []string{service}})
	if err != nil || len(svc.Services) != 1 || len(svc.Services[0].LoadBalancers) != 1 {
		t.Fatalf("service %s: %+v, %v", service, svc, err)
	}
	health, err := elb.NewFromConfig(cfg).DescribeTargetHealth(ctx, &elb.DescribeTargetHealthInput{TargetGroupArn: svc.Services[0].LoadBalancers[0].TargetGroupArn})
	if err != nil || len(health.TargetHealthDescriptions) != bed.Options.Tasks {
		t.Errorf("targets of %s: %+v, %v", service, health, err)
	}
	role, err := iam.NewFromConfig(wire(t, "us-east-1")).GetRole(ctx, &iam.GetRoleInput{RoleName: sdk.String(service + "-task")})
	if err != nil || !strings.Contains(*role.Role.AssumeRolePolicyDocument, "ecs-tasks.amazonaws.com") {
		t.Errorf("role of %s: %+v, %v", service, role, err)
	}
	cluster, err := eks.NewFromConfig(cfg).DescribeCluster(ctx, &eks.DescribeClusterInput{Name: sdk.String(EKSCluster)})
	if err != nil || *cluster.Cluster.Endpoint != bed.cluster.RESTConfig.Host || cluster.Cluster.Identity.Oidc.Issuer == nil {
		t.Errorf("cluster: %+v, %v", cluster, err)
	}
}

// A question and a connection of a client end up in the logs as AWS delivers
// them: in the log groups, and as files in the bucket.
func TestLogsOfTheVPC(t *testing.T) {
	t.Parallel()
	ctx, cfg := t.Context(), wire(t, bed.Options.Region)
	client, name := netip.MustParseAddr("10.0.3.77"), ServiceName(8)+"."+bed.Options.Namespace
	r, err := bed.lookup(ctx, client, name)
	if err != nil || len(r.Records) == 0 {
		t.Fatalf("%s: %+v, %v", name, r, err)
	}
	c, err := bed.fabric.Dial(ctx, client, netip.AddrPortFrom(r.Addrs()[0], Port))
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()

	logs := cloudwatchlogs.NewFromConfig(cfg)
	query := func(group, text string) (rows []string, err error) {
		from, to := time.Now().Add(-time.Hour).Unix(), time.Now().Add(time.Hour).Unix()
		q, err := logs.StartQuery(ctx, &cloudwatchlogs.StartQueryInput{LogGroupName: &group, StartTime: &from, EndTime: &to, QueryString: &text})
		if err != nil {
			return nil, err
		}
		err = bed.await(ctx, func() error {
			out, err := logs.GetQueryResults(ctx, &cloudwatchlogs.GetQueryResultsInput{QueryId: q.QueryId})
			if err != nil {
				return err
			}
			if out.Status != "Complete" {
				return fmt.Errorf("the query is %s", out.Status)
			}
			rows = nil
			for _, row := range out.Results {
				var values []string
				for _, f := range row {
					values = append(values, *f.Value)
				}
				rows = append(rows, strings.Join(values, " "))
			}
			return nil
		})
		return rows, err
	}
	for _, want := range []struct{ group, text, row string }{
		{QueryLogGroup, "filter srcaddr = '10.0.3.77' | stats count(*) by query_name, rcode", name + ". NOERROR 1"},
		{
			FlowLogGroup, "filter srcAddr = '10.0.3.77' and action = 'ACCEPT' | stats count_distinct(dstPort) by dstAddr",
			r.Addrs()[0].String() + " 1",
		},
	} {
		err := bed.await(ctx, func() error {
			rows, err := query(want.group, want.text)
			if err == nil && !slices.Equal(rows, []string{want.row}) {
				err = fmt.Errorf("%s: %q has %q, want %q", want.group, want.text, rows, want.row)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}

	bucket, files := LogBucket, s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
	for _, prefix := range []string{"AWSLogs/" + Account + "/vpcdnsquerylogs/", "AWSLogs/" + Account + "/vpcflowlogs/"} {
		err := bed.await(ctx, func() error {
			list, err := files.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix})
			if err != nil {
				return err
			}
			for _, o := range list.Contents {
				got, err := files.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: o.Key})
				if err != nil {
					return err
				}
				z, err := gzip.NewReader(got.Body)
				if err != nil {
					return err
				}
				text, err := io.ReadAll(z)
				if err != nil {
					return err
				}
				if strings.Contains(string(text), "10.0.3.77") {
					return nil
				}
			}
			return fmt.Errorf("none of %d files under %s has the client", len(list.Contents), prefix)
		})
		if err != nil {
			t.Error(err)
		}
	}
}
