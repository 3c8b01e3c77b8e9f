package convert

import "time"

// SecretsVia is how secrets come into the cluster. Their values never pass here.
type SecretsVia string

// The ways.
const (
	ExternalSecrets SecretsVia = "external-secrets" // https://external-secrets.io
	SecretsStoreCSI SecretsVia = "csi"              // https://secrets-store-csi-driver.sigs.k8s.io, with AWS' provider
)

// IdentityVia is how a pod gets the rights of the task's role.
type IdentityVia string

// The ways.
const (
	PodIdentity IdentityVia = "pod-identity" // an association, made outside; the ServiceAccount says nothing
	IRSA        IdentityVia = "irsa"         // an annotation of the ServiceAccount
)

// Options are what the cluster has and how its people want things. The zero value
// is a good start.
type Options struct {
	// Namespace is where all of it goes; "": the name of the ECS cluster, as Kubernetes
	// takes it.
	Namespace string
	Secrets   SecretsVia // "": ExternalSecrets
	// SecretStore is the ClusterSecretStore that ExternalSecrets refer to, one that reads
	// Secrets Manager and one that reads Parameter Store; "": aws-secrets-manager and
	// aws-parameter-store.
	SecretStore, ParameterStore string
	Identity                    IdentityVia // "": PodIdentity
	// NetworkPolicy asks for one per service.
	NetworkPolicy bool
	// Fargate says that the pods will run on EKS' Fargate, which takes less.
	Fargate bool
	// Propagation is how long Route 53 may take to know a change; 0: a minute.
	// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/route-53-concepts.html
	Propagation time.Duration
	// Chosen has what people decided, by ledger.Decision.ID.
	Chosen map[string]string
}
