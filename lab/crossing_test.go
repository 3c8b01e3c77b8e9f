package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/lab/cloud"
	"github.com/tranship/tranship/lab/node/standin"
)

// bed is one lab with a controller for all tests of this file, each on services
// of its own.
var bed struct {
	*Lab
	binary string
	client client.Client
	log    *bytes.Buffer
}

func TestMain(m *testing.M) {
	if standin.Called(os.Args[1:]) {
		os.Exit(standin.Main(os.Args[1:]))
	}
	if os.Getenv(aloneEnv) != "" {
		os.Exit(m.Run())
	}
	os.Exit(testMain(m))
}

// aloneEnv makes a test process without the bed: for tests that do without it,
// and that count what their process holds.
const aloneEnv = "TRANSHIP_LAB_TEST_ALONE"

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "tranship-bin-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	bed.binary = filepath.Join(dir, "tranship")
	build := exec.Command("go", "build", "-o", bed.binary, "../cmd/tranship")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build tranship:", err)
		return 1
	}
	log, err := os.Create(filepath.Join(dir, "controller.log"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = log.Close() }()
	ctx := context.Background()
	bed.Lab, err = Up(ctx, Options{
		Services: 8, EKS: "ready", TargetGroups: true, TaskRoles: true, Tranship: bed.binary, ControllerLog: log, Progress: os.Stderr,
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "up:", err)
		return 1
	}
	scheme := runtime.NewScheme()
	if err := errors.Join(v1alpha1.AddToScheme(scheme), corev1.AddToScheme(scheme)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if bed.client, err = client.New(bed.cluster.RESTConfig, client.Options{Scheme: scheme}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	if err := bed.Down(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "down:", err)
		code = 1
	}
	if code != 0 {
		if b, err := os.ReadFile(log.Name()); err == nil {
			fmt.Fprintf(os.Stderr, "controller:\n%s\n", b[max(0, len(b)-8000):])
		}
	}
	return code
}

// tranship runs the binary as a user does and returns both streams and the exit code.
func tranship(t *testing.T, env []string, args ...string) (out, errs string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), bed.binary, args...)
	cmd.Env = append(append(os.Environ(), bed.Ready.Env()...), env...)
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return o.String(), e.String(), cmd.ProcessState.ExitCode()
}

