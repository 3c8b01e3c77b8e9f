package gate

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
)

const system = "tranship-system"

// replica is a keeper over a cluster that others share.
func replica(c client.Client, now time.Time) *keeper {
	return &keeper{client: c, namespace: system, hosts: hosts, now: func() time.Time { return now }}
}

// before runs f once, right before the first write of an object of the kind.
func before(c client.WithWatch, secret bool, f func()) client.Client {
	done := false
	once := func(o client.Object) {
		if _, is := o.(*corev1.Secret); is == secret && !done {
			done = true
			f()
		}
	}
	return interceptor.NewClient(c, interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.CreateOption) error {
			once(o)
			return c.Create(ctx, o, opts...)
		},
		Update: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.UpdateOption) error {
			once(o)
			return c.Update(ctx, o, opts...)
		},
	})
}

func cluster(o ...client.Object) client.WithWatch {
	return fake.NewClientBuilder().WithObjects(append(o, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: system, UID: "ns-1"}})...).Build()
}

func configuration(t *testing.T, c client.Client) *admissionregistrationv1.MutatingWebhookConfiguration {
	t.Helper()
	conf := &admissionregistrationv1.MutatingWebhookConfiguration{}
	if err := c.Get(t.Context(), client.ObjectKey{Name: ConfigurationName}, conf); err != nil {
		t.Fatal(err)
	}
	return conf
}

// Two replicas at the same time, whoever writes first: they serve the same
// certificate, and the API server trusts it.
func TestReplicasAgree(t *testing.T) {
	for _, when := range []struct {
		name    string
		now     time.Time
		certain bool // there is something to write
	}{
		{"first", epoch, true}, {"at-rest", epoch.Add(time.Hour), false},
		{"serving-due", epoch.Add(servingLife - servingRenew + time.Hour), true},
		{"authority-due", epoch.Add(authorityLife - authorityRenew + time.Hour), true},
		{"after-years", epoch.Add(2 * authorityLife), true},
	} {
		for name, secret := range map[string]bool{"secret": true, "configuration": false} {
			t.Run(when.name+"/"+name, func(t *testing.T) {
				c := cluster()
				if when.name != "first" {
					if _, err := replica(c, epoch).sync(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				raced := false
				second := replica(c, when.now)
				first := replica(before(c, secret, func() {
					raced = true
					if _, err := second.sync(t.Context()); err != nil {
						t.Fatal(err)
					}
				}), when.now)
				a, err := first.sync(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				b, err := second.sync(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if !a.Leaf.Equal(b.Leaf) {
					t.Error("two certificates are served")
				}
				if when.certain && secret && !raced {
					t.Error("there was nothing to write")
				}
				if !trusts(t, published(configuration(t, c)), material{serving: pair{cert: b.Leaf}}, when.now) {
					t.Error("the API server does not trust the certificate")
				}
			})
		}
	}
}

func TestConfiguration(t *testing.T) {
	theirs := &admissionregistrationv1.MutatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: ConfigurationName, Labels: map[string]string{"team": "platform"}},
		Webhooks:   []admissionregistrationv1.MutatingWebhook{{Name: "x.y.z"}, {Name: "u.v.w"}},
	}
	c := cluster(theirs)
	if _, err := replica(c, epoch).sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	conf := configuration(t, c)
	if len(conf.Webhooks) != 1 || conf.Labels["team"] != "platform" || len(conf.OwnerReferences) != 1 || conf.OwnerReferences[0].UID != "ns-1" {
		t.Fatalf("%+v", conf)
	}
	w := conf.Webhooks[0]
	if *w.FailurePolicy != admissionregistrationv1.Ignore || *w.TimeoutSeconds > 5 || time.Duration(*w.TimeoutSeconds)*time.Second <= answerWithin {
		t.Errorf("failure policy %s, time-out %d s", *w.FailurePolicy, *w.TimeoutSeconds)
	}
	if diff := cmp.Diff([]string{"kube-system", system}, w.NamespaceSelector.MatchExpressions[0].Values); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if s := w.ClientConfig.Service; s == nil || s.Namespace != system || s.Name != ServiceName || *s.Path != Path || w.ClientConfig.URL != nil {
		t.Errorf("%+v", w.ClientConfig)
	}
	// A person's change is taken back; nothing is written where nothing is to be.
	conf.Webhooks[0].ClientConfig.CABundle = []byte("x")
	if err := c.Update(t.Context(), conf); err != nil {
		t.Fatal(err)
	}
	byURL := replica(c, epoch)
	byURL.url = "https://127.0.0.1:9443" + Path
	if _, err := byURL.sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	conf = configuration(t, c)
	if w := conf.Webhooks[0].ClientConfig; w.Service != nil || *w.URL != byURL.url || !strings.Contains(string(w.CABundle), "CERTIFICATE") {
		t.Errorf("%+v", w)
	}
	if _, err := byURL.sync(t.Context()); err != nil || configuration(t, c).ResourceVersion != conf.ResourceVersion {
		t.Errorf("written again without need; error %v", err)
	}
}

// Whoever deletes the Secret, or breaks it, gets a new one.
func TestLostSecret(t *testing.T) {
	c := cluster()
	k := replica(c, epoch)
	first, err := k.sync(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: system, Name: ServiceName}}
	if err := c.Delete(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	second, err := k.sync(t.Context())
	if err != nil || second.Leaf.Equal(first.Leaf) {
		t.Fatalf("error %v", err)
	}
	if err := c.Get(t.Context(), client.ObjectKeyFromObject(s), s); err != nil {
		t.Fatal(err)
	}
	s.Data = map[string][]byte{keyServing: []byte("not a certificate")}
	if err := c.Update(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	third, err := k.sync(t.Context())
	if err != nil || !trusts(t, published(configuration(t, c)), material{serving: pair{cert: third.Leaf}}, epoch) {
		t.Errorf("error %v", err)
	}
	if trusts(t, published(configuration(t, c)), material{serving: pair{cert: first.Leaf}}, epoch) {
		t.Error("an authority is trusted whose Secret was deleted")
	}
}

func TestSyncFails(t *testing.T) {
	secrets := schema.GroupResource{Resource: "secrets"}
	for name, x := range map[string]struct {
		fail error
		says string
	}{
		"denied":    {apierrors.NewForbidden(secrets, ServiceName, errors.New("no rights")), "Secret tranship-system/tranship-webhook: "},
		"contended": {apierrors.NewConflict(secrets, ServiceName, errors.New("changed")), errContended.Error()},
	} {
		c := interceptor.NewClient(cluster(), interceptor.Funcs{Create: func(_ context.Context, _ client.WithWatch, o client.Object, _ ...client.CreateOption) error {
			return x.fail
		}})
		if cert, err := replica(c, epoch).sync(t.Context()); cert != nil || err == nil || !strings.Contains(err.Error(), x.says) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
