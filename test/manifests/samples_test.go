package manifests

import (
	"fmt"
	"os"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tranship/tranship/internal/convert"
	"github.com/tranship/tranship/internal/convert/corpus"
	"github.com/tranship/tranship/internal/inventory"
	"github.com/tranship/tranship/internal/render"
)

// samples are all services of the corpus, each in a namespace of its own unless it
// says one, and one that has what templates, YAML and shells trip over.
func samples(t testing.TB) []convert.Result {
	t.Helper()
	cases, err := corpus.Read(os.DirFS("../../internal/convert/testdata/corpus"))
	if err != nil {
		t.Fatal(err)
	}
	out := []convert.Result{awkward(), others()}
	for _, c := range cases {
		if c.Options.Namespace == "" {
			c.Options.Namespace = c.Name
		}
		in := convert.Named([]convert.Input{c.Input}, c.Options)
		r, err := convert.Convert(in[0], c.Options)
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		out = append(out, r)
	}
	if len(out) < 42 {
		t.Fatalf("the corpus has %d services only", len(out)-2)
	}
	return out
}

// awkward has text that YAML, Helm, Kustomize or a shell would read as something else.
func awkward() convert.Result {
	texts := []string{
		"", "yes", "1e3", "0x10", "12:30:00", "2026-11-26", "null", "~", "{{ .Values.replicas }}", "{{- end }}", "{{{", "}}", "{{/* x */}}", "`{{`", "$(A) ${B} $$C %d",
		"# no comment", "a: b", "- a", "one\ntwo\n", "\n", " lead", "trail ", "tab\tbed", "cr\r\nlf", "\"quoted\" 'twice' \\", "ünï→cödé 💥", "\u2028", "<a href='&'>", strings.Repeat("long ", 300),
	}
	var env []corev1.EnvVar
	data := map[string]string{}
	for i, s := range texts {
		env = append(env, corev1.EnvVar{Name: fmt.Sprintf("T%d", i), Value: s})
		data[fmt.Sprintf("t.%d", i)] = s
	}
	env = append(env,
		corev1.EnvVar{Name: "my.odd-name", Value: "x"},
		corev1.EnvVar{Name: "FIELD", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{APIVersion: "v1", FieldPath: "status.podIP"}}})
	data["TRANSHIPSLOT0Z"] = "TRANSHIPSLOT1Z"
	labels := map[string]string{"app.kubernetes.io/name": "awkward"}
	return convert.Result{
		Place: inventory.Place{Account: "123456789012", Region: "eu-central-1"}, Cluster: "{{ cluster }}", Service: "awkward\nkind: Secret",
		Name: "awkward", Namespace: "trips",
		Objects: []convert.Object{
			{Object: &corev1.ServiceAccount{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ServiceAccount"}, ObjectMeta: metav1.ObjectMeta{
				Name: "awkward", Namespace: "trips", Annotations: map[string]string{"eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/x", "note": "{{ fail \"no\" }}"}}}},
			{Object: &corev1.ConfigMap{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"}, ObjectMeta: metav1.ObjectMeta{Name: "awkward.env", Namespace: "trips"}, Data: data}},
			{Object: &appsv1.Deployment{TypeMeta: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "Deployment"}, ObjectMeta: metav1.ObjectMeta{Name: "awkward", Namespace: "trips", Labels: labels}, Spec: appsv1.DeploymentSpec{
				Selector: &metav1.LabelSelector{MatchLabels: labels},
				Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels, Annotations: map[string]string{"a": "{{"}}, Spec: corev1.PodSpec{
					NodeSelector: map[string]string{"kubernetes.io/arch": "arm64"},
					Tolerations:  []corev1.Toleration{{Key: "gpu", Operator: "Exists"}},
					Containers: []corev1.Container{{
						Name: "the-app", Image: "registry.example:5000/a/b@sha256:" + strings.Repeat("0a", 32), Command: texts[1:], Args: texts[8:12], Env: env,
						Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{"cpu": resource.MustParse("1500m"), "ephemeral-storage": resource.MustParse("21Gi")}},
					}, {Name: "bare", Image: "nginx"}},
				}},
			}}, Notes: []convert.Note{
				{Text: "a note\nkind: Secret\n{{ end }}"}, {Path: "spec.template.spec.containers.0.env.3.value", Text: "{{ .x }}"}, {Path: "spec.nothing.here", Text: "gone"},
			}},
		},
	}
}

// others has one of each kind that belongs to somebody else.
func others() convert.Result {
	object := func(apiVersion, kind string, spec map[string]any) convert.Object {
		return convert.Object{Object: &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": apiVersion, "kind": kind, "metadata": map[string]any{"name": "others", "namespace": "trips"}, "spec": spec,
		}}}
	}
	return convert.Result{
		Cluster: "c", Service: "others", Name: "others", Namespace: "trips",
		Objects: []convert.Object{
			object("external-secrets.io/v1", "ExternalSecret", map[string]any{
				"secretStoreRef": map[string]any{"kind": "ClusterSecretStore", "name": "aws"}, "target": map[string]any{"name": "others"},
				"data": []any{map[string]any{"secretKey": "A", "remoteRef": map[string]any{"key": "x", "property": "y", "version": "uuid/z"}}},
			}),
			object("secrets-store.csi.x-k8s.io/v1", "SecretProviderClass", map[string]any{
				"provider": "aws", "parameters": map[string]any{"objects": "- objectName: x\n  objectType: secretsmanager\n"},
				"secretObjects": []any{map[string]any{"secretName": "others", "type": "Opaque", "data": []any{map[string]any{"key": "A", "objectName": "x"}}}},
			}),
			object("vpcresources.k8s.aws/v1beta1", "SecurityGroupPolicy", map[string]any{
				"podSelector":    map[string]any{"matchLabels": map[string]any{"app.kubernetes.io/name": "others"}},
				"securityGroups": map[string]any{"groupIds": []any{"sg-0123456789abcdef0"}},
			}),
			object("elbv2.k8s.aws/v1beta1", "TargetGroupBinding", map[string]any{
				"targetGroupARN": "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/x/0123456789abcdef", "targetType": "ip",
				"multiClusterTargetGroup": true, "serviceRef": map[string]any{"name": "others", "port": int64(80)},
			}),
			object("tranship.dev/v1alpha1", "ServiceMigration", map[string]any{
				"goal": "Source", "source": map[string]any{"account": "123456789012", "region": "eu-central-1", "cluster": "c", "service": "others"},
				"target": map[string]any{"service": "others", "port": int64(80)},
			}),
		},
	}
}

func rendered(t testing.TB, o render.Options, results []convert.Result) render.Files {
	t.Helper()
	f, err := render.Render(results, o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
