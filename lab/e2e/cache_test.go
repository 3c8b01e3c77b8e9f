package e2e

import (
	"context"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/api/v1alpha1"
)

// Whatever the controller reads through a cache it may list and watch: without
// one of the two rights a look-up does not fail, it never ends.
func TestRightsOfTheCache(t *testing.T) {
	cfg := account(t)
	installed(t)
	c, err := cache.New(cfg, cache.Options{Scheme: scheme(t)})
	if err != nil {
		t.Fatal(err)
	}
	running(t, c.Start)
	if !c.WaitForCacheSync(t.Context()) { // it has nothing to read yet: it has started
		t.Fatal("the cache does not start")
	}
	for name, list := range map[string]client.ObjectList{
		"pods": &corev1.PodList{}, "Services": &corev1.ServiceList{}, "Ingresses": &networkingv1.IngressList{},
		"migrations": &v1alpha1.ServiceMigrationList{},
		"nodes":      &metav1.PartialObjectMetadataList{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "NodeList"}},
		"namespaces": &metav1.PartialObjectMetadataList{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "NamespaceList"}},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // only if it hangs
		if err := c.List(ctx, list); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		cancel()
	}
}
