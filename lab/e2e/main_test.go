package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/deploy"
	"github.com/tranship/tranship/internal/controller"
	"github.com/tranship/tranship/lab/cluster"
	"github.com/tranship/tranship/lab/cluster/clustertest"
)

func TestMain(m *testing.M) { os.Exit(clustertest.Main(m, cluster.Options{})) }

func scheme(t *testing.T) *runtime.Scheme {
	t.Helper()
	s := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(s), v1alpha1.AddToScheme(s)); err != nil {
		t.Fatal(err)
	}
	return s
}

// administrator is a client that may do everything.
func administrator(t *testing.T) client.WithWatch {
	t.Helper()
	c, err := client.NewWithWatch(clustertest.Start(t), client.Options{Scheme: scheme(t)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// account is the way in with the rights of deploy/rbac.yaml and no more.
func account(t *testing.T) *rest.Config {
	t.Helper()
	admin := administrator(t)
	create(t, admin, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: controller.LeaseNamespace}})
	files, err := fs.Glob(deploy.FS, "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := fs.ReadFile(deploy.FS, f)
		if err != nil {
			t.Fatal(err)
		}
		for dec := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(b), 4096); ; {
			var u unstructured.Unstructured
			if err := dec.Decode(&u.Object); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", f, err)
			}
			if len(u.Object) > 0 {
				create(t, admin, &u)
			}
		}
	}
	ns := controller.LeaseNamespace
	cfg, err := clustertest.Cluster(t).UserConfig("system:serviceaccount:"+ns+":tranship", "system:serviceaccounts", "system:serviceaccounts:"+ns, "system:authenticated")
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func create(t *testing.T, c client.Client, o client.Object) {
	t.Helper()
	if err := c.Create(t.Context(), o); err != nil && !apierrors.IsAlreadyExists(err) {
		t.Fatal(err)
	}
}

// namespace makes one for a test.
func namespace(t *testing.T, name string) string {
	t.Helper()
	create(t, administrator(t), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
	return name
}

// await watches one migration until it is as it should be.
func await(t *testing.T, ns, name string, ok func(*v1alpha1.ServiceMigration) bool) *v1alpha1.ServiceMigration {
	t.Helper()
	c := administrator(t)
	w, err := c.Watch(t.Context(), &v1alpha1.ServiceMigrationList{}, client.InNamespace(ns), client.MatchingFields{"metadata.name": name})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	last := "nothing was seen"
	for {
		select {
		case e, open := <-w.ResultChan():
			if !open {
				t.Fatalf("the watch ended; %s", last)
			}
			m, is := e.Object.(*v1alpha1.ServiceMigration)
			if is && ok(m) {
				return m
			}
			if is {
				last = fmt.Sprintf("last seen: %+v", m.Status)
			}
		case <-t.Context().Done():
			t.Fatal(last)
		}
	}
}

// running starts f, and at the end of the test ends it and hands its error on.
func running(t *testing.T, f func(context.Context) error) (end func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- f(ctx) }()
	done := false
	var err error
	end = func() error {
		cancel()
		if !done {
			err, done = <-ended, true
		}
		return err
	}
	t.Cleanup(func() {
		if err := end(); err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	return end
}
