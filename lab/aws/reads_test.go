package aws

import (
	"context"
	"errors"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	ekstypes "github.com/aws/aws-sdk-go-v2/service/eks/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	route53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// One read of each service: the error that its model gives reaches the real client
// as the type that it is, with the service's HTTP status; and the call is recorded
// with the action and the resource that a policy would name.
func TestReadsOfEveryService(t *testing.T) {
	e := serve(t)
	s, cfg := sdk.String, e.config(t)
	global := e.config(t, func(c *sdk.Config) { c.Region = "us-east-1" })
	at := testRegion + ":" + testAccount + ":"
	for _, c := range []struct {
		give     error
		typed    func(error) bool
		call     func(context.Context) error
		status   int
		action   string
		resource string
	}{
		{
			&route53types.NoSuchHostedZone{Message: s("no Z1")}, is[*route53types.NoSuchHostedZone],
			func(ctx context.Context) error {
				_, err := route53.NewFromConfig(global).ListResourceRecordSets(ctx, &route53.ListResourceRecordSetsInput{HostedZoneId: s("/hostedzone/Z1")})
				return err
			}, 404, "route53:ListResourceRecordSets", "arn:aws:route53:::hostedzone/Z1",
		},
		{
			&s3types.NoSuchKey{Message: s("no a/b")}, is[*s3types.NoSuchKey],
			func(ctx context.Context) error {
				_, err := s3.NewFromConfig(cfg).GetObject(ctx, &s3.GetObjectInput{Bucket: s("logs"), Key: s("a/b.gz")})
				return err
			}, 404, "s3:GetObject", "arn:aws:s3:::logs/a/b.gz",
		},
		{
			&s3types.NotFound{Message: s("no a/b")}, is[*s3types.NotFound],
			func(ctx context.Context) error {
				_, err := s3.NewFromConfig(cfg).HeadObject(ctx, &s3.HeadObjectInput{Bucket: s("logs"), Key: s("a")})
				return err
			}, 404, "s3:GetObject", "arn:aws:s3:::logs/a",
		},
		{
			&s3types.NoSuchBucket{Message: s("no logs")}, is[*s3types.NoSuchBucket],
			func(ctx context.Context) error {
				_, err := s3.NewFromConfig(cfg).ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: s("logs")})
				return err
			}, 404, "s3:ListBucket", "arn:aws:s3:::logs",
		},
		{
			&ekstypes.ResourceNotFoundException{Message: s("no shop"), ClusterName: s("shop")}, is[*ekstypes.ResourceNotFoundException],
			func(ctx context.Context) error {
				_, err := eks.NewFromConfig(cfg).DescribeCluster(ctx, &eks.DescribeClusterInput{Name: s("shop")})
				return err
			}, 404, "eks:DescribeCluster", "arn:aws:eks:" + at + "cluster/shop",
		},
		{
			&ekstypes.ServerException{Message: s("broken")}, is[*ekstypes.ServerException],
			func(ctx context.Context) error {
				_, err := eks.NewFromConfig(cfg).DescribePodIdentityAssociation(ctx, &eks.DescribePodIdentityAssociationInput{ClusterName: s("shop"), AssociationId: s("a-1")})
				return err
			}, 500, "eks:DescribePodIdentityAssociation", "arn:aws:eks:" + at + "podidentityassociation/shop/a-1",
		},
		{
			&iamtypes.NoSuchEntityException{Message: s("no r")}, is[*iamtypes.NoSuchEntityException],
			func(ctx context.Context) error {
				_, err := iam.NewFromConfig(global).GetRole(ctx, &iam.GetRoleInput{RoleName: s("r")})
				return err
			}, 404, "iam:GetRole", "arn:aws:iam::" + testAccount + ":role/r",
		},
		{
			&elbtypes.TargetGroupNotFoundException{Message: s("none")}, is[*elbtypes.TargetGroupNotFoundException],
			func(ctx context.Context) error {
				_, err := elasticloadbalancingv2.NewFromConfig(cfg).RegisterTargets(ctx, &elasticloadbalancingv2.RegisterTargetsInput{
					TargetGroupArn: s("arn:aws:elasticloadbalancing:x:targetgroup/a"), Targets: []elbtypes.TargetDescription{{Id: s("10.0.0.1")}},
				})
				return err
			}, 400, "elasticloadbalancing:RegisterTargets", "arn:aws:elasticloadbalancing:x:targetgroup/a",
		},
		{
			&cwtypes.InvalidNextToken{Message: s("which?")}, is[*cwtypes.InvalidNextToken],
			func(ctx context.Context) error {
				_, err := cloudwatch.NewFromConfig(cfg).DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{"a", "b"}})
				return err
			}, 400, "cloudwatch:DescribeAlarms", "arn:aws:cloudwatch:" + at + "alarm:a,arn:aws:cloudwatch:" + at + "alarm:b",
		},
		{
			&logstypes.ResourceNotFoundException{Message: s("none")}, is[*logstypes.ResourceNotFoundException],
			func(ctx context.Context) error {
				_, err := cloudwatchlogs.NewFromConfig(cfg).FilterLogEvents(ctx, &cloudwatchlogs.FilterLogEventsInput{LogGroupIdentifier: s("arn:aws:logs:x:log-group:g:*")})
				return err
			}, 400, "logs:FilterLogEvents", "arn:aws:logs:x:log-group:g",
		},
	} {
		t.Run(c.action, func(t *testing.T) {
			e.answer = func(string, any) (any, error) { return nil, c.give }
			err := c.call(t.Context())
			if !c.typed(err) {
				t.Errorf("the client got %v, want a %T", err, c.give)
			}
			rec := e.last(t)
			if rec.Status != c.status || rec.Action() != c.action || rec.Resource != c.resource {
				t.Errorf("recorded %d %s on %s; want %d %s on %s", rec.Status, rec.Action(), rec.Resource, c.status, c.action, c.resource)
			}
		})
	}
}

func is[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}

// A global service has one region, and the endpoint its own for clients that were told
// of it by hand; any other is refused.
func TestGlobalServicesHaveOneRegion(t *testing.T) {
	e := serve(t)
	e.answer = func(string, any) (any, error) { t.Error("the Impl was called"); return nil, nil }
	elsewhere := e.config(t, func(c *sdk.Config) { c.Region = "eu-west-1" })
	_, err := route53.NewFromConfig(elsewhere).ListHostedZones(t.Context(), &route53.ListHostedZonesInput{})
	wantCode(t, err, "SignatureDoesNotMatch", 403)
	_, err = iam.NewFromConfig(elsewhere).ListRoles(t.Context(), &iam.ListRolesInput{})
	wantCode(t, err, "SignatureDoesNotMatch", 403)
	if rec := e.last(t); rec.Message != "Credential should be scoped to a valid region, not 'eu-west-1'. This endpoint is in 'us-east-1'." {
		t.Errorf("recorded %q", rec.Message)
	}
}
