package render

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/tranship/tranship/internal/convert"
	"github.com/tranship/tranship/internal/inventory"
)

// orders has something of everything: text that YAML, Helm or a shell would read as
// something else, notes, several containers, objects of others.
func orders() convert.Result {
	labels := map[string]string{"app.kubernetes.io/name": "orders", "app.kubernetes.io/managed-by": "tranship"}
	meta := func(name string) metav1.ObjectMeta {
		return metav1.ObjectMeta{Name: name, Namespace: "shop", Labels: labels}
	}
	two, three := int32(2), int32(3)
	yes := true
	return convert.Result{
		Place: inventory.Place{Account: "123456789012", Region: "eu-central-1"}, Cluster: "Shop", Service: "orders",
		Name: "orders", Namespace: "shop",
		Objects: []convert.Object{
			{Object: &corev1.ServiceAccount{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ServiceAccount"}, ObjectMeta: meta("orders")}},
			{Object: &corev1.ConfigMap{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"}, ObjectMeta: meta("orders-env"), Data: map[string]string{
				"name": "orders", "apiVersion": "no", "TEMPLATE": "Hello {{ .Name }}, {{{ }}", "conf.xml": "<a>\n  <b/>\n</a>\n", "EMPTY": "", "trailing": "a \nb\t\n\n",
			}}},
			{Object: &unstructured.Unstructured{Object: map[string]any{
				"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret",
				"metadata": map[string]any{"name": "orders-secrets", "namespace": "shop", "labels": map[string]any{"app.kubernetes.io/name": "orders"}},
				"spec": map[string]any{
					"secretStoreRef": map[string]any{"kind": "ClusterSecretStore", "name": "aws-secrets-manager"},
					"target":         map[string]any{"name": "orders-secrets"},
					"data":           []any{map[string]any{"secretKey": "DB_PASSWORD", "remoteRef": map[string]any{"key": "prod/orders", "property": "password"}}},
				},
			}}},
			{Object: &corev1.Service{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Service"}, ObjectMeta: meta("orders"), Spec: corev1.ServiceSpec{
				ClusterIP: "None", Selector: map[string]string{"app.kubernetes.io/name": "orders"},
				Ports: []corev1.ServicePort{{Name: "http", Port: 8080, TargetPort: intstr.FromString("http"), Protocol: "TCP"}},
			}}},
			{Object: &appsv1.Deployment{TypeMeta: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "Deployment"}, ObjectMeta: meta("orders"), Spec: appsv1.DeploymentSpec{
				Replicas: &three, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app.kubernetes.io/name": "orders"}},
				Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app.kubernetes.io/name": "orders"}}, Spec: corev1.PodSpec{
					ServiceAccountName: "orders",
					InitContainers:     []corev1.Container{{Name: "migrate", Image: "123456789012.dkr.ecr.eu-central-1.amazonaws.com/migrate:1"}},
					Containers: []corev1.Container{{
						Name: "app", Image: "123456789012.dkr.ecr.eu-central-1.amazonaws.com/orders:2026.11",
						Command: []string{"sh", "-c", "echo {{ $x }}; exec /app \"$@\"", "--"}, Args: []string{"yes", "1e3", "-v"},
						Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8080, Protocol: "TCP"}},
						Env: []corev1.EnvVar{
							{Name: "STAGE", Value: "prod"}, {Name: "DEBUG", Value: "no"}, {Name: "URL", Value: "http://$(STAGE).example:80/{{x}}"},
							{Name: "my.odd-name", Value: "12:30:00"}, {Name: "LINES", Value: "one\ntwo\n"},
							{Name: "DB_PASSWORD", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
								LocalObjectReference: corev1.LocalObjectReference{Name: "orders-secrets"}, Key: "DB_PASSWORD"}}},
						},
						EnvFrom: []corev1.EnvFromSource{{ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "orders-env"}}}},
						Resources: corev1.ResourceRequirements{
							Requests: corev1.ResourceList{"cpu": resource.MustParse("250m"), "memory": resource.MustParse("512Mi")},
							Limits:   corev1.ResourceList{"memory": resource.MustParse("1Gi")},
						},
						SecurityContext: &corev1.SecurityContext{ReadOnlyRootFilesystem: &yes},
						VolumeMounts:    []corev1.VolumeMount{{Name: "tmp", MountPath: "/tmp"}},
					}, {Name: "log", Image: "fluent/fluent-bit:3"}},
					Volumes: []corev1.Volume{{Name: "tmp", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}},
				}},
			}}, Notes: []convert.Note{
				{Path: "", Text: "2 decisions are open."},
				{Path: "spec.template.metadata.labels.app.kubernetes.io/name", Text: "keys may have dots"},
				{Path: "spec.template.spec.containers.0", Text: "the container"},
				{Path: "spec.template.spec.containers.0.env.2.value", Text: "it has {{ braces }}\nand lines"},
				{Path: "spec.template.spec.containers.1.resources", Text: "nothing was set"},
			}},
			{Object: &autoscalingv2.HorizontalPodAutoscaler{TypeMeta: metav1.TypeMeta{APIVersion: "autoscaling/v2", Kind: "HorizontalPodAutoscaler"}, ObjectMeta: meta("orders"), Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
				MinReplicas: &two, MaxReplicas: 9, ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "orders"},
			}}},
			{Object: &unstructured.Unstructured{Object: map[string]any{
				"apiVersion": "tranship.dev/v1alpha1", "kind": "ServiceMigration",
				"metadata": map[string]any{"name": "orders", "namespace": "shop"},
				"spec": map[string]any{
					"goal":   "Source",
					"source": map[string]any{"account": "123456789012", "region": "eu-central-1", "cluster": "Shop", "service": "orders"},
					"target": map[string]any{"service": "orders", "port": int64(8080)},
				},
			}}},
		},
	}
}

// small is a service with nothing but a container and a StorageClass that others have, too.
func small(namespace, name string) convert.Result {
	return convert.Result{
		Place: inventory.Place{Account: "123456789012", Region: "eu-central-1"}, Cluster: namespace, Service: name, Name: name, Namespace: namespace,
		Objects: []convert.Object{
			{Object: &unstructured.Unstructured{Object: map[string]any{
				"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": map[string]any{"name": "efs"}, "provisioner": "efs.csi.aws.com",
			}}},
			{Object: &appsv1.Deployment{TypeMeta: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "Deployment"},
				ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace},
				Spec: appsv1.DeploymentSpec{
					Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app.kubernetes.io/name": name}},
					Template: corev1.PodTemplateSpec{
						ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app.kubernetes.io/name": name}},
						Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: name, Image: "nginx"}}},
					},
				}}},
		},
	}
}

func rendered(t testing.TB, o Options, results ...convert.Result) Files {
	t.Helper()
	f, err := Render(results, o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
