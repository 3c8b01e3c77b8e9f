package controller

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"testing"
	"time"

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

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/kube"
	"github.com/tranship/tranship/internal/kube/pods"
	"github.com/tranship/tranship/internal/kube/source"
	"github.com/tranship/tranship/internal/names"
)

// shop is Cloud Map with one service per name, in memory.
type shop struct {
	stub
	now  time.Time
	in   map[names.Ref]map[names.ID]names.Instance
	ops  int
	call int
}

func (s *shop) Now() time.Time { return s.now }

func (s *shop) View(_ context.Context, ref names.Ref) (names.View, error) {
	s.call++
	v := names.View{Settings: names.Settings{Name: ref.ServiceID, Namespace: "shop.internal", Routing: names.Multivalue, Records: []names.Record{{Type: "A", TTL: 60}}}, Revision: 1}
	for _, i := range s.in[ref] {
		v.Instances = append(v.Instances, i)
	}
	names.SortInstances(v.Instances)
	return v, nil
}

func (s *shop) Register(_ context.Context, ref names.Ref, i names.Instance, _ string) (string, error) {
	s.ops++
	if s.in[ref] == nil {
		s.in[ref] = map[names.ID]names.Instance{}
	}
	s.in[ref][i.ID] = i
	return fmt.Sprint("op-", s.ops), nil
}

func (*shop) Operation(context.Context, names.Ref, string) (cutover.Operation, error) {
	return cutover.Operation{Status: cutover.OpSuccess}, nil
}

// fleet is a controller's inside over a real cache: n Services of ten ready pods
// each, all in their names and at rest.
func fleet(tb testing.TB, n int) (*engine.Engine, *shop) {
	tb.Helper()
	podSource, serviceSource, nodeSource := fakecache.NewFakeControllerSource(), fakecache.NewFakeControllerSource(), fakecache.NewFakeControllerSource()
	directory := kube.NewDirectory()
	for k := range n {
		name := fmt.Sprintf("svc-%04d", k)
		labels := map[string]string{"app": name, "part-of": "shop"}
		svc := &corev1.Service{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, UID: types.UID(name), Annotations: map[string]string{v1alpha1.AnnotationHostname: name + ".shop.internal"}},
			Spec:       corev1.ServiceSpec{ClusterIP: corev1.ClusterIPNone, Selector: map[string]string{"app": name}, Ports: []corev1.ServicePort{{Port: 8080}}},
			// As a running controller leaves it.
			Status: corev1.ServiceStatus{Conditions: []metav1.Condition{{Type: v1alpha1.ConditionRegistered, Status: metav1.ConditionTrue, Reason: engine.InName, Message: "10 in " + name + ".shop.internal"}}},
		}
		serviceSource.Add(svc)
		for p := range 10 {
			podSource.Add(&corev1.Pod{
				ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: fmt.Sprint(name, "-", p), UID: types.UID(fmt.Sprint(name, "-", p)), Labels: maps.Clone(labels)},
				Status: corev1.PodStatus{Phase: corev1.PodRunning, PodIP: fmt.Sprintf("10.%d.%d.%d", k/250, k%250, p+1), Conditions: []corev1.PodCondition{
					{Type: corev1.ContainersReady, Status: corev1.ConditionTrue},
				}},
			})
		}
		directory.SetClaims(engine.Key{Namespace: "shop", Name: name}, []kube.Claim{{Ref: of(name), Wish: source.Wish{Kind: source.KindService, Namespace: "shop", Object: name, Host: name + ".shop.internal", Pods: true}}})
	}
	directory.Complete()
	mapper := meta.NewDefaultRESTMapper([]schema.GroupVersion{corev1.SchemeGroupVersion})
	for _, kind := range []string{"Pod", "Service"} {
		mapper.Add(corev1.SchemeGroupVersion.WithKind(kind), meta.RESTScopeNamespace)
	}
	mapper.Add(corev1.SchemeGroupVersion.WithKind("Node"), meta.RESTScopeRoot)
	c, err := cache.New(&rest.Config{Host: "http://127.0.0.1:1"}, cache.Options{
		Scheme: scheme.Scheme, Mapper: mapper, HTTPClient: &http.Client{},
		NewInformer: func(_ toolscache.ListerWatcher, o runtime.Object, d time.Duration, ix toolscache.Indexers) toolscache.SharedIndexInformer {
			src := nodeSource
			switch o.(type) {
			case *corev1.Pod:
				src = podSource
			case *corev1.Service:
				src = serviceSource
			}
			return toolscache.NewSharedIndexInformer(src, o, d, ix)
		},
	})
	if err != nil {
		tb.Fatal(err)
	}
	lister, err := pods.Index(tb.Context(), c)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := c.GetInformer(tb.Context(), &corev1.Service{}, cache.BlockUntilSynced(false)); err != nil {
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
		for _, s := range []*fakecache.FakeControllerSource{podSource, serviceSource, nodeSource} {
			s.Shutdown()
		}
	})
	if !c.WaitForCacheSync(tb.Context()) {
		tb.Fatal("not synced")
	}
	src, err := source.New(source.Options{Pods: lister})
	if err != nil {
		tb.Fatal(err)
	}
	aws := &shop{now: epoch, in: map[names.Ref]map[names.ID]names.Instance{}}
	store := kube.NewStore(kube.StoreConfig{Client: readOnly{Reader: c}, Live: c, Directory: directory, Clock: aws, Source: src, Pods: lister})
	e, err := engine.New(engine.Config{
		Clock: aws, Store: store, Reader: aws, Writer: aws, Services: &world{}, Journal: quiet{},
		Bounds: cutover.Bounds{Owner: "o", Propagation: time.Minute, Operation: time.Second, Health: time.Second, Flight: time.Second, Fresh: time.Second},
	})
	if err != nil {
		tb.Fatal(err)
	}
	for k := range n {
		for range 5 { // read, written, ended, read again
			if _, err := e.StepName(tb.Context(), of(fmt.Sprintf("svc-%04d", k))); err != nil {
				tb.Fatal(err)
			}
			aws.now = aws.now.Add(15 * time.Second)
		}
		aws.now = epoch
	}
	aws.now = epoch.Add(time.Hour)
	aws.call = 0
	return e, aws
}

