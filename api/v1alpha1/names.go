package v1alpha1

// Annotations, labels and condition types that people and programs may rely on.
const (
	// AnnotationOriginal keeps what the way back needs, should the status be lost.
	AnnotationOriginal = "tranship.dev/original"
	// AnnotationCommand is a person's command in JSON; it latches.
	AnnotationCommand = "tranship.dev/command"
	// AnnotationHostname on a Service claims a name, as ExternalDNS' own does.
	AnnotationHostname = "tranship.dev/hostname"
	// AnnotationExternalDNSHostname is ExternalDNS' annotation; it means the same.
	AnnotationExternalDNSHostname = "external-dns.alpha.kubernetes.io/hostname"
	// AnnotationJoin on a Service opens a name that others hold: "true".
	AnnotationJoin = "tranship.dev/join"
	// AnnotationGate on a Service makes its new pods wait until they are in the
	// name before they count as ready: "true".
	AnnotationGate = "tranship.dev/gate"
	// AnnotationHandover on a Service or what else asks for a name gives it to
	// ExternalDNS or takes it over: to=external-dns,owner=ID or from=external-dns,owner=ID.
	AnnotationHandover = "tranship.dev/handover"
	// AnnotationAttribute begins annotations that give the instances attributes of
	// a person's own: tranship.dev/attribute.stage=blue registers stage=blue.
	AnnotationAttribute = "tranship.dev/attribute."
	// AnnotationCreate asks for the Cloud Map service of a name that has none: "true".
	AnnotationCreate = "tranship.dev/create"
	// AnnotationRecordTypes of a service to be created: A, AAAA, "A,AAAA", SRV, CNAME or HTTP.
	AnnotationRecordTypes = "tranship.dev/record-types"
	// AnnotationRoutingPolicy of a service to be created: MULTIVALUE or WEIGHTED.
	AnnotationRoutingPolicy = "tranship.dev/routing-policy"
	// AnnotationCustomHealth gives a service to be created HealthCheckCustomConfig: "true".
	AnnotationCustomHealth = "tranship.dev/custom-health"
	// TagNamespace on an ECS service names the Kubernetes namespace that may take it.
	TagNamespace = "tranship.dev/namespace"
	// Finalizer keeps a migration until its name is in order.
	Finalizer = "tranship.dev/crossing"
)

// Condition types.
const (
	ConditionClaimed         = "Claimed"
	ConditionPreflightPassed = "PreflightPassed"
	ConditionShifted         = "Shifted"
	ConditionQuiet           = "Quiet"
	ConditionDrained         = "Drained"
	ConditionSourceReturned  = "SourceReturned"
	ConditionReady           = "Ready"
	ConditionReconciling     = "Reconciling"
	ConditionStalled         = "Stalled"
	// ConditionNameHeld on a Service's status: who holds its name.
	ConditionNameHeld = "tranship.dev/NameHeld"
	// ConditionRegistered on a Service's status: all that may serve of it is in
	// its names.
	ConditionRegistered = "tranship.dev/Registered"
)
