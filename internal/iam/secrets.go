package iam

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// secrets are the policies of what reads secrets: one for the operator, or one for
// each task role that pods take, where pods read their own.
func secrets(tasks []Task, reader SecretReader, keys []string) []Policy {
	if reader != CSI {
		var all Task
		for _, t := range tasks {
			all.Secrets = append(all.Secrets, t.Secrets...)
			all.Parameters = append(all.Parameters, t.Parameters...)
		}
		p, ok := reads(all, reader, keys)
		if !ok {
			return nil
		}
		p.Name, p.About = "tranship-secrets", "for the role of External Secrets: read the secrets that the tasks were given, and no others"
		p.Notes = append(p.Notes, "One role that reads them all is as strong as all of them: a SecretStore for each Kubernetes namespace, each with a role for its own secrets, is safer.")
		return []Policy{p}
	}
	byRole := map[string]Task{}
	for _, t := range tasks {
		of := byRole[t.Role]
		of.Secrets, of.Parameters = append(of.Secrets, t.Secrets...), append(of.Parameters, t.Parameters...)
		byRole[t.Role] = of
	}
	var out []Policy
	for _, role := range slices.Sorted(maps.Keys(byRole)) {
		p, ok := reads(byRole[role], reader, keys)
		if !ok {
			continue
		}
		if role == "" {
			p.Name, p.About = "tranship-secrets", "for a role of pods whose tasks had none: read their secrets through the CSI driver"
		} else {
			p.Name, p.About = "tranship-secrets-"+RoleName(role), "for "+role+": pods read their secrets through the CSI driver with their own role"
		}
		out = append(out, p)
	}
	return out
}

// calls of the readers to read one secret; ECS itself reads with GetSecretValue and
// GetParameters.
// https://external-secrets.io/latest/provider/aws-secrets-manager/
// https://external-secrets.io/latest/provider/aws-parameter-store/
var readings = map[SecretReader]struct{ secret, parameter []string }{
	ExternalSecrets: {[]string{"secretsmanager:GetSecretValue"}, []string{"ssm:GetParameter"}},
	CSI:             {[]string{"secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"}, []string{"ssm:GetParameters"}},
}

// reads is the policy that reads secrets and parameters; false without any.
func reads(t Task, reader SecretReader, keys []string) (Policy, bool) {
	var p Policy
	names, parameters := sorted(t.Secrets), sorted(t.Parameters)
	if len(names) > 0 {
		s := Statement{Sid: "ReadSecrets", Actions: readings[reader].secret, Resources: names, Why: "read secrets of Secrets Manager"}
		if slices.ContainsFunc(names, func(n string) bool { return strings.HasSuffix(n, "-??????") }) {
			s.Wide = "?????? stands for the six characters that Secrets Manager puts behind a name, which a task definition may leave out"
		}
		p.Statements = append(p.Statements, s)
	}
	if len(parameters) > 0 {
		p.Statements = append(p.Statements, Statement{
			Sid: "ReadParameters", Actions: readings[reader].parameter, Resources: parameters, Why: "read parameters of Systems Manager",
		})
	}
	if len(p.Statements) == 0 {
		return p, false
	}
	p.Statements = append(p.Statements, decrypt(append(names, parameters...), keys))
	return p, true
}

// decrypt allows KMS only through the services that keep the secrets.
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
func decrypt(arns, keys []string) Statement {
	var via, all []string
	for _, arn := range arns {
		f := strings.SplitN(arn, ":", 6) // made by refer, so there are six
		dns := "amazonaws.com"
		if f[1] == "aws-cn" {
			dns = "amazonaws.com.cn"
		}
		via = append(via, f[2]+"."+f[3]+"."+dns)
		all = append(all, fmt.Sprintf("arn:%s:kms:%s:%s:key/*", f[1], f[3], f[4]))
	}
	s := Statement{
		Sid: "DecryptSecrets", Actions: []string{"kms:Decrypt"}, Resources: sorted(keys),
		Conditions: []Condition{{"StringEquals", "kms:ViaService", sorted(via)}},
		Why:        "decrypt those that are under a key of the customer's, through the services that keep them alone",
	}
	if len(keys) == 0 {
		s.Resources = sorted(all)
		s.Wide = "a task definition does not say its secrets' keys: --kms-key narrows it; under AWS' own keys aws/secretsmanager and aws/ssm the statement is not needed"
	}
	return s
}
