package churn

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/tranship/tranship/lab"
	"github.com/tranship/tranship/lab/aws"
)

func apiPod(name, service string, conditions ...corev1.PodConditionType) *corev1.Pod {
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID(name), Namespace: lab.KubeNamespace, Labels: map[string]string{"app": service}},
		Status:     corev1.PodStatus{PodIP: "10.0.64.4"},
	}
	for _, c := range conditions {
		p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: c, Status: corev1.ConditionTrue})
	}
	return p
}

// A pod belongs into its name while its containers are ready and nobody has asked
// for its deletion, whatever its gates say.
func TestFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		leaving := apiPod("leaving", "a", corev1.ContainersReady)
		leaving.DeletionTimestamp, leaving.Finalizers = &metav1.Time{Time: t0.Add(30 * time.Second)}, []string{"keep"}
		leaving.DeletionGracePeriodSeconds = new(int64(30))
		client := fake.NewClientset(
			apiPod("open", "a", corev1.ContainersReady, corev1.PodReady), apiPod("gated", "a", corev1.ContainersReady),
			apiPod("unready", "a"), leaving, apiPod("other", "b", corev1.ContainersReady),
		)
		began := time.Now()
		p, stop, err := follow(t.Context(), client)
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		look := func(want map[string][]string) {
			t.Helper()
			synctest.Wait()
			got := map[string][]string{}
			for service, of := range p.live() {
				for _, x := range of {
					got[service] = append(got[service], x.name)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("live (-want +got):\n%s", diff)
			}
		}
		look(map[string][]string{"a": {"gated", "open"}, "b": {"other"}})
		if s := p.seenReady(); len(s) != 4 || !s["unready"].IsZero() || !s["gated"].Equal(began) {
			t.Errorf("ready since: %v", s)
		}
		if all := p.all(); all["gated"].admitted || !all["open"].admitted || !all["leaving"].leaving.Equal(t0) {
			t.Errorf("seen: %+v", all)
		}
		if err := client.CoreV1().Pods(lab.KubeNamespace).Delete(context.Background(), "open", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		look(map[string][]string{"a": {"gated"}, "b": {"other"}})
		if x := p.all()["open"]; !x.gone {
			t.Errorf("what is gone is remembered: %+v", x)
		}
	})
}

// Who was alive when it was taken out of its name.
func TestWrong(t *testing.T) {
	all := map[string]pod{
		uidA: {name: "alive", address: "10.0.64.4"},
		uidB: {name: "leaving", address: "10.0.64.5", leaving: at(1000)},
		uidC: {name: "gone", address: "10.0.64.6", leaving: at(0), gone: true},
	}
	out := func(ms int, instance, code string) aws.Call {
		return aws.Call{At: at(ms), Service: cloudMap, Operation: "DeregisterInstance", Instance: instance, ErrorCode: code}
	}
	for _, tt := range []struct {
		name  string
		calls []aws.Call
		want  []string
	}{
		{"nobody", nil, nil},
		{"one that lives", []aws.Call{out(500, "eks-"+uidA, "")}, []string{"alive"}},
		{"by its address", []aws.Call{out(500, "10.0.64.4", "")}, []string{"alive"}},
		{"before it was to leave", []aws.Call{out(999, "eks-"+uidB, "")}, []string{"leaving"}},
		{"after", []aws.Call{out(1000, "eks-"+uidB, "")}, nil},
		{"one that is gone", []aws.Call{out(500, "eks-"+uidC, "")}, nil},
		{"refused", []aws.Call{out(500, "eks-"+uidA, "ServiceUnavailable")}, nil},
		{"registered", []aws.Call{register(500, "eks-"+uidA, "")}, nil},
	} {
		if diff := cmp.Diff(tt.want, wrong(all, tt.calls)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestComplains(t *testing.T) {
	for _, tt := range []struct {
		conditions []metav1.Condition
		want       bool
	}{
		{nil, false},
		{[]metav1.Condition{{Type: "tranship.dev/Held", Status: metav1.ConditionFalse}}, false},
		{[]metav1.Condition{{Type: registeredCondition, Status: metav1.ConditionTrue}}, false},
		{[]metav1.Condition{{Type: registeredCondition, Status: metav1.ConditionFalse}}, true},
		{[]metav1.Condition{{Type: registeredCondition, Status: metav1.ConditionUnknown}}, true},
	} {
		s := &corev1.Service{Status: corev1.ServiceStatus{Conditions: tt.conditions}}
		if got := complains(s); got != tt.want {
			t.Errorf("%+v: %t, want %t", tt.conditions, got, tt.want)
		}
	}
}
