package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// ServiceMigration moves one ECS service to the Kubernetes Service beside it,
// under the name it has in AWS Cloud Map.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=smig
// +kubebuilder:printcolumn:name="Phase",type=string,JSONPath=`.status.phase`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.waiting.reason`
// +kubebuilder:printcolumn:name="ECS",type=integer,JSONPath=`.status.ecs.inName`
// +kubebuilder:printcolumn:name="EKS",type=integer,JSONPath=`.status.eks.inName`
// +kubebuilder:printcolumn:name="EKS %",type=integer,JSONPath=`.status.eks.share`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Waiting",type=string,priority=1,JSONPath=`.status.waiting.text`
type ServiceMigration struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   ServiceMigrationSpec   `json:"spec"`
	Status ServiceMigrationStatus `json:"status,omitempty"`
}

// ServiceMigrationList is a list of them.
//
// +kubebuilder:object:root=true
type ServiceMigrationList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []ServiceMigration `json:"items"`
}

// Goal is where the name should lead.
//
// +kubebuilder:validation:Enum=Source;Target
type Goal string

// Goals.
const (
	GoalSource Goal = "Source"
	GoalTarget Goal = "Target"
)

// ServiceMigrationSpec is what is asked for.
type ServiceMigrationSpec struct {
	// Goal is where the name should lead: Target is EKS, Source is ECS.
	// +kubebuilder:default=Target
	Goal Goal `json:"goal,omitempty"`

	// Source is the ECS service. It cannot be changed.
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="spec.source is immutable: delete the migration and create another one"
	Source Source `json:"source"`

	// Target is the Kubernetes Service in the same namespace.
	Target Target `json:"target"`

	// Kind overrides what evidence says of the service. Only request services
	// cross; a service that seems to run one at a time needs this word.
	// +kubebuilder:validation:Enum=request;worker;singleton;scheduled;stateful
	// +optional
	Kind string `json:"kind,omitempty"`

	// Strategy is how the service crosses.
	// +optional
	Strategy Strategy `json:"strategy,omitempty"`

	// Paused stops the crossing where it is. Nothing is undone.
	// +optional
	Paused bool `json:"paused,omitempty"`
}

// Source names an ECS service.
type Source struct {
	// Account is the AWS account; empty: the one of the controller's credentials.
	// +kubebuilder:validation:Pattern=`^([0-9]{12})?$`
	// +optional
	Account string `json:"account,omitempty"`
	// Region is the AWS region; empty: the controller's.
	// +kubebuilder:validation:MaxLength=32
	// +optional
	Region string `json:"region,omitempty"`
	// Cluster is the name of the ECS cluster.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	// +kubebuilder:validation:Pattern=`^[a-zA-Z0-9_-]+$`
	Cluster string `json:"cluster"`
	// Service is the name of the ECS service.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	// +kubebuilder:validation:Pattern=`^[a-zA-Z0-9_-]+$`
	Service string `json:"service"`
}

// Target names a Kubernetes Service.
type Target struct {
	// Service is its name.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Service string `json:"service"`
	// Port is the port clients use; 0: that of the ECS container.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=65535
	// +optional
	Port int32 `json:"port,omitempty"`
}

// Strategy is how a service crosses. Every field has a default.
type Strategy struct {
	// Withdrawal is how a running ECS task is taken out of the name.
	// +kubebuilder:validation:Enum=Auto;Deregister;CustomHealth
	// +kubebuilder:default=Auto
	// +optional
	Withdrawal string `json:"withdrawal,omitempty"`

	// Steps of the shift, after the first one, which is always one EKS endpoint
	// in and nothing out. Shares only grow; 100 is added at the end.
	// +kubebuilder:validation:MaxItems=20
	// +kubebuilder:validation:XValidation:rule="self.map(s, s.share).isSorted()",message="shares must not fall from one step to the next"
	// +optional
	Steps []Step `json:"steps,omitempty"`

	// RecordTTLSeconds is the record TTL while the crossing lasts.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=86400
	// +kubebuilder:default=10
	// +optional
	RecordTTLSeconds *int64 `json:"recordTTLSeconds,omitempty"`

	// Floor is how many healthy endpoints the name keeps at least; 0: as many
	// as ECS had at the start.
	// +kubebuilder:validation:Minimum=0
	// +optional
	Floor int32 `json:"floor,omitempty"`

	// ReadyFor is how long the EKS workload must have been ready before anything is changed.
	// +kubebuilder:default="30s"
	// +optional
	ReadyFor *metav1.Duration `json:"readyFor,omitempty"`

	// WhenOverdue is what happens when a phase takes more than three times as long
	// as its waits need: Report tells a person and goes on waiting, Halt stops the
	// crossing, RollBack turns it back to ECS. Before anything is changed, a person
	// is told in any case.
	// +kubebuilder:validation:Enum=Report;Halt;RollBack
	// +kubebuilder:default=Report
	// +optional
	WhenOverdue string `json:"whenOverdue,omitempty"`

	// ReadyWithin is after how long of waiting for the workload, or for the checks
	// before it, a person is told.
	// +kubebuilder:default="30m"
	// +optional
	ReadyWithin *metav1.Duration `json:"readyWithin,omitempty"`

	// ClientCaches are caches on the clients' side that lengthen the life of an
	// answer; they add up. They replace the controller's default list.
	// +kubebuilder:validation:MaxItems=10
	// +optional
	ClientCaches []ClientCache `json:"clientCaches,omitempty"`
}

