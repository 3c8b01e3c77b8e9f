package e2e

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/deploy"
	"github.com/tranship/tranship/internal/cli"
	"github.com/tranship/tranship/internal/controller"
	"github.com/tranship/tranship/internal/kube/gate"
)

// manifests decodes every file of the whole set, in the order in which kubectl
// applies a folder. A field that is unknown or there twice is an error.
func manifests(t *testing.T) []client.Object {
	t.Helper()
	files, err := fs.Glob(deploy.Everything, "*.yaml") // sorted
	if err != nil {
		t.Fatal(err)
	}
	strict := serializer.NewCodecFactory(scheme(t), serializer.EnableStrict).UniversalDeserializer()
	var out []client.Object
	for _, f := range files {
		b, err := fs.ReadFile(deploy.Everything, f)
		if err != nil {
			t.Fatal(err)
		}
		for docs := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(b))); ; {
			doc, err := docs.Read()
			if errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", f, err)
			}
			got, _, err := strict.Decode(doc, nil, nil)
			if err != nil {
				t.Fatalf("%s: %v\n%s", f, err, doc)
			}
			o, ok := got.(client.Object)
			if !ok {
				t.Fatalf("%s: %T is no object", f, got)
			}
			out = append(out, o)
		}
	}
	return out
}

// only finds the one object of a type.
func only[O client.Object](t *testing.T) O {
	t.Helper()
	var found []O
	for _, o := range manifests(t) {
		if o, ok := o.(O); ok {
			found = append(found, o)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d objects of type %T", len(found), *new(O))
	}
	return found[0]
}

// The API server takes the whole set, as it stands.
func TestManifestsAreAccepted(t *testing.T) {
	admin := client.NewDryRunClient(administrator(t))
	create(t, administrator(t), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: controller.LeaseNamespace}}) // a dry run leaves none behind
	for _, o := range manifests(t) {
		if ns := o.GetNamespace(); ns != "" && ns != controller.LeaseNamespace {
			t.Errorf("%T %s is in namespace %s", o, o.GetName(), ns)
		}
		raw, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o)
		if err != nil {
			t.Fatal(err)
		}
		delete(raw, "status")
		want := client.ApplyConfigurationFromUnstructured(&unstructured.Unstructured{Object: raw})
		if err := admin.Apply(t.Context(), want, client.FieldOwner("administrator"), client.ForceOwnership); err != nil {
			t.Errorf("%T %s: %v", o, o.GetName(), err)
		}
	}
}

// What refers to each other by name and label does.
func TestManifestsFitTogether(t *testing.T) {
	d, svc, role := only[*appsv1.Deployment](t), only[*corev1.Service](t), only[*rbacv1.ClusterRole](t)
	labels := d.Spec.Template.Labels
	if diff := cmp.Diff(labels, svc.Spec.Selector); diff != "" || svc.Name != gate.ServiceName {
		t.Errorf("Service %s: (-labels +selector)\n%s", svc.Name, diff)
	}
	if diff := cmp.Diff(labels, d.Spec.Selector.MatchLabels); diff != "" {
		t.Errorf("Deployment: (-labels +selector)\n%s", diff)
	}
	if sa := only[*corev1.ServiceAccount](t); d.Spec.Template.Spec.ServiceAccountName != sa.Name || *d.Spec.Replicas < 2 {
		t.Errorf("Deployment with ServiceAccount %s and %d replicas", d.Spec.Template.Spec.ServiceAccountName, *d.Spec.Replicas)
	}
	c := d.Spec.Template.Spec.Containers[0]
	var ports []string
	for _, p := range c.Ports {
		ports = append(ports, p.Name)
	}
	for _, want := range []string{svc.Spec.Ports[0].TargetPort.String(), c.LivenessProbe.HTTPGet.Port.String(), c.ReadinessProbe.HTTPGet.Port.String()} {
		if !strings.Contains(" "+strings.Join(ports, " ")+" ", " "+want+" ") {
			t.Errorf("no port %s among %v", want, ports)
		}
	}
	// The verb knows the flags.
	var said bytes.Buffer
	if code := cli.Execute(t.Context(), cli.Env{Streams: cli.Streams{Out: &said, Err: &said, In: strings.NewReader("")}}, append(append([]string{"tranship"}, c.Args...), "--help")); code != cli.CodeFine {
		t.Errorf("arguments %v: %s", c.Args, said.String())
	}
	for _, r := range role.Rules {
		for _, x := range append(append(append([]string{}, r.Verbs...), r.Resources...), r.APIGroups...) {
			if x == "*" || x == "secrets" || x == "escalate" || x == "impersonate" {
				t.Errorf("in the whole cluster: %+v", r)
			}
		}
	}
}

// Where only restricted pods are let in, the controller's is.
func TestControllerIsRestricted(t *testing.T) {
	admin := administrator(t)
	labels := only[*corev1.Namespace](t).Labels
	create(t, admin, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "restricted", Labels: labels}})
	pod := func(change func(*corev1.PodSpec)) error {
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "restricted", GenerateName: "tranship-"}, Spec: only[*appsv1.Deployment](t).Spec.Template.Spec}
		p.Spec.PriorityClassName = "" // its admission asks for more than security
		change(&p.Spec)
		return client.NewDryRunClient(admin).Create(t.Context(), p)
	}
	if err := pod(func(*corev1.PodSpec) {}); err != nil {
		t.Error(err)
	}
	if err := pod(func(s *corev1.PodSpec) { s.HostNetwork = true }); err == nil || !strings.Contains(err.Error(), "PodSecurity") {
		t.Errorf("the namespace lets everything in: %v", err)
	}
}
