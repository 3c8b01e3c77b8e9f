package cluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	watchtools "k8s.io/client-go/tools/watch"
)

// assets returns the folder of the control plane, and builds it on a machine that has none.
func assets(t testing.TB) string {
	t.Helper()
	dir, err := Build(t.Context(), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func clientFor(t testing.TB, config *rest.Config) kubernetes.Interface {
	t.Helper()
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// watcher is the part of a typed client that awaitEvent needs.
type watcher interface {
	Watch(ctx context.Context, opts metav1.ListOptions) (watch.Interface, error)
}

// awaitEvent returns when an event of the watch fulfils the condition. The watch tells of what is there already, too.
func awaitEvent(t *testing.T, w watcher, selector string, is func(watch.Event) (bool, error)) {
	t.Helper()
	stream, err := w.Watch(t.Context(), metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		t.Fatal(err)
	}
	awaitOn(t, stream, is)
}

// awaitOn gives up after a minute, because a controller that doesn't act says nothing.
func awaitOn(t *testing.T, stream watch.Interface, is func(watch.Event) (bool, error)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := watchtools.UntilWithoutRetry(ctx, stream, is); err != nil {
		t.Fatal(err)
	}
}

// addNode makes a node with room for pods.
func addNode(t *testing.T, client kubernetes.Interface, name string) {
	t.Helper()
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}}
	node.Status.Allocatable = corev1.ResourceList{
		corev1.ResourcePods: resource.MustParse("100"), corev1.ResourceCPU: resource.MustParse("4"), corev1.ResourceMemory: resource.MustParse("8Gi"),
	}
	node.Status.Capacity = node.Status.Allocatable
	if _, err := client.CoreV1().Nodes().Create(t.Context(), node, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// TestCluster is one real cluster from its start to its end.
func TestCluster(t *testing.T) {
	parent := t.TempDir()
	c, err := Start(t.Context(), Options{Dir: parent, Assets: assets(t), ControllerManager: true, Scheduler: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Stop(context.Background()) }) // for a test that ends early; below it is checked
	admin := clientFor(t, c.RESTConfig)

	t.Run("kubeconfig", func(t *testing.T) { kubeconfigWorks(t, c) })
	t.Run("RBAC", func(t *testing.T) { rbacDenies(t, c) })
	t.Run("deployment", func(t *testing.T) { deploymentMakesEndpoints(t, admin) })
	t.Run("scheduler", func(t *testing.T) { schedulerBinds(t, admin) })
	t.Run("roles", func(t *testing.T) { rolesAreAggregated(t, admin) })
	t.Run("namespace", func(t *testing.T) { namespaceEnds(t, admin) })

	if err := c.Err(); err != nil {
		t.Error(err)
	}
	children := c.owner.content.Children
	if len(children) != len(components) {
		t.Errorf("%d processes are noted, want %d", len(children), len(components))
	}
	if err := c.Stop(t.Context()); err != nil {
		t.Errorf("Stop: %v", err)
	}
	for _, p := range children {
		if startTime(p.PID) == p.Started {
			t.Errorf("%s (%d) still runs", p.Name, p.PID)
		}
	}
	for _, p := range running(c.Dir) {
		t.Errorf("a process still works in the cluster's folder: %s", p)
	}
	if _, err := os.Stat(c.Dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder is still there: %v", err)
	}
	if err := c.Stop(t.Context()); err != nil {
		t.Errorf("second Stop: %v", err)
	}
}

// running returns the processes of which the command line names the folder; none where there is no /proc.
func running(dir string) []string {
	var found []string
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range lines {
		if content, err := os.ReadFile(path); err == nil && strings.Contains(string(content), dir) {
			found = append(found, fmt.Sprintf("%s %q", path, content))
		}
	}
	return found
}

func kubeconfigWorks(t *testing.T, c *Cluster) {
	config, err := clientcmd.BuildConfigFromFlags("", c.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	client := clientFor(t, config)
	version, err := client.Discovery().ServerVersion()
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		if want, err := program.Version(); err != nil || version.GitVersion != want {
			t.Errorf("server is %s, want %s (%v)", version.GitVersion, want, err)
		}
	}
	if _, err := client.CoreV1().Namespaces().Get(t.Context(), "default", metav1.GetOptions{}); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(c.Kubeconfig); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("kubeconfig is %v, %v; want it readable by its owner only", info.Mode(), err)
	}
}

func rbacDenies(t *testing.T, c *Cluster) {
	path := filepath.Join(t.TempDir(), "tenant.kubeconfig")
	if err := c.WriteKubeconfig(path, "tess", "tenants"); err != nil {
		t.Fatal(err)
	}
	tenant, err := clientcmd.BuildConfigFromFlags("", path)
	if err != nil {
		t.Fatal(err)
	}
	list := func(config *rest.Config) error {
		_, err := clientFor(t, config).CoreV1().Secrets("default").List(t.Context(), metav1.ListOptions{})
		return err
	}
	if err := list(tenant); !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), `"tess"`) {
		t.Errorf("a tenant lists Secrets: %v, want it forbidden to tess", err)
	}
	if err := list(rest.AnonymousClientConfig(c.RESTConfig)); !apierrors.IsForbidden(err) {
		t.Errorf("nobody in particular lists Secrets: %v, want it forbidden", err)
	}
	if err := list(c.RESTConfig); err != nil {
		t.Errorf("the administrator lists Secrets: %v", err)
	}
}

