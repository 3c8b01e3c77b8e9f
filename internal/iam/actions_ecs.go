package iam

// keyCluster is the condition key that holds the ARN of an ECS cluster.
const keyCluster = "ecs:cluster"

// ecsActions are those of Amazon ECS.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
var ecsActions = []Action{
	{Name: "ecs:DescribeClusters", On: []Kind{ecsCluster}},
	{Name: "ecs:DescribeServices", On: []Kind{ecsService}, Keys: []string{keyCluster}},
	{Name: "ecs:DescribeTaskDefinition"},
	{Name: "ecs:DescribeTasks", On: []Kind{ecsTask}, Keys: []string{keyCluster}},
	{Name: "ecs:ListClusters"},
	{Name: "ecs:ListServices", Keys: []string{keyCluster}},
	// The reference gives it the resource container-instance, and AWS looks at "*" where
	// tasks of a whole cluster are listed: the condition is what narrows it.
	// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security_iam_id-based-policy-examples.html
	{Name: "ecs:ListTasks", Keys: []string{keyCluster}},
	// It asks for no iam:PassRole, since the desired count alone is changed.
	{Name: "ecs:UpdateService", On: []Kind{ecsService}, Keys: []string{keyCluster}},
}

// readActions are what else is only read.
var readActions = []Action{
	{Name: "ec2:DescribeRegions", Keys: []string{"ec2:Region"}},
	{Name: "ec2:DescribeSecurityGroups", Keys: []string{"ec2:Region"}},
	{Name: "ec2:DescribeSubnets", Keys: []string{"ec2:Region"}},
	{Name: "ec2:DescribeVpcs", Keys: []string{"ec2:Region"}},

	{Name: "application-autoscaling:DescribeScalableTargets"},
	{Name: "application-autoscaling:DescribeScalingPolicies"},
	{Name: "application-autoscaling:DescribeScheduledActions"},

	{Name: "elasticloadbalancing:DescribeListeners"},
	{Name: "elasticloadbalancing:DescribeLoadBalancers"},
	{Name: "elasticloadbalancing:DescribeRules"},
	{Name: "elasticloadbalancing:DescribeTags"},
	{Name: "elasticloadbalancing:DescribeTargetGroupAttributes"},
	{Name: "elasticloadbalancing:DescribeTargetGroups"},
	{Name: "elasticloadbalancing:DescribeTargetHealth"},

	{Name: "eks:DescribeCluster", On: []Kind{eksCluster}},

	{Name: "iam:GetPolicy", On: []Kind{managedPolicy}},
	{Name: "iam:GetPolicyVersion", On: []Kind{managedPolicy}},
	{Name: "iam:GetRole", On: []Kind{role}},
	{Name: "iam:GetRolePolicy", On: []Kind{role}},
	{Name: "iam:ListAttachedRolePolicies", On: []Kind{role}},
	{Name: "iam:ListRolePolicies", On: []Kind{role}},

	{Name: "sts:AssumeRole", On: []Kind{assumedRole}},
}
