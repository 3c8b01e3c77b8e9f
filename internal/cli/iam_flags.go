package cli

import (
	"slices"

	"github.com/spf13/pflag"

	"github.com/tranship/tranship/internal/iam"
)

// AddFlags implements options.
func (o *permissions) AddFlags(f *pflag.FlagSet) {
	o.groups.add("Where", func(f *pflag.FlagSet) {
		f.StringVar(&o.scope.Account, "account", "", "AWS account `id` that the policies are for (default: that of --from)")
		f.StringSliceVar(&o.scope.Regions, "region", nil, "AWS `region`; may be repeated (default: those of --from)")
		f.StringVar(&o.scope.Partition, "partition", "", "AWS `partition` (default: that of the region, such as aws-cn)")
		f.StringVar(&o.from, "from", "", "`file` that tranship inventory --save wrote: narrows controller and external-dns to the names and services in it, and has every task's role")
	})
	o.groups.add("Narrow a policy", func(f *pflag.FlagSet) {
		f.StringSliceVar(&o.scope.Namespaces, "cloud-map-namespace", nil, "`id` or ARN of a Cloud Map namespace; may be repeated")
		f.StringSliceVar(&o.scope.Services, "cloud-map-service", nil, "`id` or ARN of a Cloud Map service, a name; may be repeated")
		f.StringSliceVar(&o.scope.HostedZones, "hosted-zone", nil, "`id` of the Route 53 zone of a namespace; may be repeated")
		f.StringSliceVar(&o.scope.ECSServices, "ecs-service", nil, "`CLUSTER/NAME` of an ECS service, with * and ? for any; may be repeated")
		f.StringSliceVar(&o.scope.Assume, "assume", nil, "`ARN` of the role in another account, as controller --account has it; may be repeated")
		f.BoolVar(&o.healthChecks, "health-checks", true, "allow Route 53's health checks, which names in private namespaces have none of")
		f.StringVar(&o.scope.Tag, "tag", "", "external-dns: `KEY=VALUE`, its --aws-sd-create-tag, which tells what it made")
		f.StringVar(&o.scope.Owner, "owner", "", "controller: the `id` of its --owner, which tells what it made (default: any)")
	})
	o.groups.add("What it is told to do", func(f *pflag.FlagSet) {
		f.BoolVar(&o.create, "create", false, "controller: it creates names (its --create)")
		f.StringSliceVar(&o.createNamespaces, "create-namespace", nil, "controller: it creates namespaces (its --create-namespace): `WHERE` is a VPC's id, public or http; may be repeated")
		f.BoolVar(&o.deleteEmpty, "delete-empty", false, "controller and external-dns: it deletes what it made (--delete-empty, --aws-sd-service-cleanup)")
	})
	o.groups.add("Roles of tasks", func(f *pflag.FlagSet) {
		f.StringSliceVar(&o.roles, "role", nil, "`ARN` of the task's role; for inventory, of those that it reads")
		f.StringVar(&o.trust, "trust", "", "`file` with its trust policy, or what aws iam get-role prints; - is the standard input")
		f.StringVarP(&o.namespace, "namespace", "n", "", "Kubernetes `namespace` of the pods (with --from: where a service says none)")
		f.StringVar(&o.serviceAccount, "service-account", "", "`name` of their ServiceAccount")
		f.StringVar(&o.irsa, "irsa", "", "`issuer` of the EKS cluster's tokens: pods get credentials by IAM roles for service accounts")
		f.StringVar(&o.podIdentity, "pod-identity", "", "`name` or ARN of the EKS cluster: pods get credentials by EKS Pod Identity")
	})
	o.groups.add("Execution roles", func(f *pflag.FlagSet) {
		f.StringSliceVar(&o.taskDefinitions, "task-definition", nil, "`file` that aws ecs describe-task-definition printed; may be repeated")
		f.StringVar(&o.secrets, "secrets", string(iam.ExternalSecrets), "`reader` of secrets: external-secrets or csi")
		f.StringSliceVar(&o.keys, "kms-key", nil, "`ARN` of a KMS key that secrets are under; may be repeated")
	})
	o.groups.add("Output", func(f *pflag.FlagSet) {
		f.StringVarP(&o.output, "output", "o", "json", "json, terraform or cloudformation")
		f.StringVar(&o.attach, "attach", "", "`name` of the role that the policies are attached to (default: to none)")
		f.BoolVar(&o.strict, "strict", false, "exit with 7 if a person has to decide something")
	})
	for _, g := range o.groups {
		f.AddFlagSet(g.flags)
	}
}

// belongs says for which WHAT a flag has a meaning; one that is not here, for any.
func belongs(flag string) func(what string) bool {
	is := func(list ...string) func(string) bool {
		return func(what string) bool { return slices.Contains(list, what) }
	}
	switch flag {
	case "cloud-map-namespace", "cloud-map-service", "hosted-zone", "ecs-service", "health-checks", "assume", "partition":
		return func(what string) bool { return what != "" && what != taskRole && what != executionRole }
	case "region":
		return func(what string) bool { return what != taskRole }
	case "tag":
		return is("external-dns")
	case "owner", "create", "create-namespace":
		return is("controller")
	case "delete-empty":
		return is("controller", "external-dns")
	case "role":
		return is(taskRole, "inventory")
	case "trust", "service-account":
		return is(taskRole)
	case "namespace", "irsa", "pod-identity":
		return is(taskRole, "")
	case "task-definition":
		return is(executionRole)
	case "secrets", "kms-key":
		return is(executionRole, "")
	case "attach":
		return func(what string) bool { return what != taskRole }
	}
	return func(string) bool { return true }
}
