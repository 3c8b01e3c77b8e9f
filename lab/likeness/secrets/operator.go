package secrets

import (
	"context"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
)

// Operator plays External Secrets, as far as a converted service needs it: it makes
// the Secret of each ExternalSecret, and reads no other field than those that matter.
// https://external-secrets.io/latest/api/externalsecret/
type Operator struct {
	Client  kubernetes.Interface
	Dynamic dynamic.Interface
	Store   Store
	// Parameters is the name of the ClusterSecretStore that reads Parameter Store; any
	// other reads Secrets Manager.
	Parameters string
}

var externalSecrets = schema.GroupVersionResource{Group: "external-secrets.io", Version: "v1", Resource: "externalsecrets"}

// look is how often it looks.
const look = 300 * time.Millisecond

// Run makes Secrets until ctx ends, and then says what it could not make, if anything.
func (o Operator) Run(ctx context.Context) error {
	tick := time.NewTicker(look)
	defer tick.Stop()
	var last error
	for {
		if err := o.once(ctx); ctx.Err() == nil {
			last = err
		}
		select {
		case <-ctx.Done():
			return last
		case <-tick.C:
		}
	}
}

// once makes what is missing.
func (o Operator) once(ctx context.Context) error {
	list, err := o.Dynamic.Resource(externalSecrets).List(ctx, metav1.ListOptions{})
	if apierrors.IsNotFound(err) {
		return nil // not installed yet
	}
	if err != nil {
		return fmt.Errorf("list the ExternalSecrets: %w", err)
	}
	for _, e := range list.Items {
		s, err := o.secret(e)
		if err != nil {
			return fmt.Errorf("ExternalSecret %s/%s: %w", e.GetNamespace(), e.GetName(), err)
		}
		if _, err := o.Client.CoreV1().Secrets(s.Namespace).Create(ctx, s, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("Secret %s/%s: %w", s.Namespace, s.Name, err)
		}
	}
	return nil
}

// secret is what an ExternalSecret asks for.
func (o Operator) secret(e unstructured.Unstructured) (*corev1.Secret, error) {
	text := func(m map[string]any, path ...string) string {
		s, _, _ := unstructured.NestedString(m, path...)
		return s
	}
	name := text(e.Object, "spec", "target", "name")
	if name == "" {
		name = e.GetName()
	}
	out := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: e.GetNamespace(), Name: name},
		Type:       corev1.SecretType(text(e.Object, "spec", "target", "template", "type")),
		Data:       map[string][]byte{},
	}
	store := text(e.Object, "spec", "secretStoreRef", "name")
	data, _, err := unstructured.NestedSlice(e.Object, "spec", "data")
	if err != nil {
		return nil, err
	}
	for _, d := range data {
		one, ok := d.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("spec.data has %v", d)
		}
		key, property := text(one, "remoteRef", "key"), text(one, "remoteRef", "property")
		version := strings.TrimPrefix(text(one, "remoteRef", "version"), "uuid/")
		var v string
		if store == o.Parameters {
			v, err = o.Store.Parameter(key)
		} else {
			v, err = o.Store.Secret(key, property, version)
		}
		if err != nil {
			return nil, fmt.Errorf("store %s: %w", store, err)
		}
		out.Data[text(one, "secretKey")] = []byte(v)
	}
	if out.Type == corev1.SecretTypeDockerConfigJson {
		// What its template would make of them; nobody here pulls an image.
		out.Data = map[string][]byte{corev1.DockerConfigJsonKey: []byte(`{"auths":{}}`)}
	}
	return out, nil
}
