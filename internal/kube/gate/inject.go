package gate

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/go-logr/logr"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/kube/pods"
)

const (
	// maxReview is more than the API server takes for an object, twice: a review
	// may carry an old one.
	maxReview = 8 << 20
	// answerWithin is shorter than the API server waits, so that it gets an answer.
	answerWithin = 2 * time.Second
)

// injector answers admission reviews of pods. Whatever goes wrong, the pod is
// let in as it is.
type injector struct {
	services client.Reader
	claims   Claims
	metrics  *Metrics
	log      logr.Logger
}

// ServeHTTP takes an AdmissionReview of admission.k8s.io/v1.
func (i *injector) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	ctx, cancel := context.WithTimeout(req.Context(), answerWithin)
	defer cancel()
	var review admissionv1.AdmissionReview
	if err := json.NewDecoder(http.MaxBytesReader(w, req.Body, maxReview)).Decode(&review); err != nil || review.Request == nil {
		// There is nothing to answer to. The API server goes on without us.
		i.failed(req.RemoteAddr, fmt.Errorf("no AdmissionReview with a request: %w", orEmpty(err)))
		http.Error(w, "an AdmissionReview of admission.k8s.io/v1 is expected", http.StatusBadRequest)
		return
	}
	answer := &admissionv1.AdmissionResponse{UID: review.Request.UID, Allowed: true}
	switch patch, result, err := i.review(ctx, review.Request); {
	case err != nil:
		i.failed(review.Request.Namespace+"/"+review.Request.Name, err)
	default:
		i.metrics.countAdmission(result)
		if patch != nil {
			answer.Patch, answer.PatchType = patch, new(admissionv1.PatchTypeJSONPatch)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	out := admissionv1.AdmissionReview{TypeMeta: metav1.TypeMeta{APIVersion: admissionv1.SchemeGroupVersion.String(), Kind: "AdmissionReview"}, Response: answer}
	if err := json.NewEncoder(w).Encode(out); err != nil {
		i.log.V(1).Info("the API server did not take the answer", "error", err.Error())
	}
}

func (i *injector) failed(pod string, err error) {
	i.metrics.countAdmission("error")
	i.log.Info("a pod goes without its readiness gate", "pod", pod, "error", err.Error())
}

// review decides on one request; a nil patch leaves the pod alone.
func (i *injector) review(ctx context.Context, r *admissionv1.AdmissionRequest) (patch []byte, result string, err error) {
	if r.Operation != admissionv1.Create || r.Resource != podsResource || r.SubResource != "" {
		return nil, "notasked", nil
	}
	var pod struct { // what counts here, so that nothing else can fail
		Metadata struct {
			Labels map[string]string `json:"labels"`
		} `json:"metadata"`
		Spec struct {
			ReadinessGates []corev1.PodReadinessGate `json:"readinessGates"`
		} `json:"spec"`
	}
	if err := json.Unmarshal(r.Object.Raw, &pod); err != nil {
		return nil, "", fmt.Errorf("the pod does not parse: %w", err)
	}
	if slices.ContainsFunc(pod.Spec.ReadinessGates, func(g corev1.PodReadinessGate) bool { return g.ConditionType == pods.GateRegistered }) {
		return nil, "present", nil
	}
	asked, err := i.asked(ctx, r.Namespace, pod.Metadata.Labels)
	if err != nil {
		return nil, "", err
	}
	if !asked {
		return nil, "notasked", nil
	}
	patch, err = patchOf(len(pod.Spec.ReadinessGates) > 0)
	return patch, "injected", err
}

// asked: a Service that selects the pod claims a name and asks for the gate.
func (i *injector) asked(ctx context.Context, namespace string, labels map[string]string) (bool, error) {
	var list corev1.ServiceList
	if err := i.services.List(ctx, &list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return false, fmt.Errorf("Services of namespace %s: %w", namespace, err)
	}
	return claimed(ctx, slices.DeleteFunc(list.Items, func(s corev1.Service) bool { return !Asks(&s) }), namespace, labels, i.claims)
}

// Asks says that a Service asks for the gate.
func Asks(s *corev1.Service) bool { return s.Annotations[v1alpha1.AnnotationGate] == "true" }

var podsResource = metav1.GroupVersionResource{Version: "v1", Resource: "pods"}

// patchOf is the JSON patch that adds the gate, with others there or without.
func patchOf(others bool) ([]byte, error) {
	type op struct {
		Op    string `json:"op"`
		Path  string `json:"path"`
		Value any    `json:"value"`
	}
	gate := corev1.PodReadinessGate{ConditionType: pods.GateRegistered}
	if others {
		return json.Marshal([]op{{"add", "/spec/readinessGates/-", gate}})
	}
	return json.Marshal([]op{{"add", "/spec/readinessGates", []corev1.PodReadinessGate{gate}}})
}

// orEmpty: a body may be valid JSON and yet hold no request.
func orEmpty(err error) error {
	if err == nil {
		return io.ErrUnexpectedEOF
	}
	return err
}
