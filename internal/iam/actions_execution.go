package iam

// executionActions are what the execution role of a task is used for by ECS.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
var executionActions = []Action{}
