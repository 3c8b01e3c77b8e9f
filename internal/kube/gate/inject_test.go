package gate

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/tranship/tranship/api/v1alpha1"
)

// created is a request as a ReplicaSet's pod makes it: it has no namespace and
// no name of its own yet.
func created(p *corev1.Pod) *admissionv1.AdmissionRequest {
	p = p.DeepCopy()
	p.Namespace, p.Name, p.UID, p.GenerateName = "", "", "", "orders-"
	raw, err := json.Marshal(p)
	if err != nil {
		panic(err)
	}
	return &admissionv1.AdmissionRequest{UID: "review-1", Operation: admissionv1.Create, Resource: podsResource, Namespace: "shop", Object: runtime.RawExtension{Raw: raw}}
}

func TestReview(t *testing.T) {
	const (
		first = `[{"op":"add","path":"/spec/readinessGates","value":[{"conditionType":"tranship.dev/registered"}]}]`
		more  = `[{"op":"add","path":"/spec/readinessGates/-","value":{"conditionType":"tranship.dev/registered"}}]`
	)
	bare := func() *admissionv1.AdmissionRequest { return created(pod("a", ungated)) }
	for name, c := range map[string]struct {
		request  *admissionv1.AdmissionRequest
		services []client.Object
		fail     error
		patch    string
		result   string
	}{
		"asked":        {bare(), []client.Object{service()}, nil, first, "injected"},
		"other-gates":  {created(pod("a", ungated, otherGate)), []client.Object{service()}, nil, more, "injected"},
		"has-it":       {created(pod("a")), []client.Object{service()}, nil, "", "present"},
		"not-asked":    {bare(), []client.Object{service(without(v1alpha1.AnnotationGate))}, nil, "", "notasked"},
		"asked-not-so": {bare(), []client.Object{service(func(s *corev1.Service) { s.Annotations[v1alpha1.AnnotationGate] = "false" })}, nil, "", "notasked"},
		"no-name":      {bare(), []client.Object{service(without(v1alpha1.AnnotationHostname))}, nil, "", "notasked"},
		"not-selected": {bare(), []client.Object{service(func(s *corev1.Service) { s.Spec.Selector["tier"] = "web" })}, nil, "", "notasked"},
		"selects-none": {bare(), []client.Object{service(func(s *corev1.Service) { s.Spec.Selector = nil })}, nil, "", "notasked"},
		"elsewhere":    {bare(), []client.Object{service(func(s *corev1.Service) { s.Namespace = "cafe" })}, nil, "", "notasked"},
		"one-of-two":   {bare(), []client.Object{service(without(v1alpha1.AnnotationGate), func(s *corev1.Service) { s.Name = "b" }), service()}, nil, first, "injected"},
		"not-known":    {bare(), []client.Object{service(unknown)}, nil, "", "error"},
		"one-known":    {bare(), []client.Object{service(unknown, named("a")), service()}, nil, first, "injected"},
		"no-services":  {bare(), nil, errors.New("the cache has not started"), "", "error"},
		"no-pod": {
			&admissionv1.AdmissionRequest{UID: "review-1", Operation: admissionv1.Create, Resource: podsResource, Object: runtime.RawExtension{Raw: []byte(`{"spec":7}`)}},
			[]client.Object{service()}, nil, "", "error",
		},
		"no-object": {&admissionv1.AdmissionRequest{UID: "review-1", Operation: admissionv1.Create, Resource: podsResource}, nil, nil, "", "error"},
		"update":    {func() *admissionv1.AdmissionRequest { r := bare(); r.Operation = admissionv1.Update; return r }(), []client.Object{service()}, nil, "", "notasked"},
		"binding":   {func() *admissionv1.AdmissionRequest { r := bare(); r.SubResource = "binding"; return r }(), []client.Object{service()}, nil, "", "notasked"},
	} {
		t.Run(name, func(t *testing.T) {
			reg := prometheus.NewRegistry()
			services := fake.NewClientBuilder().WithObjects(c.services...).WithInterceptorFuncs(interceptor.Funcs{
				List: func(ctx context.Context, w client.WithWatch, l client.ObjectList, o ...client.ListOption) error {
					if c.fail != nil {
						return c.fail
					}
					return w.List(ctx, l, o...)
				},
			}).Build()
			i := &injector{services: services, claims: annotated, metrics: NewMetrics(reg)}
			body, err := json.Marshal(admissionv1.AdmissionReview{Request: c.request})
			if err != nil {
				t.Fatal(err)
			}
			rec := httptest.NewRecorder()
			i.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodPost, Path, strings.NewReader(string(body))))
			var got admissionv1.AdmissionReview
			if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil || rec.Code != http.StatusOK {
				t.Fatalf("%d %s: %v", rec.Code, rec.Body, err)
			}
			want := admissionv1.AdmissionReview{
				TypeMeta: metav1.TypeMeta{APIVersion: "admission.k8s.io/v1", Kind: "AdmissionReview"},
				Response: &admissionv1.AdmissionResponse{UID: "review-1", Allowed: true},
			}
			if c.patch != "" {
				want.Response.Patch, want.Response.PatchType = []byte(c.patch), new(admissionv1.PatchTypeJSONPatch)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if n := count(t, reg, "tranship_gate_admissions_total", c.result); n != 1 {
				t.Errorf("%s was counted %v times", c.result, n)
			}
		})
	}
}

// What is no review gets no pod refused: the API server goes on, as the
// configuration says.
func TestNoReview(t *testing.T) {
	for name, body := range map[string]string{"nothing": "", "no-request": "{}", "other-json": "[]", "too-long": `{"x":"` + strings.Repeat("x", maxReview) + `"}`} {
		reg := prometheus.NewRegistry()
		i := &injector{services: fake.NewClientBuilder().Build(), claims: annotated, metrics: NewMetrics(reg)}
		rec := httptest.NewRecorder()
		i.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodPost, Path, strings.NewReader(body)))
		if rec.Code != http.StatusBadRequest || count(t, reg, "tranship_gate_admissions_total", "error") != 1 {
			t.Errorf("%s: %d %s", name, rec.Code, rec.Body)
		}
	}
}
