package pods

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	toolscache "k8s.io/client-go/tools/cache"
	fakecache "k8s.io/client-go/tools/cache/testing"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// cached is controller-runtime's own cache over these pods, with the index.
func cached(tb testing.TB, all []corev1.Pod) (cache.Cache, *Lister) {
	tb.Helper()
	src := fakecache.NewFakeControllerSource()
	for i := range all {
		src.Add(&all[i])
	}
	mapper := meta.NewDefaultRESTMapper([]schema.GroupVersion{corev1.SchemeGroupVersion})
	mapper.Add(corev1.SchemeGroupVersion.WithKind("Pod"), meta.RESTScopeNamespace)
	c, err := cache.New(&rest.Config{Host: "http://127.0.0.1:1"}, cache.Options{
		Scheme: scheme.Scheme, Mapper: mapper, HTTPClient: &http.Client{},
		NewInformer: func(_ toolscache.ListerWatcher, o runtime.Object, d time.Duration, ix toolscache.Indexers) toolscache.SharedIndexInformer {
			return toolscache.NewSharedIndexInformer(src, o, d, ix)
		},
	})
	if err != nil {
		tb.Fatal(err)
	}
	l, err := Index(tb.Context(), c)
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- c.Start(ctx) }()
	tb.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			tb.Error(err)
		}
	})
	if !c.WaitForCacheSync(tb.Context()) {
		tb.Fatal("not synced")
	}
	return c, l
}

func labelled(ns, name string, kv ...string) corev1.Pod {
	p := corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: name, UID: types.UID(ns + name), ResourceVersion: "1", Labels: map[string]string{}}}
	for n := 0; n < len(kv); n += 2 {
		p.Labels[kv[n]] = kv[n+1]
	}
	return p
}

// With the index and without it, the same pods are found.
func TestList(t *testing.T) {
	c, l := cached(t, []corev1.Pod{
		labelled("shop", "a", "app", "orders", "part-of", "shop"), labelled("shop", "b", "app", "orders", "part-of", "shop", "track", "canary"),
		labelled("shop", "c", "app", "payments", "part-of", "shop"), labelled("attic", "d", "app", "orders", "part-of", "shop"), labelled("shop", "e"),
	})
	for name, s := range map[string]struct {
		ns   string
		sel  map[string]string
		want []string
	}{
		"one label":        {"shop", map[string]string{"app": "orders"}, []string{"a", "b"}},
		"two labels":       {"shop", map[string]string{"part-of": "shop", "app": "orders"}, []string{"a", "b"}},
		"three labels":     {"shop", map[string]string{"part-of": "shop", "app": "orders", "track": "canary"}, []string{"b"}},
		"in no pod at all": {"shop", map[string]string{"part-of": "shop", "app": "users"}, nil},
		"other namespace":  {"attic", map[string]string{"app": "orders"}, []string{"d"}},
		"nothing selected": {"shop", nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			for n, l := range []*Lister{l, l, nil} { // twice: the choice is remembered
				found, err := l.List(t.Context(), c, s.ns, s.sel)
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, p := range found {
					got = append(got, p.Name)
				}
				slices.Sort(got)
				if diff := cmp.Diff(s.want, got); diff != "" {
					t.Errorf("reading %d: %s", n, diff)
				}
			}
		})
	}
}

// A cache without the index is an error, never an empty list.
func TestListWithoutTheIndex(t *testing.T) {
	all := []corev1.Pod{labelled("shop", "a", "app", "orders")}
	_, l := cached(t, all)
	src := fakeReader{}
	if got, err := l.List(t.Context(), src, "shop", map[string]string{"app": "orders"}); err == nil {
		t.Errorf("found %v", got)
	}
}

type fakeReader struct{ client.Reader }

func (fakeReader) List(context.Context, client.ObjectList, ...client.ListOption) error {
	return fmt.Errorf("no index")
}

// The rarest label is chosen, and chosen anew once it has become common.
func TestChoice(t *testing.T) {
	var all []corev1.Pod
	for n := range 40 {
		all = append(all, labelled("shop", fmt.Sprint("p", n), "part-of", "shop", "app", fmt.Sprint("app-", n%20)))
	}
	c, l := cached(t, all)
	sel := map[string]string{"app": "app-3", "part-of": "shop"}
	ps := []string{"app=app-3", "part-of=shop"}
	choice := func() string {
		p, _, err := l.choose(t.Context(), c, "shop", ps)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if got := choice(); got != "app=app-3" {
		t.Errorf("chose %s", got)
	}
	l.remember("shop", "part-of=shop", 1) // as it was before the others came
	if got := choice(); got != "part-of=shop" {
		t.Errorf("does not remember: %s", got)
	}
	if found, err := l.List(t.Context(), c, "shop", sel); err != nil || len(found) != 2 {
		t.Fatal(found, err)
	}
	if got := choice(); got != "app=app-3" {
		t.Errorf("kept %s", got)
	}
}

// 1,000 Services of 10 pods each in one namespace, all with a label in common.
func BenchmarkList(b *testing.B) {
	var all []corev1.Pod
	for n := range 10_000 {
		all = append(all, labelled("shop", fmt.Sprint("p", n), "app.kubernetes.io/part-of", "shop", "pod-template-hash", fmt.Sprint(n/10), "zz-app", fmt.Sprint("app-", n/10)))
	}
	c, l := cached(b, all)
	for name, l := range map[string]*Lister{"index": l, "namespace": nil} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				sel := map[string]string{"app.kubernetes.io/part-of": "shop", "zz-app": fmt.Sprint("app-", n%1000)}
				found, err := l.List(b.Context(), c, "shop", sel)
				if err != nil || len(found) != 10 {
					b.Fatal(len(found), err)
				}
			}
		})
	}
}