// readOnly is a client that has a cache and no server.
type readOnly struct {
	client.Reader
	client.Client
}

func (r readOnly) Get(ctx context.Context, k client.ObjectKey, o client.Object, opts ...client.GetOption) error {
	return r.Reader.Get(ctx, k, o, opts...)
}

func (r readOnly) List(ctx context.Context, l client.ObjectList, opts ...client.ListOption) error {
	return r.Reader.List(ctx, l, opts...)
}

func (readOnly) Status() client.SubResourceWriter { return nowhere{} }

// nowhere takes what is said on the way to rest.
type nowhere struct{ client.SubResourceWriter }

func (nowhere) Patch(context.Context, client.Object, client.Patch, ...client.SubResourcePatchOption) error {
	return nil
}

// quiet is a journal that nobody reads.
type quiet struct{}

func (quiet) Wrote(engine.Entry)              {}
func (quiet) Would(engine.Entry)              {}
func (quiet) Opened(engine.Opening)           {}
func (quiet) Event(engine.Key, cutover.Event) {}

// A look at a name that rests costs no call, and no more memory among a thousand
// names than among ten.
func TestRestDoesNotGrowWithTheFleet(t *testing.T) {
	look := func(n int) float64 {
		e, aws := fleet(t, n)
		ref := of("svc-0003")
		allocs := testing.AllocsPerRun(50, func() {
			if res, err := e.StepName(t.Context(), ref); err != nil || res.At.Sub(aws.now) < time.Hour {
				t.Fatal(res, err)
			}
		})
		if aws.call != 0 {
			t.Errorf("%d names: %d readings at rest", n, aws.call)
		}
		return allocs
	}
	few, many := look(10), look(1000)
	if many > few*1.05 {
		t.Errorf("a look allocates %.0f times among 10 names and %.0f times among 1,000", few, many)
	}
}

// BenchmarkRest is a look at a name that rests.
func BenchmarkRest(b *testing.B) {
	for _, n := range []int{10, 1000} {
		b.Run(fmt.Sprint("names=", n), func(b *testing.B) {
			e, _ := fleet(b, n)
			ref := of("svc-0003")
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.StepName(b.Context(), ref); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
