package lab

import (
	"errors"
	"os"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/lab/admin"
)

// A pod of the real API server turns unready, ready again, and dies and is
// started again, each as the door was asked.
func TestPodsThroughTheDoor(t *testing.T) {
	if os.Getenv(aloneEnv) != "" {
		t.Skip("needs Kubernetes")
	}
	t.Parallel()
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: KubeNamespace, Name: "behind-the-door", Labels: map[string]string{"app": "behind-the-door"}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "app", Image: "tranship.dev/stand-in"}}},
	}
	if err := bed.client.Create(t.Context(), pod); err != nil {
		t.Fatal(err)
	}
	door, err := admin.NewClient(bed.Ready.AdminEndpoint, bed.Ready.AdminToken)
	if err != nil {
		t.Fatal(err)
	}
	ready := func(want bool) {
		t.Helper()
		if err := bed.await(t.Context(), func() error {
			s, err := door.State(t.Context())
			if err != nil {
				return err
			}
			for _, p := range s.Pods {
				if p.Name == pod.Name && p.Ready == want {
					return nil
				}
			}
			return errors.New("not as it should be yet")
		}); err != nil {
			t.Fatalf("ready %v: %v", want, err)
		}
	}
	act := func(do admin.PodAct) {
		t.Helper()
		if err := door.Pod(t.Context(), pod.Namespace, pod.Name, do); err != nil {
			t.Fatal(err)
		}
	}
	ready(true)
	act(admin.UnreadyPod)
	ready(false)
	act(admin.ReadyPod)
	ready(true)
	act(admin.KillPod)
	if err := bed.await(t.Context(), func() error {
		if err := bed.client.Get(t.Context(), client.ObjectKeyFromObject(pod), pod); err != nil {
			return err
		}
		if c := pod.Status.ContainerStatuses; len(c) != 1 || c[0].RestartCount != 1 || !c[0].Ready {
			return errors.New("it has not been started again")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := door.Pod(t.Context(), pod.Namespace, "nobody", admin.UnreadyPod); err == nil {
		t.Error("a pod that is not there turned unready")
	}
	if err := door.Pod(t.Context(), pod.Namespace, "nobody", admin.KillPod); err == nil {
		t.Error("a pod that is not there was killed")
	}
	if err := bed.client.Delete(t.Context(), pod, client.GracePeriodSeconds(0)); err != nil {
		t.Error(err)
	}
}
