package convert

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/tranship/tranship/internal/inventory"
)

// podOf is the pod that a service became.
func podOf(t interface{ Fatalf(string, ...any) }, r Result) corev1.PodTemplateSpec {
	for _, o := range r.Objects {
		switch w := o.Object.(type) {
		case *appsv1.Deployment:
			return w.Spec.Template
		case *appsv1.DaemonSet:
			return w.Spec.Template
		}
	}
	t.Fatalf("no workload in %+v", r.Objects)
	return corev1.PodTemplateSpec{}
}

// What Kubernetes alone puts into containers, they did not find on ECS.
func TestNothingOfKubernetesIsFound(t *testing.T) {
	r, err := Convert(Input{
		Service: inventory.Service{Name: "orders", Document: inventory.Document(`{"serviceName":"orders"}`)},
		Task:    inventory.TaskDefinition{Document: inventory.Document(`{"containerDefinitions":[{"name":"app","image":"i"}]}`)},
	}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	spec := podOf(t, r).Spec
	if spec.EnableServiceLinks == nil || *spec.EnableServiceLinks || spec.AutomountServiceAccountToken == nil || *spec.AutomountServiceAccountToken {
		t.Errorf("variables of Services, or a token: %+v", spec)
	}
}
