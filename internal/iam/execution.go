package iam

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// Task is what of a task definition ECS uses the execution role for, or has kept for
// it: no value, only where values are.
type Task struct {
	Account, Region string
	Family          string
	Role, Execution string // ARNs of task role and execution role; "" without
	Repositories    []string
	Secrets         []string // ARNs, without JSON key and version
	Parameters      []string // ARNs
	Logs            []string // ARNs of log groups
	MakesLogs       bool     // awslogs-create-group
	Files           []string // ARNs of environment files in S3
}

// taskDefinition is the part of one that is read.
type taskDefinition struct {
	Family           string `json:"family"`
	TaskRoleArn      string `json:"taskRoleArn"`
	ExecutionRoleArn string `json:"executionRoleArn"`
	Containers       []struct {
		Name    string `json:"name"`
		Image   string `json:"image"`
		Secrets []struct {
			Name      string `json:"name"`
			ValueFrom string `json:"valueFrom"`
		} `json:"secrets"`
		RepositoryCredentials struct {
			Parameter string `json:"credentialsParameter"`
		} `json:"repositoryCredentials"`
		EnvironmentFiles []struct {
			Value string `json:"value"`
		} `json:"environmentFiles"`
		Log struct {
			Driver  string            `json:"logDriver"`
			Options map[string]string `json:"options"`
			Secrets []struct {
				Name      string `json:"name"`
				ValueFrom string `json:"valueFrom"`
			} `json:"secretOptions"`
		} `json:"logConfiguration"`
	} `json:"containerDefinitions"`
}

// ecrImage is an image in a private registry of Amazon ECR.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html
var ecrImage = regexp.MustCompile(`^([0-9]{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws)/([^:@]+)(?:[:@].*)?$`)

// ReadTask reads a task definition, as `aws ecs describe-task-definition` prints it or
// the taskDefinition in it, of an account and region.
// Errors: no JSON; a reference that is neither a secret nor a parameter.
func ReadTask(document []byte, account, region string) (Task, error) {
	var outer struct {
		TaskDefinition json.RawMessage `json:"taskDefinition"`
	}
	var d taskDefinition
	if err := json.Unmarshal(document, &outer); err != nil {
		return Task{}, fmt.Errorf("read a task definition: %w", err)
	}
	if outer.TaskDefinition != nil {
		document = outer.TaskDefinition
	}
	if err := json.Unmarshal(document, &d); err != nil {
		return Task{}, fmt.Errorf("read a task definition: %w", err)
	}
	t := Task{Account: account, Region: region, Family: d.Family, Role: d.TaskRoleArn, Execution: d.ExecutionRoleArn}
	partition := PartitionOf(region)
	for _, c := range d.Containers {
		if m := ecrImage.FindStringSubmatch(c.Image); m != nil {
			t.Repositories = append(t.Repositories, "arn:"+partition+":ecr:"+m[2]+":"+m[1]+":repository/"+m[3])
		}
		for _, s := range append(c.Secrets, c.Log.Secrets...) {
			if err := t.refer(s.ValueFrom, "ssm"); err != nil {
				return Task{}, fmt.Errorf("task definition %s, container %s, secret %s: %w", d.Family, c.Name, s.Name, err)
			}
		}
		if p := c.RepositoryCredentials.Parameter; p != "" {
			if err := t.refer(p, "secretsmanager"); err != nil {
				return Task{}, fmt.Errorf("task definition %s, container %s, repositoryCredentials: %w", d.Family, c.Name, err)
			}
		}
		for _, f := range c.EnvironmentFiles {
			t.Files = append(t.Files, f.Value)
		}
		if group := c.Log.Options["awslogs-group"]; c.Log.Driver == "awslogs" && group != "" {
			in := cmp.Or(c.Log.Options["awslogs-region"], region)
			t.Logs = append(t.Logs, "arn:"+partition+":logs:"+in+":"+account+":log-group:"+group)
			t.MakesLogs = t.MakesLogs || c.Log.Options["awslogs-create-group"] == "true"
		}
	}
	for _, list := range []*[]string{&t.Repositories, &t.Secrets, &t.Parameters, &t.Logs, &t.Files} {
		*list = sorted(*list)
	}
	return t, nil
}

