package iam

// executionActions are those of what ECS does with a task's execution role, and of
// what does the same in EKS.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
var executionActions = []Action{
	{Name: "ecr:BatchCheckLayerAvailability", On: []Kind{repository}},
	{Name: "ecr:BatchGetImage", On: []Kind{repository}},
	{Name: "ecr:GetAuthorizationToken"},
	{Name: "ecr:GetDownloadUrlForLayer", On: []Kind{repository}},
	{Name: "kms:Decrypt", On: []Kind{kmsKey}, Keys: []string{"kms:ViaService"}},
	{Name: "logs:CreateLogGroup", On: []Kind{logGroup}},
	{Name: "logs:CreateLogStream", On: []Kind{logGroup}},
	{Name: "logs:DescribeLogStreams", On: []Kind{logGroup}},
	{Name: "logs:PutLogEvents", On: []Kind{logGroup}},
	{Name: "secretsmanager:DescribeSecret", On: []Kind{secret}},
	{Name: "secretsmanager:GetSecretValue", On: []Kind{secret}},
	{Name: "ssm:GetParameter", On: []Kind{parameter}},
	{Name: "ssm:GetParameters", On: []Kind{parameter}},
}
