package node

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// A pod waits for what it refers to, and then prints what it sees.
func TestSees(t *testing.T) {
	inCluster(t, nil, func(c *cluster) {
		c.agent.cfg.Sees = true
		c.create(newPod("a", func(p *corev1.Pod) {
			p.Spec.Containers[0].EnvFrom = []corev1.EnvFromSource{{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "late"}}}}
		}))
		w := c.pod("a").Status.ContainerStatuses[0].State.Waiting
		if w == nil || w.Reason != "CreateContainerConfigError" || w.Message != "container app: Secret late is not there" {
			t.Errorf("without the Secret: %+v", w)
		}
		s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "late"}, Data: map[string][]byte{"A": []byte("1")}}
		if _, err := c.client.CoreV1().Secrets("default").Create(t.Context(), s, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		after(retryMost)
		same(t, "conditions", allReady, conditions(c.pod("a")))
		got := c.standIns()[0].o.Sees
		if want := `"A": "1"`; !strings.Contains(string(got), want) {
			t.Errorf("%s has no %s", got, want)
		}
	})
}

func TestProbesThatNobodyAnswers(t *testing.T) {
	at := func(p intstr.IntOrString) *corev1.Probe {
		return &corev1.Probe{ProbeHandler: corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: p}}}
	}
	always := corev1.ContainerRestartPolicyAlways
	for _, tt := range []struct {
		name string
		edit func(*corev1.PodSpec)
		want string
	}{
		{"none", func(*corev1.PodSpec) {}, ""},
		{"a command", func(s *corev1.PodSpec) {
			s.Containers[0].LivenessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: []string{"true"}}}}
		}, ""},
		{"an open port", func(s *corev1.PodSpec) { s.Containers[0].ReadinessProbe = at(intstr.FromInt32(80)) }, ""},
		{"another's port", func(s *corev1.PodSpec) {
			s.InitContainers = []corev1.Container{{Name: "side", RestartPolicy: &always, Ports: []corev1.ContainerPort{{ContainerPort: 9090}}}}
			s.Containers[0].ReadinessProbe = at(intstr.FromInt32(9090))
		}, ""},
		{"a named one", func(s *corev1.PodSpec) {
			s.Containers[0].Ports[0].Name = "web"
			s.Containers[0].StartupProbe = at(intstr.FromString("web"))
		}, ""},
		{"a closed port", func(s *corev1.PodSpec) { s.Containers[0].ReadinessProbe = at(intstr.FromInt32(81)) },
			"the readiness probe of container app asks at a port at which nobody listens"},
		{"a name that no port has", func(s *corev1.PodSpec) { s.Containers[0].LivenessProbe = at(intstr.FromString("web")) },
			"the liveness probe of container app asks at a port at which nobody listens"},
		{"gRPC", func(s *corev1.PodSpec) {
			s.Containers[0].StartupProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{GRPC: &corev1.GRPCAction{Port: 9}}}
		}, "the startup probe of container app asks at a port at which nobody listens"},
	} {
		pod := newPod("a")
		tt.edit(&pod.Spec)
		same(t, tt.name, tt.want, unanswered(pod, 8080))
	}
	inCluster(t, nil, func(c *cluster) {
		c.create(newPod("a", func(p *corev1.Pod) { p.Spec.Containers[0].ReadinessProbe = at(intstr.FromInt32(81)) }))
		same(t, "conditions", notReady, conditions(c.pod("a")))
	})
}
