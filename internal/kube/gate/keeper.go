package gate

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/go-logr/logr"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// keeper keeps the Secret and the webhook configuration right. Every replica has
// one; they agree by resource versions.
type keeper struct {
	client    client.Client // not from a cache: a Secret is read alone, and as it is now
	namespace string
	hosts     []string // that the API server may call us by
	url       string   // "": through the Service
	now       func() time.Time
	log       logr.Logger
}

// rounds bounds one sync: another replica gets in between once or twice, and a
// new authority takes a second round.
const rounds = 6

// errContended: others were always faster.
var errContended = errors.New("other replicas changed the webhook's certificate again and again")

// sync brings both up to date and returns the certificate to serve with.
func (k *keeper) sync(ctx context.Context) (*tls.Certificate, error) {
	for range rounds {
		cert, err := k.round(ctx)
		switch {
		case apierrors.IsConflict(err), apierrors.IsAlreadyExists(err):
			continue
		case err != nil || cert != nil:
			return cert, err
		}
	}
	return nil, errContended
}

// round is one look and at most one write of each. Without an error and a
// certificate there is more to do.
func (k *keeper) round(ctx context.Context) (*tls.Certificate, error) {
	conf := &admissionregistrationv1.MutatingWebhookConfiguration{}
	if err := client.IgnoreNotFound(k.client.Get(ctx, client.ObjectKey{Name: ConfigurationName}, conf)); err != nil {
		return nil, fmt.Errorf("MutatingWebhookConfiguration %s: %w", ConfigurationName, err)
	}
	bundle := published(conf)
	m, changed, err := k.secret(ctx, func(ca *x509.Certificate) bool { return holds(bundle, ca) })
	if err != nil {
		return nil, fmt.Errorf("Secret %s/%s: %w", k.namespace, ServiceName, err)
	}
	if err := k.publish(ctx, conf, m.bundle()); err != nil {
		return nil, fmt.Errorf("MutatingWebhookConfiguration %s: %w", ConfigurationName, err)
	}
	if changed {
		return nil, nil // the certificate may now follow its new authority
	}
	return m.certificate(), nil
}

// secret reads the Secret and writes it if it is not as it should be now.
func (k *keeper) secret(ctx context.Context, published func(*x509.Certificate) bool) (material, bool, error) {
	s := &corev1.Secret{}
	err := k.client.Get(ctx, client.ObjectKey{Namespace: k.namespace, Name: ServiceName}, s)
	missing := apierrors.IsNotFound(err)
	if err != nil && !missing {
		return material{}, false, err
	}
	m, err := decode(s.Data)
	if err != nil {
		k.log.Info("the webhook's Secret is not in order and is made anew", "secret", k.namespace+"/"+ServiceName, "error", err.Error())
	}
	m, changed, err := m.next(k.now(), k.hosts, published)
	if err != nil || !changed {
		return m, false, err
	}
	if s.Data, err = m.encode(); err != nil {
		return m, false, err
	}
	if missing {
		s.ObjectMeta = metav1.ObjectMeta{Namespace: k.namespace, Name: ServiceName}
		s.Type = corev1.SecretTypeTLS
		return m, true, k.client.Create(ctx, s)
	}
	return m, true, k.client.Update(ctx, s) // with the resource version that was read
}

// publish tells the API server whom to call and whom to trust.
func (k *keeper) publish(ctx context.Context, conf *admissionregistrationv1.MutatingWebhookConfiguration, bundle []byte) error {
	var ns corev1.Namespace
	if err := k.client.Get(ctx, client.ObjectKey{Name: k.namespace}, &ns); client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("namespace %s, which it goes away with: %w", k.namespace, err)
	}
	want := conf.DeepCopy()
	k.configure(want, bundle, ns.UID)
	switch {
	case conf.ResourceVersion == "":
		return k.client.Create(ctx, want)
	case equality.Semantic.DeepEqual(conf, want):
		return nil
	}
	return k.client.Update(ctx, want)
}
