package source

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
)

var epoch = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// with makes a Source that reads hosts below shop.internal and of no filter else.
func with(t *testing.T, change ...func(*Options)) *Source {
	t.Helper()
	var o Options
	for _, f := range change {
		f(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// annotated is an object's metadata with these annotations.
func annotated(kv ...string) metav1.ObjectMeta {
	m := metav1.ObjectMeta{Namespace: "shop", Name: "orders", UID: "uid-1", CreationTimestamp: metav1.NewTime(epoch), Annotations: map[string]string{}}
	for n := 0; n < len(kv); n += 2 {
		m.Annotations[kv[n]] = kv[n+1]
	}
	return m
}

func reader(objs ...client.Object) client.Client {
	return fake.NewClientBuilder().WithScheme(scheme.Scheme).WithObjects(objs...).Build()
}

// told writes wishes in one line each.
func told(ws []Wish) []string {
	var out []string
	for _, w := range ws {
		to := strings.Join(w.Targets, ",")
		if w.Pods {
			to = strings.Join(append([]string{"pods"}, w.Targets...), ",")
		}
		line := w.Host + " → " + cmp.Or(to, "nothing yet")
		if w.OnlyPod != "" {
			line += " of " + w.OnlyPod
		}
		if w.TTL != nil {
			line += fmt.Sprintf(" for %d s", *w.TTL)
		}
		out = append(out, line)
	}
	return out
}

func reasons(ps []Problem) []string {
	var out []string
	for _, p := range ps {
		out = append(out, p.Reason)
	}
	return out
}

// expect compares what was read with what should be: problems by their reason.
func expect(t *testing.T, ws []Wish, ps []Problem, err error, want []string, problems ...string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(want, told(ws)); diff != "" {
		t.Error(diff)
	}
	if diff := gocmp.Diff(problems, reasons(ps)); diff != "" {
		t.Errorf("%s%v", diff, ps)
	}
	for _, p := range ps {
		if !strings.Contains(p.Text, ":") && !strings.Contains(p.Text, ";") || len(p.Text) > 900 {
			t.Errorf("a problem without what to do: %q", p.Text)
		}
	}
	if !slices.IsSortedFunc(ws, Wish.Compare) {
		t.Errorf("not sorted: %v", told(ws))
	}
}

const (
	alpha = PrefixAlpha
	newer = PrefixExternalDNS
)

func headless(kv ...string) *corev1.Service {
	return &corev1.Service{ObjectMeta: annotated(kv...), Spec: corev1.ServiceSpec{
		ClusterIP: corev1.ClusterIPNone, Selector: map[string]string{"app": "orders"}, Ports: []corev1.ServicePort{{Name: "http", Port: 80}},
	}}
}

func kinded(t corev1.ServiceType, kv ...string) *corev1.Service {
	s := &corev1.Service{ObjectMeta: annotated(kv...), Spec: corev1.ServiceSpec{
		Type: t, ClusterIP: "10.96.0.7", Selector: map[string]string{"app": "orders"},
		Ports: []corev1.ServicePort{{Name: "http", Port: 80, NodePort: 30080}},
	}}
	switch t {
	case corev1.ServiceTypeLoadBalancer:
		s.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{Hostname: "K8s-1.elb.eu-central-1.amazonaws.com."}, {IP: "10.1.0.9"}}
	case corev1.ServiceTypeExternalName:
		s.Spec.ClusterIP, s.Spec.ExternalName = "", "Old.example.com."
	}
	return s
}

func podOf(name string, change ...func(*corev1.Pod)) *corev1.Pod {
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, UID: types.UID("uid-" + name), Labels: map[string]string{"app": "orders"}},
		Spec:       corev1.PodSpec{NodeName: "a"},
		Status: corev1.PodStatus{
			Phase: corev1.PodRunning, PodIP: "10.0.0.1", PodIPs: []corev1.PodIP{{IP: "10.0.0.1"}, {IP: "fd00::1"}},
			HostIP: "10.0.9.1", HostIPs: []corev1.HostIP{{IP: "10.0.9.1"}},
			Conditions: []corev1.PodCondition{{Type: corev1.ContainersReady, Status: corev1.ConditionTrue}},
		},
	}
	for _, f := range change {
		f(p)
	}
	return p
}

func node(name string, at ...string) *corev1.Node {
	n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{corev1.LabelTopologyZone: "eu-central-1" + name}}}
	for k := 0; k < len(at); k += 2 {
		n.Status.Addresses = append(n.Status.Addresses, corev1.NodeAddress{Type: corev1.NodeAddressType(at[k]), Address: at[k+1]})
	}
	return n
}
