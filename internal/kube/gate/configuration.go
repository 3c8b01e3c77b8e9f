package gate

import (
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Names that an administrator meets.
const (
	// ConfigurationName is the MutatingWebhookConfiguration's.
	ConfigurationName = "tranship-gate"
	// ServiceName is that of the Service and of the Secret, both in the
	// controller's own namespace.
	ServiceName = "tranship-webhook"
	// Path is where pods are reviewed.
	Path = "/pods"

	webhookName = "registered.gate.tranship.dev"
	// timeoutSeconds is how long a pod's creation waits for us at most.
	timeoutSeconds = 3
)

// configure states what is ours in a configuration, and leaves labels and
// annotations of others alone. owner is the namespace that the configuration
// goes away with; "" for none.
func (k *keeper) configure(c *admissionregistrationv1.MutatingWebhookConfiguration, bundle []byte, owner types.UID) {
	c.Name = ConfigurationName
	if c.Labels == nil {
		c.Labels = map[string]string{}
	}
	c.Labels["app.kubernetes.io/name"], c.Labels["app.kubernetes.io/managed-by"] = "tranship", "tranship"
	if owner != "" {
		c.OwnerReferences = []metav1.OwnerReference{{APIVersion: "v1", Kind: "Namespace", Name: k.namespace, UID: owner}}
	}
	w := admissionregistrationv1.MutatingWebhook{
		Name: webhookName,
		ClientConfig: admissionregistrationv1.WebhookClientConfig{CABundle: bundle, Service: &admissionregistrationv1.ServiceReference{
			Namespace: k.namespace, Name: ServiceName, Path: new(Path), Port: new(int32(443)),
		}},
		Rules: []admissionregistrationv1.RuleWithOperations{{
			Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.Create},
			Rule: admissionregistrationv1.Rule{
				APIGroups: []string{corev1.GroupName}, APIVersions: []string{"v1"}, Resources: []string{"pods"},
				Scope: new(admissionregistrationv1.NamespacedScope),
			},
		}},
		FailurePolicy: new(admissionregistrationv1.Ignore),
		MatchPolicy:   new(admissionregistrationv1.Equivalent),
		SideEffects:   new(admissionregistrationv1.SideEffectClassNone),
		// A webhook after ours may give a pod the labels by which a Service selects it.
		ReinvocationPolicy: new(admissionregistrationv1.IfNeededReinvocationPolicy),
		TimeoutSeconds:     new(int32(timeoutSeconds)),
		NamespaceSelector: &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{
			Key: corev1.LabelMetadataName, Operator: metav1.LabelSelectorOpNotIn, Values: []string{metav1.NamespaceSystem, k.namespace},
		}}},
		ObjectSelector:          &metav1.LabelSelector{},
		AdmissionReviewVersions: []string{"v1"},
	}
	if k.url != "" {
		w.ClientConfig.Service, w.ClientConfig.URL = nil, &k.url
	}
	c.Webhooks = []admissionregistrationv1.MutatingWebhook{w}
}

// published is the bundle that a configuration has.
func published(c *admissionregistrationv1.MutatingWebhookConfiguration) []byte {
	if len(c.Webhooks) != 1 {
		return nil
	}
	return c.Webhooks[0].ClientConfig.CABundle
}
