package convert

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tranship/tranship/internal/convert/ledger"
	"github.com/tranship/tranship/internal/inventory"
)

// roles gives the pod an identity of its own, which has the task's role.
// https://docs.aws.amazon.com/eks/latest/userguide/service-accounts.html
func (c *conversion) roles() {
	account := &corev1.ServiceAccount{
		TypeMeta:                     metav1.TypeMeta{APIVersion: "v1", Kind: "ServiceAccount"},
		ObjectMeta:                   metav1.ObjectMeta{Name: c.name},
		AutomountServiceAccountToken: new(false),
	}
	c.pod.Spec.ServiceAccountName = c.name
	var notes []Note
	if task := c.task.Field("taskRoleArn"); task.Set() {
		arn := c.roleARN(task.Text())
		switch {
		case c.opts.Identity == IRSA:
			account.Annotations = map[string]string{"eks.amazonaws.com/role-arn": arn}
			task.Mapped("ServiceAccount metadata.annotations")
			notes = append(notes, Note{Text: "the role has to trust this account: `tranship iam` prints what to add"})
		default:
			task.Mapped("ServiceAccount metadata.name")
			notes = append(notes, Note{Text: fmt.Sprintf(
				"needs a Pod Identity association with %s, and the role has to trust pods.eks.amazonaws.com: `tranship iam` prints both", arn)})
			if c.opts.Fargate || c.windows {
				notes = append(notes, Note{Text: "there is no Pod Identity on Fargate and on Windows: convert with IRSA instead"})
			}
		}
		notes = append(notes, c.missing(arn)...)
	}
	if execution := c.task.Field("executionRoleArn"); execution.Set() {
		c.execution(execution)
		notes = append(notes, c.missing(c.roleARN(execution.Text()))...)
	}
	c.add(account, notes...)
}

// execution says whose the rights of the execution role are. Whatever runs on a node has
// its images and its logs through roles that every cluster has; secrets, and registries of
// others, need rights of their own.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
// https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html
func (c *conversion) execution(role ledger.Node) {
	const to = "the nodes' role and the log agent's"
	var (
		reads  bool
		others []string
	)
	for _, k := range c.containers {
		for _, f := range []string{"secrets", "environmentFiles", "repositoryCredentials.credentialsParameter", "logConfiguration.secretOptions"} {
			reads = reads || k.ecs.At(f).Set()
		}
		if owner := ecrAccount(k.Image); owner != "" && owner != c.in.Service.Account && !slices.Contains(others, owner) {
			others = append(others, owner)
		}
	}
	switch {
	case reads:
		role.Approximated("the nodes' role, the log agent's and that of the secrets' operator",
			"on ECS one role pulls images, writes logs and reads secrets; on EKS each has its own: `tranship iam` prints the parts")
	case len(others) > 0:
		role.Approximated(to, "the registry of account "+strings.Join(others, ", ")+" has to let the nodes' role pull: `tranship iam` prints the parts")
	default:
		role.Mapped(to, "one pulls the images, the other writes the logs: `tranship iam` prints the parts")
	}
}

// roleARN is a role's ARN, also where the task definition says only its name.
func (c *conversion) roleARN(text string) string {
	if strings.HasPrefix(text, "arn:") || c.in.Service.Account == "" {
		return text
	}
	partition := "aws"
	switch region := c.in.Service.Region; {
	case strings.HasPrefix(region, "cn-"):
		partition = "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		partition = "aws-us-gov"
	}
	return fmt.Sprintf("arn:%s:iam::%s:role/%s", partition, c.in.Service.Account, text)
}

// missing says that a Snapshot does not have the role: it is gone, or could not be read.
func (c *conversion) missing(arn string) []Note {
	denied := slices.ContainsFunc(c.in.Unknown, func(u inventory.Unknown) bool {
		return u.Part == "roles" && (u.Object == "" || u.Object == arn)
	})
	had := slices.ContainsFunc(c.in.Roles, func(r inventory.Role) bool { return r.ARN == arn })
	switch {
	case had, !denied && len(c.in.Roles) == 0:
		return nil
	case denied:
		return []Note{{Text: "the role " + arn + " could not be read: look whether it is still there"}}
	}
	return []Note{{Text: "the role " + arn + " was not found: without it the program has no rights"}}
}