// migration waits until a migration is as it should be.
func migration(t *testing.T, ns, name string, ok func(*v1alpha1.ServiceMigration) bool) *v1alpha1.ServiceMigration {
	t.Helper()
	m := &v1alpha1.ServiceMigration{}
	err := bed.await(t.Context(), func() error {
		if err := bed.client.Get(t.Context(), client.ObjectKey{Namespace: ns, Name: name}, m); err != nil {
			return err
		}
		if !ok(m) {
			return fmt.Errorf("%s: phase %q, waiting %+v", name, m.Status.Phase, m.Status.Waiting)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// create makes a migration of a service of the lab.
func create(t *testing.T, ns, name, service string) {
	t.Helper()
	d := func(d time.Duration) *metav1.Duration { return &metav1.Duration{Duration: d} }
	ttl := int64(recordTTL)
	m := &v1alpha1.ServiceMigration{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: name},
		Spec: v1alpha1.ServiceMigrationSpec{
			Source: v1alpha1.Source{Cluster: ECSCluster, Service: service},
			Target: v1alpha1.Target{Service: name},
			Strategy: v1alpha1.Strategy{
				RecordTTLSeconds: &ttl, ReadyFor: d(time.Second),
				Steps: []v1alpha1.Step{{Share: 50, Soak: d(time.Second)}},
			},
		},
	}
	if err := bed.client.Create(t.Context(), m); err != nil {
		t.Fatal(err)
	}
}

// sides counts the instances of a name.
func sides(service string) (ecs, eks int) {
	for _, i := range bed.instances(service) {
		if i.Attributes["ECS_SERVICE_NAME"] != "" {
			ecs++
		} else {
			eks++
		}
	}
	return ecs, eks
}

// A Service alone, annotated for a name that ECS holds, puts no pod into it.
func TestHeldName(t *testing.T) {
	t.Parallel()
	const name = "svc-001"
	host := name + "." + bed.Options.Namespace
	patch := fmt.Appendf(nil, `{"metadata":{"annotations":{%q:%q}}}`, v1alpha1.AnnotationExternalDNSHostname, host)
	if _, err := bed.kube.CoreV1().Services(KubeNamespace).Patch(t.Context(), name, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	var held *metav1.Condition
	err := bed.await(t.Context(), func() error {
		s, err := bed.kube.CoreV1().Services(KubeNamespace).Get(t.Context(), name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		k := slices.IndexFunc(s.Status.Conditions, func(c metav1.Condition) bool { return c.Type == v1alpha1.ConditionNameHeld })
		if k < 0 {
			return fmt.Errorf("no condition: %v", s.Status.Conditions)
		}
		held = &s.Status.Conditions[k]
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if held.Status != metav1.ConditionTrue || !strings.Contains(held.Message, "ECS service lab/svc-001") {
		t.Errorf("condition %+v does not say who holds the name", held)
	}
	if ecs, eks := sides(name); ecs != 2 || eks != 0 {
		t.Errorf("the name has %d ECS and %d EKS instances, want 2 and 0", ecs, eks)
	}
}

// A namespace takes only what an administrator said it may.
func TestTenantNotAllowed(t *testing.T) {
	t.Parallel()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "other"}}
	if err := bed.client.Create(t.Context(), ns); err != nil && !apierrors.IsAlreadyExists(err) {
		t.Fatal(err)
	}
	create(t, "other", "svc-002", "svc-002")
	m := migration(t, "other", "svc-002", func(m *v1alpha1.ServiceMigration) bool { return m.Status.Waiting.Reason == "NotAllowed" })
	if !strings.Contains(m.Status.Waiting.Text, "allow") {
		t.Errorf("it does not say what to do: %q", m.Status.Waiting.Text)
	}
	if ecs, eks := sides("svc-002"); ecs != 2 || eks != 0 {
		t.Errorf("the name has %d ECS and %d EKS instances, want 2 and 0", ecs, eks)
	}
	// It does not keep the name from whoever may have it, though it is older.
	create(t, KubeNamespace, "svc-002", "svc-002")
	migration(t, KubeNamespace, "svc-002", func(m *v1alpha1.ServiceMigration) bool { return m.Status.Phase == "Migrated" })
}

// A workload that never gets ready leaves the ECS side as it was.
func TestNeverReady(t *testing.T) {
	t.Parallel()
	const name = "svc-003"
	patch := []byte(`{"spec":{"template":{"metadata":{"annotations":{"lab.tranship.dev/ready":"never"}}},"strategy":{"type":"Recreate","rollingUpdate":null}}}`)
	if _, err := bed.kube.AppsV1().Deployments(KubeNamespace).Patch(t.Context(), name, types.StrategicMergePatchType, patch, metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := bed.await(t.Context(), func() error {
		d, err := bed.kube.AppsV1().Deployments(KubeNamespace).Get(t.Context(), name, metav1.GetOptions{})
		if err == nil && (d.Status.ReadyReplicas > 0 || d.Status.ObservedGeneration < d.Generation) {
			err = fmt.Errorf("%d pods are ready", d.Status.ReadyReplicas)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	before := bed.instances(name)
	create(t, KubeNamespace, name, name)
	m := migration(t, KubeNamespace, name, func(m *v1alpha1.ServiceMigration) bool { return m.Status.Phase == "Stage" })
	if m.Status.Waiting.Reason != "WorkloadNotReady" || !strings.Contains(m.Status.Waiting.Text, "0 of 2") {
		t.Errorf("it does not say why it waits: %+v", m.Status.Waiting)
	}
	after := bed.instances(name)
	if fmt.Sprint(before) != fmt.Sprint(after) {
		t.Errorf("the name was changed:\n%v\n%v", before, after)
	}
	if err := bed.client.Delete(t.Context(), m); err != nil {
		t.Fatal(err)
	}
}

// Each mistake has one clear line, and nothing is changed.
func TestMistakes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, service, say string
	}{
		{"no-such-service", "nowhere", "nowhere"},
		{"missing-target", "svc-008", "missing-target"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			create(t, KubeNamespace, tt.name, tt.service)
			m := migration(t, KubeNamespace, tt.name, func(m *v1alpha1.ServiceMigration) bool { return m.Status.Waiting.Text != "" })
			if !strings.Contains(m.Status.Waiting.Text+m.Status.Waiting.Object, tt.say) || strings.Contains(m.Status.Waiting.Text, "\n") {
				t.Errorf("not one clear line: %+v", m.Status.Waiting)
			}
			if err := bed.client.Delete(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		})
	}
	t.Run("wrong credentials", func(t *testing.T) {
		_, errs, code := tranship(t, []string{"AWS_SECRET_ACCESS_KEY=wrong"}, "controller", "--identity", "x", "--metrics-address", "0", "--health-address", "0")
		if code != 1 || strings.Count(strings.TrimSpace(errs), "\n") > 0 || !strings.Contains(errs, "credentials") {
			t.Errorf("exit %d, %q", code, errs)
		}
	})
	t.Run("unreachable endpoint", func(t *testing.T) {
		_, errs, code := tranship(t, []string{"AWS_ENDPOINT_URL=http://127.0.0.1:1"}, "controller", "--identity", "x", "--metrics-address", "0", "--health-address", "0")
		if code != 1 || strings.Count(strings.TrimSpace(errs), "\n") > 0 {
			t.Errorf("exit %d, %q", code, errs)
		}
	})
}

// There and back again, as a client sees it: names and the door work all the
// time, and DNS shows ECS, then both, then EKS addresses.
func TestThereAndBack(t *testing.T) {
	t.Parallel()
	const name = "svc-004"
	host := name + "." + bed.Options.Namespace
	seen := watchName(t, host)
	door := watchDoor(t, host)
	out, errs, code := tranship(t, nil, "migrate", name, "--ecs-cluster", ECSCluster, "-n", KubeNamespace, "--yes", "--wait",
		"--timeout", "5m", "--record-ttl", "5s", "--ready-for", "1s", "--step", "50:1s")
	if code != 0 {
		t.Fatalf("migrate: exit %d\n%s\n%s", code, out, errs)
	}
	if ecs, eks := sides(name); ecs != 0 || eks != 2 {
		t.Errorf("migrated with %d ECS and %d EKS instances", ecs, eks)
	}
	out, _, code = tranship(t, nil, "status", "-n", KubeNamespace, "-o", "json")
	var st struct {
		Items []struct {
			Name, Phase, Reason string
			ECSShare            float64 `json:"ecsShare"`
			EKSShare            float64 `json:"eksShare"`
		} `json:"items"`
	}
	if err := json.Unmarshal([]byte(out), &st); err != nil || code != 0 {
		t.Fatalf("status: exit %d, %v\n%s", code, err, out)
	}
	k := slices.IndexFunc(st.Items, func(i struct {
		Name, Phase, Reason string
		ECSShare            float64 `json:"ecsShare"`
		EKSShare            float64 `json:"eksShare"`
	}) bool {
		return i.Name == name
	})
	if k < 0 || st.Items[k].Phase != "Migrated" || st.Items[k].EKSShare != 100 || st.Items[k].ECSShare != 0 {
		t.Errorf("status %+v", st.Items)
	}
	_, errs, code = tranship(t, nil, "rollback", name, "-n", KubeNamespace, "--yes", "--wait", "--timeout", "5m", "--reason", "test")
	if code != 0 {
		t.Fatalf("rollback: exit %d\n%s", code, errs)
	}
	if ecs, eks := sides(name); ecs != 2 || eks != 0 {
		t.Errorf("rolled back with %d ECS and %d EKS instances", ecs, eks)
	}
	if asked, failed := door(); failed != nil || asked < 100 {
		t.Errorf("of %d requests through the SOCKS5 door one failed: %v", asked, failed)
	}
	got := strings.Join(seen(), " ")
	if !strings.HasPrefix(got, "ecs both eks") || !strings.HasSuffix(got, "ecs") || strings.Contains(got, "none") {
		t.Errorf("the name led to: %s", got)
	}
}

// watchName asks the resolver, and whoever it names, until the returned function
// is called, which tells the mixtures of platforms that were seen, in order.
func watchName(t *testing.T, host string) func() []string {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan []string, 1)
	go func() {
		var mixes []string
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			mix := "none"
			r, _ := bed.lookup(ctx, doorAddr, host)
			for _, a := range r.Addrs() {
				side := "ecs"
				if netip.MustParsePrefix("10.0.64.0/18").Contains(a) {
					side = "eks"
				}
				if mix == "none" || mix == side {
					mix = side
				} else {
					mix = "both"
				}
			}
			if len(mixes) == 0 || mixes[len(mixes)-1] != mix {
				mixes = append(mixes, mix)
			}
			select {
			case <-ctx.Done():
				done <- mixes
				return
			case <-tick.C:
			}
		}
	}()
	return func() []string { cancel(); return <-done }
}

// watchDoor asks through the SOCKS5 door, the name resolved inside, as
// `curl --socks5-hostname` does, until the returned function is called, which
// tells how often and the first failure.
func watchDoor(t *testing.T, host string) func() (int, error) {
	ctx, cancel := context.WithCancel(t.Context())
	tr := &http.Transport{
		Proxy:             http.ProxyURL(&url.URL{Scheme: "socks5h", Host: bed.Ready.Socks5}),
		DisableKeepAlives: true,
	}
	type result struct {
		asked  int
		failed error
	}
	done := make(chan result, 1)
	go func() {
		var r result
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			if err := ask(ctx, tr, fmt.Sprintf("http://%s:%d/", host, Port)); err != nil && ctx.Err() == nil && r.failed == nil {
				r.failed = err
			}
			r.asked++
			select {
			case <-ctx.Done():
				done <- r
				return
			case <-tick.C:
			}
		}
	}()
	return func() (int, error) {
		cancel()
		r := <-done
		return r.asked, r.failed
	}
}

// ask makes one request over one connection.
func ask(ctx context.Context, tr *http.Transport, to string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, to, http.NoBody)
	if err != nil {
		return err
	}
	resp, err := tr.RoundTrip(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("status %s", resp.Status)
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// A name that is not registered anywhere in Cloud Map: the ECS service has no registry.
func TestNoRegistry(t *testing.T) {
	t.Parallel()
	var err error
	bed.live.do(func(c *cloud.Cloud) { err = createBare(t.Context(), c, "bare") })
	if err != nil {
		t.Fatal(err)
	}
	create(t, KubeNamespace, "svc-007", "bare")
	m := migration(t, KubeNamespace, "svc-007", func(m *v1alpha1.ServiceMigration) bool { return m.Status.Waiting.Text != "" })
	if !strings.Contains(m.Status.Waiting.Text, "no service registry") {
		t.Errorf("it does not say what is missing: %+v", m.Status.Waiting)
	}
	if err := bed.client.Delete(t.Context(), m); err != nil {
		t.Fatal(err)
	}
}

// A name that Cloud Map does not have any more: the ECS service's registry was
// deleted under it, which AWS allows as soon as no instance is left.
func TestNameGone(t *testing.T) {
	t.Parallel()
	const name = "svc-006"
	var err error
	bed.live.do(func(c *cloud.Cloud) { err = emptyName(t.Context(), c, name) })
	if err != nil {
		t.Fatal(err)
	}
	host := name + "." + bed.Options.Namespace
	if err := bed.await(t.Context(), func() (err error) {
		bed.live.do(func(c *cloud.Cloud) {
			if id, ok := c.ServiceID(host); ok {
				err = deleteName(t.Context(), c, id)
			}
		})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	out, errs, code := tranship(t, nil, "migrate", name, "--ecs-cluster", ECSCluster, "-n", KubeNamespace, "--yes", "--wait", "--timeout", "2m")
	last := errs[strings.LastIndex(strings.TrimSpace(errs), "\n")+1:]
	if code != 3 || !strings.Contains(last, "Cloud Map") || !strings.Contains(last, name) {
		t.Errorf("exit %d, want 3; the last line does not say what is missing: %q\n%s%s", code, last, out, errs)
	}
	m := migration(t, KubeNamespace, name, func(m *v1alpha1.ServiceMigration) bool { return m.Status.Waiting.Text != "" })
	if c := m.Status.Crossing; c != nil && strings.Contains(string(c.Raw), `"wrote":true`) {
		t.Errorf("something was changed: %s", c.Raw)
	}
	if err := bed.client.Delete(t.Context(), m); err != nil {
		t.Fatal(err)
	}
}