// refer takes in a valueFrom: the ARN of a secret with JSON key and version, that of a
// parameter, or the name alone of what is in the same account and region.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar.html
func (t *Task) refer(from, service string) error {
	partition := PartitionOf(t.Region)
	if !strings.HasPrefix(from, "arn:") {
		switch {
		case from == "":
			return fmt.Errorf("it refers to nothing")
		case service == "ssm":
			t.Parameters = append(t.Parameters, "arn:"+partition+":ssm:"+t.Region+":"+t.Account+":parameter/"+strings.TrimPrefix(from, "/"))
		default:
			t.Secrets = append(t.Secrets, "arn:"+partition+":secretsmanager:"+t.Region+":"+t.Account+":secret:"+from+"-??????")
		}
		return nil
	}
	f := strings.SplitN(from, ":", 8)
	switch {
	case len(f) >= 7 && f[2] == "secretsmanager" && f[5] == "secret":
		t.Secrets = append(t.Secrets, whole(strings.Join(f[:7], ":"))...)
	case len(f) == 6 && f[2] == "ssm" && strings.HasPrefix(f[5], "parameter/"):
		t.Parameters = append(t.Parameters, from)
	default:
		return fmt.Errorf("%s is neither a secret of Secrets Manager nor a parameter of Systems Manager", from)
	}
	return nil
}

var suffix = regexp.MustCompile(`-[A-Za-z0-9]{6}$`)

// whole are the ARNs that a secret may have whose ARN may lack the six characters at
// its end, which Secrets Manager adds and ECS lets one leave out.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
func whole(arn string) []string {
	end := suffix.FindString(arn)
	switch {
	case end == "":
		return []string{arn + "-??????"}
	case strings.ToLower(end) == end && !strings.ContainsAny(end, "0123456789"): // may as well be a word of the name
		return []string{arn, arn + "-??????"}
	}
	return []string{arn}
}

// SecretReader is what reads secrets for pods.
type SecretReader string

// The readers, each with the calls that it makes to read one secret.
const (
	// ExternalSecrets is the operator of external-secrets.io, with one role.
	ExternalSecrets SecretReader = "external-secrets"
	// CSI is the Secrets Store CSI driver with AWS' provider, which reads with the role
	// of the pod.
	// https://github.com/aws/secrets-store-csi-driver-provider-aws#usage
	CSI SecretReader = "csi"
)

// Execution splits what the execution roles of tasks were good for: the images are
// pulled by the nodes, the logs shipped by an agent on them, the secrets read by what
// writes them for pods. keys are the KMS keys that encrypt secrets; none: not known.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
func Execution(tasks []Task, reader SecretReader, keys []string) ([]Policy, error) {
	var all Task
	for _, t := range tasks {
		all.Repositories = append(all.Repositories, t.Repositories...)
		all.Logs = append(all.Logs, t.Logs...)
		all.Files = append(all.Files, t.Files...)
		all.MakesLogs = all.MakesLogs || t.MakesLogs
	}
	var wanted []Policy
	if len(all.Repositories) > 0 {
		wanted = append(wanted, images(sorted(all.Repositories)))
	}
	if len(all.Logs) > 0 {
		wanted = append(wanted, logs(sorted(all.Logs), all.MakesLogs))
	}
	wanted = append(wanted, secrets(tasks, reader, keys)...)
	if files := sorted(all.Files); len(files) > 0 && len(wanted) > 0 {
		wanted[0].Notes = append(wanted[0].Notes,
			"Environment files in S3 are read by nobody in the cluster; whoever makes ConfigMaps of them needs s3:GetObject on "+strings.Join(files, ", ")+".",
		)
	}
	var out []Policy
	for _, p := range wanted {
		parts, err := Split(p)
		if err != nil {
			return nil, err
		}
		out = append(out, parts...)
	}
	return out, nil
}

func images(repositories []string) Policy {
	return Policy{
		Name: "tranship-images", About: "for the role of the EKS nodes: pull the images that the tasks ran",
		Notes: []string{"The AWS managed policy AmazonEC2ContainerRegistryPullOnly on the node role allows the same for every repository of the account; this one is narrower."},
		Statements: []Statement{
			{
				Sid: "LogInToRegistries", Actions: []string{"ecr:GetAuthorizationToken"}, Resources: []string{"*"},
				Why: "log in to the registry", Wide: "AWS knows no resource for this action",
			},
			{
				Sid: "PullImages", Actions: []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"},
				Resources: repositories, Why: "pull images",
			},
		},
	}
}

// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
func logs(groups []string, made bool) Policy {
	p := Policy{Name: "tranship-logs", About: "for the role of the log agent, such as Fluent Bit: write to the log groups that the tasks wrote to"}
	var streams []string
	for _, g := range groups {
		streams = append(streams, g+":log-stream:*")
	}
	p.Statements = append(p.Statements, Statement{
		Sid: "WriteLogs", Actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"}, Resources: streams,
		Why: "write the logs of pods", Wide: "an agent names streams by pods, which are not known before",
	}, Statement{Sid: "FindLogStreams", Actions: []string{"logs:DescribeLogStreams"}, Resources: groups, Why: "find streams that are there"})
	if made {
		p.Statements = append(p.Statements, Statement{
			Sid: "MakeLogGroups", Actions: []string{"logs:CreateLogGroup"}, Resources: groups,
			Why: "some tasks made their log group themselves (awslogs-create-group)",
		})
	}
	return p
}
