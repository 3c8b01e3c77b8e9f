package ecstask

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// environment is what the definition asks for: what it states wins over files, of
// which an earlier one wins over a later; secrets stand beside both.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/use-environment-file.html
func (w World) environment(c types.ContainerDefinition) (map[string]string, error) {
	var out map[string]string
	for _, e := range c.Environment {
		put(&out, val(e.Name), val(e.Value))
	}
	for _, f := range c.EnvironmentFiles {
		if w.File == nil {
			return nil, fmt.Errorf("environment file %s: nobody has it", val(f.Value))
		}
		body, err := w.File(val(f.Value))
		if err != nil {
			return nil, fmt.Errorf("environment file %s: %w", val(f.Value), err)
		}
		for _, pair := range file(body) {
			if _, there := out[pair[0]]; !there {
				put(&out, pair[0], pair[1])
			}
		}
	}
	for _, s := range c.Secrets {
		if w.Secret == nil {
			return nil, fmt.Errorf("secret %s: nobody has it", val(s.Name))
		}
		v, err := w.Secret(val(s.ValueFrom))
		if err != nil {
			return nil, fmt.Errorf("secret %s: %w", val(s.Name), err)
		}
		put(&out, val(s.Name), v)
	}
	return out, nil
}

// file reads an environment file: VARIABLE=VALUE in each line, spaces and quotes as
// they are, lines that begin with # left out.
func file(body []byte) (out [][2]string) {
	for line := range bytes.Lines(body) {
		text := strings.TrimRight(string(line), "\r\n")
		if strings.HasPrefix(text, "#") {
			continue
		}
		if name, value, ok := strings.Cut(text, "="); ok && name != "" {
			out = append(out, [2]string{name, value})
		}
	}
	return out
}

// given is what ECS adds.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-environment-variables.html
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/firelens-taskdef.html (FLUENT_HOST, FLUENT_PORT)
func (w World) given(c types.ContainerDefinition) map[string]string {
	var out map[string]string
	at := "http://169.254.170.2/"
	put(&out, "ECS_CONTAINER_METADATA_URI", at+"v3/"+w.TaskID+"-"+val(c.Name))
	put(&out, "ECS_CONTAINER_METADATA_URI_V4", at+"v4/"+w.TaskID+"-"+val(c.Name))
	if val(w.Task.TaskRoleArn) != "" {
		put(&out, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/"+w.TaskID)
	}
	put(&out, "AWS_REGION", w.Region)
	put(&out, "AWS_DEFAULT_REGION", w.Region)
	put(&out, "AWS_EXECUTION_ENV", "AWS_ECS_EC2")
	if w.Fargate {
		put(&out, "AWS_EXECUTION_ENV", "AWS_ECS_FARGATE")
		put(&out, "ECS_AGENT_URI", at+"api/"+w.TaskID+"-"+val(c.Name))
	}
	if l := c.LogConfiguration; l != nil && l.LogDriver == types.LogDriverAwsfirelens && w.Task.NetworkMode == types.NetworkModeAwsvpc {
		put(&out, "FLUENT_HOST", "127.0.0.1")
		put(&out, "FLUENT_PORT", "24224")
	}
	return out
}
