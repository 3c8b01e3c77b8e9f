package convert

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// environment gives the containers the variables that they had, and those that ECS
// put there by itself where pods have them, too.
func (c *conversion) environment() {
	for _, k := range c.containers {
		k.files(c)
		last := map[string]int{} // of several of one name the last counts
		items := k.ecs.Field("environment").Items()
		for i, n := range items {
			last[n.Field("name").Text()] = i
		}
		for i, n := range items {
			name := n.Field("name").Text()
			switch {
			case !variable(name):
				refused(n, name)
			case last[name] != i:
				n.Dropped("it is set again further down, and the last one counts")
			default:
				if !portable(name) {
					k.note(fmt.Sprintf("env.%d", len(k.Env)), "Kubernetes before 1.32 refuses such a name")
				}
				k.Env = append(k.Env, corev1.EnvVar{Name: name, Value: escape(n.Field("value").Text())})
				n.Mapped(k.to("env[]"))
			}
		}
		c.region(k)
	}
	c.note("", "On ECS a program could ask $ECS_CONTAINER_METADATA_URI_V4 about its task, and found $AWS_EXECUTION_ENV. "+
		"Neither exists on EKS: agents need their setting for Kubernetes; for name, address and node of the pod there is the downward API.")
}

// variable says that Kubernetes takes such a name of a variable: printable ASCII
// without an equals sign.
// https://kubernetes.io/docs/tasks/inject-data-application/define-environment-variable-container/
func variable(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r > '~' || r == '=' })
}

// portable says that also Kubernetes before 1.32 takes it, and that a Secret can have a key
// of that name.
func portable(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '_' && r != '-' && r != '.'
	}) && (name[0] < '0' || name[0] > '9')
}

func refused(n ledger.Node, name string) {
	if n.Decide("", fmt.Sprintf("Kubernetes takes no variable called %q, and none is set so far. How shall the program find it?", name),
		ledger.Answer{Word: "leave-out", Then: "the variable is not set; the program has to do without"}) != "" {
		n.Dropped("it was decided to leave it out")
	}
}

// region sets what ECS sets for each task and programs of AWS ask for. On EKS it is
// there only where the webhook of an identity puts it.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-environment-variables.html
func (c *conversion) region(k *container) {
	region := c.home()
	if region == "" {
		return
	}
	names := []string{"AWS_REGION", "AWS_DEFAULT_REGION"}
	if len(k.EnvFrom) > 0 {
		// A file may say another, and what a file says loses against env.
		name := c.name + ".region"
		if !slices.ContainsFunc(c.objects, func(o Object) bool { m, ok := o.Object.(*corev1.ConfigMap); return ok && m.Name == name }) {
			c.add(&corev1.ConfigMap{
				TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
				ObjectMeta: metav1.ObjectMeta{Name: name}, Data: map[string]string{names[0]: region, names[1]: region},
			})
		}
		k.EnvFrom = append([]corev1.EnvFromSource{{ConfigMapRef: &corev1.ConfigMapEnvSource{
			LocalObjectReference: corev1.LocalObjectReference{Name: name},
		}}}, k.EnvFrom...)
		return
	}
	for _, name := range names {
		if !slices.ContainsFunc(k.Env, func(v corev1.EnvVar) bool { return v.Name == name }) {
			k.note(fmt.Sprintf("env.%d", len(k.Env)), "ECS sets it by itself")
			k.Env = append(k.Env, corev1.EnvVar{Name: name, Value: region})
		}
	}
}

// home is the region that ECS runs the task in; "" if that is not known.
func (c *conversion) home() string { return cmp.Or(c.in.Service.Region, c.in.Task.Region) }

// files takes over the files of variables. Of several that set the same the first
// counts on ECS and the last on Kubernetes, so their order turns round; what env says
// counts more on both.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/use-environment-file.html
func (k *container) files(c *conversion) {
	items := k.ecs.Field("environmentFiles").Items()
	for i, n := range slices.Backward(items) {
		name := fmt.Sprintf("%s.%s.env-%d", c.name, k.Name, i+1)
		way := n.Decide("", "The file is in S3, which tranship doesn't read: where shall its variables come from?",
			ledger.Answer{Word: "config-map", Then: "from a ConfigMap " + name + " that you make: kubectl create configmap " + name + " --from-env-file=FILE"},
			ledger.Answer{Word: "secret", Then: "from a Secret " + name + " that you make, or an ExternalSecret of yours"})
		from := corev1.EnvFromSource{ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: name}}}
		if way == "secret" {
			from = corev1.EnvFromSource{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: name}}}
		}
		at := len(k.EnvFrom)
		if c.home() != "" {
			at++ // behind the region
		}
		k.note(fmt.Sprintf("envFrom.%d", at), fmt.Sprintf("to be made of the file %d of the task definition's environmentFiles; without it no pod starts", i+1))
		if k.EnvFrom = append(k.EnvFrom, from); way != "" {
			n.Mapped(k.to("envFrom[]"))
		}
	}
}
