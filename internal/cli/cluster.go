package cli

import (
	"cmp"
	"context"
	"fmt"

	"github.com/spf13/pflag"
	appsv1 "k8s.io/api/apps/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/api/v1alpha1"
)

// Access says which cluster is meant, as kubectl's flags do.
type Access struct {
	Kubeconfig, Context, Namespace string
}

// AddFlags adds --kubeconfig and --context, which every verb with a cluster has.
func (a *Access) AddFlags(f *pflag.FlagSet) {
	f.StringVar(&a.Kubeconfig, "kubeconfig", "", "kubeconfig `file` (default: KUBECONFIG, then ~/.kube/config)")
	f.StringVar(&a.Context, "context", "", "`context` of the kubeconfig")
}

// AddNamespace adds -n.
func (a *Access) AddNamespace(f *pflag.FlagSet) {
	f.StringVarP(&a.Namespace, "namespace", "n", "", "Kubernetes `namespace` (default: that of the context)")
}

// Cluster is a Kubernetes cluster that verbs talk to.
type Cluster struct {
	Client    client.WithWatch
	Config    *rest.Config // for the controller, which builds clients of its own
	Namespace string       // never empty
	User      string       // of the kubeconfig
}

// configOf reads the kubeconfig, or the surroundings of a pod.
func configOf(a Access) (cfg *rest.Config, namespace, user string, err error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = a.Kubeconfig
	rules.WarnIfAllMissing = false
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &clientcmd.ConfigOverrides{CurrentContext: a.Context})
	if cfg, err = loader.ClientConfig(); err != nil {
		return nil, "", "", unusable(err)
	}
	if namespace, _, err = loader.Namespace(); err != nil {
		return nil, "", "", unusable(err)
	}
	if raw, err := loader.RawConfig(); err == nil {
		if c := raw.Contexts[cmp.Or(a.Context, raw.CurrentContext)]; c != nil {
			user = c.AuthInfo
		}
	}
	cfg.QPS, cfg.Burst = 50, 100 // a fleet is created in seconds, not minutes
	cfg.UserAgent = rest.DefaultKubernetesUserAgent()
	return cfg, namespace, user, nil
}

// Connect makes the client of a cluster. It sends nothing yet.
func Connect(a Access) (*Cluster, error) {
	cfg, namespace, user, err := configOf(a)
	if err != nil {
		return nil, err
	}
	scheme, err := newScheme()
	if err != nil {
		return nil, err
	}
	c, err := client.NewWithWatch(cfg, client.Options{Scheme: scheme})
	if err != nil {
		return nil, err
	}
	return &Cluster{Client: c, Config: cfg, Namespace: cmp.Or(a.Namespace, namespace, "default"), User: user}, nil
}

// newScheme knows what verbs read and write.
func newScheme() (*runtime.Scheme, error) {
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		v1alpha1.AddToScheme, coordinationv1.AddToScheme, authenticationv1.AddToScheme,
		corev1.AddToScheme, networkingv1.AddToScheme, appsv1.AddToScheme,
	} {
		if err := add(s); err != nil {
			return nil, fmt.Errorf("register the types: %w", err)
		}
	}
	return s, nil
}

// who tells under which name the API server knows us; the kubeconfig's word if it does not say.
func (c *Cluster) who(ctx context.Context) string {
	var r authenticationv1.SelfSubjectReview
	if err := c.Client.Create(ctx, &r); err == nil && r.Status.UserInfo.Username != "" {
		return r.Status.UserInfo.Username
	}
	return cmp.Or(c.User, "unknown")
}
