package churn

import (
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/tranship/tranship/lab"
)

// What the Services and the pods say.
const (
	hostname  = "external-dns.alpha.kubernetes.io/hostname"
	gateAsked = "tranship.dev/gate"
	gate      = corev1.PodConditionType("tranship.dev/registered")
	restarted = "kubectl.kubernetes.io/restartedAt" // what `kubectl rollout restart` writes
)

// finish is how long a pod has after its preStop for what it has begun.
const finish = 60

// deployment is the workload of a service.
func (t *trial) deployment(name string) *appsv1.Deployment {
	labels, replicas := map[string]string{"app": name}, int32(t.o.Pods) //nolint:gosec // some thousands at most
	sleep := int64(t.o.preStop(t.timing) / time.Second)
	grace := sleep + finish
	spec := corev1.PodSpec{
		TerminationGracePeriodSeconds: &grace,
		Containers: []corev1.Container{{
			Name: "app", Image: "tranship.dev/stand-in",
			Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: lab.Port}},
			Lifecycle: &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{
				Sleep: &corev1.SleepAction{Seconds: sleep},
			}},
		}},
	}
	if t.o.Gate && t.o.GateInTemplate {
		spec.ReadinessGates = []corev1.PodReadinessGate{{ConditionType: gate}}
	}
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: lab.KubeNamespace, Labels: labels},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: spec},
		},
	}
}

// service leads to the workload, and claims the name.
func (t *trial) service(name string) *corev1.Service {
	labels := map[string]string{"app": name}
	wishes := map[string]string{hostname: name + "." + t.lab.Options.Namespace}
	if t.o.Gate {
		wishes[gateAsked] = "true"
	}
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: lab.KubeNamespace, Labels: labels, Annotations: wishes},
		Spec: corev1.ServiceSpec{
			ClusterIP: corev1.ClusterIPNone, Selector: labels,
			Ports: []corev1.ServicePort{{Name: "http", Port: lab.Port, TargetPort: intstr.FromString("http")}},
		},
	}
}