func podSpec(node string) corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "svc-001"}},
		Spec: corev1.PodSpec{
			NodeName:   node,
			Containers: []corev1.Container{{Name: "app", Image: "stand-in", Ports: []corev1.ContainerPort{{ContainerPort: 8080}}}},
		},
	}
}

// deploymentMakesEndpoints goes from a Deployment by way of its pods to the slice of a headless Service, with the test as kubelet.
func deploymentMakesEndpoints(t *testing.T, client kubernetes.Interface) {
	const replicas = 3
	labels := map[string]string{"app": "svc-001"}
	pods := client.CoreV1().Pods("default")
	addNode(t, client, "lab-node-1") // pods on a node that is unknown get into no slice
	service := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "svc-001"},
		Spec:       corev1.ServiceSpec{ClusterIP: corev1.ClusterIPNone, Selector: labels, Ports: []corev1.ServicePort{{Port: 80}}},
	}
	if _, err := client.CoreV1().Services("default").Create(t.Context(), service, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	n := int32(replicas)
	deployment := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "svc-001"},
		Spec: appsv1.DeploymentSpec{
			Replicas: &n, Selector: &metav1.LabelSelector{MatchLabels: labels}, Template: podSpec("lab-node-1"),
		},
	}
	if _, err := client.AppsV1().Deployments("default").Create(t.Context(), deployment, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}

	made := 0
	awaitEvent(t, pods, "app=svc-001", func(e watch.Event) (bool, error) {
		pod, ok := e.Object.(*corev1.Pod)
		if !ok {
			return false, apierrors.FromObject(e.Object)
		}
		if e.Type != watch.Added {
			return false, nil
		}
		made++
		if owner := metav1.GetControllerOf(pod); owner == nil || owner.Kind != "ReplicaSet" || pod.Spec.NodeName != "lab-node-1" {
			t.Errorf("%s is owned by %v on %q", pod.Name, owner, pod.Spec.NodeName)
		}
		pod.Status.Phase = corev1.PodRunning
		pod.Status.PodIP = fmt.Sprintf("10.0.1.%d", made)
		pod.Status.PodIPs = []corev1.PodIP{{IP: pod.Status.PodIP}}
		pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
		_, err := pods.UpdateStatus(t.Context(), pod, metav1.UpdateOptions{})
		return made == replicas, err
	})
	awaitEvent(t, client.DiscoveryV1().EndpointSlices("default"), discoveryv1.LabelServiceName+"=svc-001", func(e watch.Event) (bool, error) {
		slice, ok := e.Object.(*discoveryv1.EndpointSlice)
		if !ok {
			return false, apierrors.FromObject(e.Object)
		}
		ready := 0
		for _, endpoint := range slice.Endpoints {
			if endpoint.Conditions.Ready != nil && *endpoint.Conditions.Ready {
				ready++
			}
		}
		return ready == replicas, nil
	})
}

func schedulerBinds(t *testing.T, client kubernetes.Interface) {
	const name = "lab-node-1"
	spec := podSpec("")
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "unbound", Labels: map[string]string{"app": "unbound"}}, Spec: spec.Spec}
	if _, err := client.CoreV1().Pods("default").Create(t.Context(), pod, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	awaitEvent(t, client.CoreV1().Pods("default"), "app=unbound", func(e watch.Event) (bool, error) {
		pod, ok := e.Object.(*corev1.Pod)
		return ok && pod.Spec.NodeName == name, nil
	})
}

// rolesAreAggregated: the role view, and with it whatever builds on it, is empty until its controller fills it.
func rolesAreAggregated(t *testing.T, client kubernetes.Interface) {
	awaitEvent(t, client.RbacV1().ClusterRoles(), "kubernetes.io/bootstrapping=rbac-defaults", func(e watch.Event) (bool, error) {
		role, ok := e.Object.(*rbacv1.ClusterRole)
		return ok && role.Name == "view" && len(role.Rules) > 0, nil
	})
}

func namespaceEnds(t *testing.T, client kubernetes.Interface) {
	namespaces := client.CoreV1().Namespaces()
	labels := map[string]string{"test": "ends"}
	if _, err := namespaces.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "ends", Labels: labels}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.CoreV1().ConfigMaps("ends").Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "x"}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	stream, err := namespaces.Watch(t.Context(), metav1.ListOptions{LabelSelector: "test=ends"})
	if err != nil {
		t.Fatal(err)
	}
	if err := namespaces.Delete(t.Context(), "ends", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	awaitOn(t, stream, func(e watch.Event) (bool, error) { return e.Type == watch.Deleted, nil })
}

// BenchmarkStart is the time from nothing to a ready API server, and back to nothing.
func BenchmarkStart(b *testing.B) {
	built := assets(b)
	for _, o := range []struct {
		name    string
		options Options
	}{
		{"api", Options{}},
		{"whole", Options{ControllerManager: true, Scheduler: true}},
	} {
		b.Run(o.name, func(b *testing.B) {
			o.options.Dir, o.options.Assets = b.TempDir(), built
			for b.Loop() {
				c, err := Start(b.Context(), o.options)
				if err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				if err := c.Stop(b.Context()); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
		})
	}
}
