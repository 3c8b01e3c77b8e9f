package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/yaml"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/api/v1alpha1/crds"
	"github.com/tranship/tranship/lab/cluster/clustertest"
)

// What a fake client cannot tell: discovery, defaults and validation by the
// schema, whom the API server takes us for, watches.
func TestAgainstAnAPIServer(t *testing.T) {
	api := clustertest.Cluster(t)
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	if err := api.WriteKubeconfig(kubeconfig, "ada@shop.example", "system:masters"); err != nil {
		t.Fatal(err)
	}
	sh := &shell{t: t, env: System(os.Stdin, os.Stdout, os.Stderr), args: []string{"--kubeconfig", kubeconfig, "-n", "default"}}

	sh.want(CodeFailed, []string{"status"}, "this cluster does not know ServiceMigrations: run `tranship controller --install-crds`")

	installDefinition(t, api.RESTConfig)
	sh.want(CodeFine, []string{"status"}, "There is no ServiceMigration in Kubernetes namespace default.")
	sh.want(CodeFailed, []string{"migrate", "orders", "--ecs-cluster", "prod", "--account", "12", "--yes"},
		"tranship: Kubernetes refused it: ", "spec.source.account")
	sh.want(CodeFine, []string{"migrate", "orders", "--ecs-cluster", "prod", "--step", "50", "--yes"},
		"orders created", "No controller holds the lease")
	// Defaults of the schema are no difference.
	sh.want(CodeFine, []string{"migrate", "orders", "--ecs-cluster", "prod", "--step", "50", "--yes"}, "orders unchanged")

	// A controller of a few lines: it takes every word, and the goal is reached at once.
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- obey(ctx, api.RESTConfig) }()
	sh.want(CodeFine, []string{"migrate", "orders", "--ecs-cluster", "prod", "--yes", "--wait"}, "orders  Migrated")
	sh.want(CodeFine, []string{"rollback", "orders", "--yes", "--wait", "--reason", "test"}, "orders  RolledBack")
	sh.want(CodeFine, []string{"migrate", "orders", "--ecs-cluster", "prod", "--yes", "--wait"}, "orders turned round", "orders  Migrated")
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}

	c, err := Connect(Access{Kubeconfig: kubeconfig, Namespace: "default"})
	if err != nil {
		t.Fatal(err)
	}
	ms, err := c.find(t.Context(), []string{"orders"})
	if err != nil {
		t.Fatal(err)
	}
	if word, _ := commandOf(&ms[0]); word.By != "ada@shop.example" {
		t.Errorf("by %q, which is not what the API server calls us", word.By)
	}
}

// shell runs verbs against a real cluster.
type shell struct {
	t    *testing.T
	env  Env
	args []string
}

func (s *shell) want(code Code, args []string, texts ...string) {
	s.t.Helper()
	var out bytes.Buffer
	s.env.Out, s.env.Err, s.env.In = &out, &out, strings.NewReader("")
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute) // only if it hangs
	defer cancel()
	if got := Execute(ctx, s.env, append(append([]string{"tranship"}, args...), s.args...)); got != code {
		s.t.Fatalf("%v: exit code %d, want %d\n%s", args, got, code, out.String())
	}
	for _, text := range texts {
		if !strings.Contains(out.String(), text) {
			s.t.Errorf("%v does not say %q:\n%s", args, text, out.String())
		}
	}
}

func installDefinition(t *testing.T, cfg *rest.Config) {
	t.Helper()
	b, err := crds.FS.ReadFile("tranship.dev_servicemigrations.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var d apiextensionsv1.CustomResourceDefinition
	if err := yaml.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	if _, err := envtest.InstallCRDs(cfg, envtest.CRDInstallOptions{CRDs: []*apiextensionsv1.CustomResourceDefinition{&d}}); err != nil {
		t.Fatal(err)
	}
}

// obey answers every word until its context ends.
func obey(ctx context.Context, cfg *rest.Config) error {
	scheme, err := newScheme()
	if err != nil {
		return err
	}
	c, err := client.NewWithWatch(cfg, client.Options{Scheme: scheme})
	if err != nil {
		return err
	}
	w, err := c.Watch(ctx, &v1alpha1.ServiceMigrationList{}, client.InNamespace("default"))
	if err != nil {
		return err
	}
	defer w.Stop()
	for e := range w.ResultChan() {
		m, ok := e.Object.(*v1alpha1.ServiceMigration)
		if !ok {
			continue
		}
		word, given := commandOf(m)
		if m.Status.Phase != "" && taken(m) {
			continue
		}
		phase := "Migrated"
		if given && word.Verb == "rollback" {
			phase = "RolledBack"
		}
		stands(phase, "Done", "")(m)
		m.Status.ObservedGeneration = m.Generation
		m.Status.Crossing = &runtime.RawExtension{Raw: fmt.Appendf(nil, `{"command":%q}`, word.Nonce)}
		err := c.Status().Update(ctx, m)
		if err != nil && ctx.Err() == nil && !apierrors.IsConflict(err) { // a conflict means a newer event
			return err
		}
	}
	return nil
}
