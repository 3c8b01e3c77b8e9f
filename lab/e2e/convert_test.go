package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/tranship/tranship/internal/convert"
	"github.com/tranship/tranship/internal/convert/corpus"
	"github.com/tranship/tranship/lab/cluster/clustertest"
)

// What every service of the corpus becomes, and what services become that nobody wrote,
// is taken by the API server: created and applied in a dry run, with no field that it
// does not know.
func TestConvertedObjectsAreAccepted(t *testing.T) {
	log.SetLogger(logr.Discard())
	if _, err := envtest.InstallCRDs(clustertest.Start(t), envtest.CRDInstallOptions{Paths: []string{"testdata/crds", "../../api/v1alpha1/crds"}, ErrorIfPathMissing: true}); err != nil {
		t.Fatal(err)
	}
	cases, err := corpus.Read(os.DirFS("../../internal/convert/testdata/corpus"))
	if err != nil {
		t.Fatal(err)
	}
	const sample = 60
	for seed := range sample {
		c := corpus.Generated(false).Example(seed)
		c.Name = fmt.Sprintf("generated-%d", seed)
		cases = append(cases, c)
	}
	admin := administrator(t)
	strict := client.NewDryRunClient(client.WithFieldValidation(admin, metav1.FieldValidationStrict))
	there, objects := map[string]bool{}, 0
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			r, err := convert.Convert(convert.Named([]convert.Input{c.Input}, c.Options)[0], c.Options)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range r.Objects {
				u := sent(t, o)
				if ns := u.GetNamespace(); ns != "" && !there[ns] {
					create(t, admin, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: ns}})
					there[ns] = true
				}
				objects++
				taken(t, strict, u)
			}
			if t.Failed() {
				t.Logf("%#v", c)
			}
		})
	}
	t.Logf("%d objects of %d services", objects, len(cases))
	if objects < 2*len(cases) {
		t.Errorf("%d objects of %d services: where are the others?", objects, len(cases))
	}
}

// sent is an object as it goes to the API server.
func sent(t *testing.T, o convert.Object) *unstructured.Unstructured {
	t.Helper()
	data, err := json.Marshal(o.Object)
	if err != nil {
		t.Fatal(err)
	}
	u := &unstructured.Unstructured{}
	if err := json.Unmarshal(data, &u.Object); err != nil {
		t.Fatal(err)
	}
	delete(u.Object, "status")
	return u
}

// taken asks the API server in the two ways in which kubectl apply may.
func taken(t *testing.T, strict client.Client, u *unstructured.Unstructured) {
	t.Helper()
	what := u.GetKind() + " " + u.GetName()
	if err := strict.Create(t.Context(), u.DeepCopy()); err != nil {
		t.Errorf("create %s: %v", what, err)
		return
	}
	if err := strict.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(u), client.FieldOwner("corpus"), client.ForceOwnership); err != nil {
		t.Errorf("apply %s: %v", what, err)
	}
}