// Step is one step of the shift.
type Step struct {
	// Share of EKS addresses in percent; the nearest that the counts allow is taken.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	Share int32 `json:"share"`
	// Soak is how long the step is watched before the next one.
	// +kubebuilder:default="30s"
	// +optional
	Soak *metav1.Duration `json:"soak,omitempty"`
}

// ClientCache is one cache.
type ClientCache struct {
	// Name says what it is, such as jvm or coredns.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name"`
	// For is how long it keeps an answer beyond its TTL.
	For metav1.Duration `json:"for"`
}

// ServiceMigrationStatus is what is.
type ServiceMigrationStatus struct {
	// ObservedGeneration is the generation the status speaks of.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// Phase is for display; conditions are for programs.
	// +optional
	Phase string `json:"phase,omitempty"`
	// DNSName is the name that is moved.
	// +optional
	DNSName string `json:"dnsName,omitempty"`
	// Waiting says what the crossing waits for.
	// +optional
	Waiting Waiting `json:"waiting,omitempty"`
	// ECS and EKS count both sides.
	// +optional
	ECS Side `json:"ecs,omitempty"`
	// +optional
	EKS Side `json:"eks,omitempty"`
	// ForeignInstances is how many instances of others are in the name, untouched.
	// +optional
	ForeignInstances int32 `json:"foreignInstances,omitempty"`
	// Step of Steps, while shifting.
	// +optional
	Step int32 `json:"step,omitempty"`
	// RollbackBoundSeconds is the worst-case time back to ECS from here.
	// +optional
	RollbackBoundSeconds int64 `json:"rollbackBoundSeconds,omitempty"`
	// Checks are the preflight checks that did not pass.
	// +kubebuilder:validation:MaxItems=20
	// +optional
	Checks []Check `json:"checks,omitempty"`
	// History of phases, newest last.
	// +kubebuilder:validation:MaxItems=30
	// +optional
	History []PhaseMark `json:"history,omitempty"`
	// Crossing is the machine's own state; not for people or programs.
	// +kubebuilder:pruning:PreserveUnknownFields
	// +kubebuilder:validation:Schemaless
	// +optional
	Crossing *runtime.RawExtension `json:"crossing,omitempty"`
	// Conditions: Claimed, PreflightPassed, Shifted, Quiet, Drained,
	// SourceReturned, and Ready, Reconciling, Stalled.
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=20
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// Waiting is never empty once the controller has seen the migration.
type Waiting struct {
	Reason string `json:"reason,omitempty"`
	Object string `json:"object,omitempty"`
	Text   string `json:"text,omitempty"`
	// +optional
	Until *metav1.Time `json:"until,omitempty"`
}

// Side counts one platform.
type Side struct {
	// InName is how many healthy instances are registered.
	InName int32 `json:"inName"`
	// Running is how many tasks run, or pods may serve.
	Running int32 `json:"running"`
	// Desired is the desiredCount of the ECS service.
	// +optional
	Desired int32 `json:"desired,omitempty"`
	// Share of healthy registered instances in percent. It is a share of
	// addresses, not of traffic.
	Share int32 `json:"share"`
}

// Check is one check that did not pass.
type Check struct {
	ID      string `json:"id"`
	Outcome string `json:"outcome"`
	// +optional
	Value string `json:"value,omitempty"`
	// +optional
	Limit string `json:"limit,omitempty"`
	// +optional
	Remedy string `json:"remedy,omitempty"`
}

// PhaseMark is when a phase began.
type PhaseMark struct {
	Phase string           `json:"phase"`
	At    metav1.MicroTime `json:"at"`
	// +optional
	Note string `json:"note,omitempty"`
}
