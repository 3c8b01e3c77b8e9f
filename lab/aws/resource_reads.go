package aws

// The resources of the services beside Cloud Map and ECS, as
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
// has them, service by service. What is not listed is checked against *, as most
// of the actions that describe are.
var (
	scalingResources = map[string]resourceRule{
		"ListTagsForResource": {field: "ResourceARN"},
		"TagResource":         {field: "ResourceARN"},
		"UntagResource":       {field: "ResourceARN"},
	}

	stsResources = map[string]resourceRule{
		"AssumeRole": {field: "RoleArn"},
	}

	elbResources = map[string]resourceRule{
		"DeregisterTargets":            {field: "TargetGroupArn"},
		"ModifyListener":               {field: "ListenerArn"},
		"ModifyLoadBalancerAttributes": {field: "LoadBalancerArn"},
		"ModifyRule":                   {field: "RuleArn"},
		"ModifyTargetGroup":            {field: "TargetGroupArn"},
		"ModifyTargetGroupAttributes":  {field: "TargetGroupArn"},
		"RegisterTargets":              {field: "TargetGroupArn"},
		"AddTags":                      {field: "ResourceArns"},
		"RemoveTags":                   {field: "ResourceArns"},
	}

	eksResources = map[string]resourceRule{
		"CreatePodIdentityAssociation":   {arn: eksCluster + "{ClusterName}"},
		"DeletePodIdentityAssociation":   {arn: podIdentity},
		"DescribeCluster":                {arn: eksCluster + "{Name}"},
		"DescribePodIdentityAssociation": {arn: podIdentity},
		"ListNodegroups":                 {arn: eksCluster + "{ClusterName}"},
		"ListPodIdentityAssociations":    {arn: eksCluster + "{ClusterName}"},
		"UpdatePodIdentityAssociation":   {arn: podIdentity},
		"ListTagsForResource":            {field: "ResourceArn"},
		"TagResource":                    {field: "ResourceArn"},
		"UntagResource":                  {field: "ResourceArn"},
	}

	iamResources = map[string]resourceRule{
		"AttachRolePolicy":         {arn: iamRole},
		"CreateRole":               {arn: iamRole},
		"DeleteRole":               {arn: iamRole},
		"DeleteRolePolicy":         {arn: iamRole},
		"DetachRolePolicy":         {arn: iamRole},
		"GetOpenIDConnectProvider": {field: "OpenIDConnectProviderArn"},
		"GetPolicy":                {field: "PolicyArn"},
		"GetPolicyVersion":         {field: "PolicyArn"},
		"GetRole":                  {arn: iamRole},
		"GetRolePolicy":            {arn: iamRole},
		"ListAttachedRolePolicies": {arn: iamRole},
		"ListPolicyVersions":       {field: "PolicyArn"},
		"ListRolePolicies":         {arn: iamRole},
		"ListRoleTags":             {arn: iamRole},
		"PutRolePolicy":            {arn: iamRole},
		"SimulatePrincipalPolicy":  {field: "PolicySourceArn"},
		"UpdateAssumeRolePolicy":   {arn: iamRole},
	}

	logsResources = map[string]resourceRule{
		"DescribeLogStreams": {arn: logGroup + "{LogGroupName}"},
		"FilterLogEvents":    {arn: logGroup + "{LogGroupName}", or: logGroup + "{LogGroupIdentifier}"},
		"GetLogEvents":       {arn: logGroup + "{LogGroupName}", or: logGroup + "{LogGroupIdentifier}"},
		"StartQuery":         {arn: logGroup + "{LogGroupName}", or: logGroup + "{LogGroupNames} " + logGroup + "{LogGroupIdentifiers}"},
	}

	cloudWatchResources = map[string]resourceRule{
		"DescribeAlarms":       {arn: alarm + "{AlarmNames}"},
		"DescribeAlarmHistory": {arn: alarm + "{AlarmName}"},
		"PutMetricAlarm":       {arn: alarm + "{AlarmName}"},
		"SetAlarmState":        {arn: alarm + "{AlarmName}"},
		"DeleteAlarms":         {arn: alarm + "{AlarmNames}"},
	}

	ec2Resources = map[string]resourceRule{
		"DescribeVpcAttribute": {arn: "arn:aws:ec2:{region}:{account}:vpc/{VpcId}"},
	}

	route53Resources = map[string]resourceRule{
		"ChangeResourceRecordSets": {arn: hostedZone + "{HostedZoneId}"},
		"DeleteHostedZone":         {arn: hostedZone + "{Id}"},
		"GetChange":                {arn: "arn:aws:route53:::change/{Id}"},
		"GetDNSSEC":                {arn: hostedZone + "{HostedZoneId}"},
		"GetHostedZone":            {arn: hostedZone + "{Id}"},
		"ListResourceRecordSets":   {arn: hostedZone + "{HostedZoneId}"},
		"UpdateHostedZoneComment":  {arn: hostedZone + "{Id}"},
	}

	s3Resources = map[string]resourceRule{
		"GetBucketLocation":   {arn: "arn:aws:s3:::{Bucket}"},
		"GetBucketPolicy":     {arn: "arn:aws:s3:::{Bucket}"},
		"GetBucketTagging":    {arn: "arn:aws:s3:::{Bucket}"},
		"GetBucketVersioning": {arn: "arn:aws:s3:::{Bucket}"},
		"GetObject":           {arn: "arn:aws:s3:::{Bucket}/{Key}"},
		"GetObjectTagging":    {arn: "arn:aws:s3:::{Bucket}/{Key}"},
		"HeadBucket":          {arn: "arn:aws:s3:::{Bucket}"},
		"HeadObject":          {arn: "arn:aws:s3:::{Bucket}/{Key}"},
		"ListObjects":         {arn: "arn:aws:s3:::{Bucket}"},
		"ListObjectsV2":       {arn: "arn:aws:s3:::{Bucket}"},
	}
)

const (
	eksCluster  = "arn:aws:eks:{region}:{account}:cluster/"
	podIdentity = "arn:aws:eks:{region}:{account}:podidentityassociation/{ClusterName}/{AssociationId}"
	iamRole     = "arn:aws:iam::{account}:role/{RoleName}"
	logGroup    = "arn:aws:logs:{region}:{account}:log-group:"
	alarm       = "arn:aws:cloudwatch:{region}:{account}:alarm:"
	hostedZone  = "arn:aws:route53:::hostedzone/"
)

// policyActions are the operations that IAM calls otherwise:
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
var policyActions = map[string]string{
	"s3:HeadBucket":    "s3:ListBucket",
	"s3:HeadObject":    "s3:GetObject",
	"s3:ListBuckets":   "s3:ListAllMyBuckets",
	"s3:ListObjects":   "s3:ListBucket",
	"s3:ListObjectsV2": "s3:ListBucket",
}

// policyPrefixes are the services that IAM calls otherwise than their signatures do.
var policyPrefixes = map[string]string{"monitoring": "cloudwatch"}
