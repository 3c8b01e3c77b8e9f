package view

import (
	"cmp"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tranship/tranship/api/v1alpha1"
)

// APIVersion of the JSON and YAML form of Status.
const APIVersion = "tranship.dev/status/v1"

// Status is what `tranship status` shows. Its JSON form is an interface: fields
// are only added.
type Status struct {
	APIVersion string `json:"apiVersion"`
	// Items are sorted by namespace and name, and never null.
	Items []Item `json:"items"`
}

// Item is one migration.
type Item struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// Source is the ECS service as cluster/service, Target the Kubernetes Service.
	Source  string `json:"source"`
	Target  string `json:"target"`
	Goal    string `json:"goal"`
	DNSName string `json:"dnsName,omitempty"`
	// Phase is "" until a controller has looked at the migration.
	Phase  string `json:"phase"`
	Reason string `json:"reason"`
	// Current is false while Phase and the rest speak of an older spec.
	Current bool    `json:"current"`
	Waiting Waiting `json:"waiting"`
	// Shares of healthy registered instances in percent: of addresses, not of traffic.
	ECSShare int32 `json:"ecsShare"`
	EKSShare int32 `json:"eksShare"`
	ECS      Side  `json:"ecs"`
	EKS      Side  `json:"eks"`
	// ForeignInstances are instances of others in the name, left alone.
	ForeignInstances int32 `json:"foreignInstances"`
	Step             int32 `json:"step,omitempty"`
	// RollbackBoundSeconds is the worst-case time back to ECS from here.
	RollbackBoundSeconds int64       `json:"rollbackBoundSeconds"`
	Checks               []Check     `json:"checks,omitempty"`
	Conditions           []Condition `json:"conditions"`
	Created              *time.Time  `json:"created,omitempty"`
}

// Waiting is what a migration waits for.
type Waiting struct {
	Object string     `json:"object,omitempty"`
	Text   string     `json:"text,omitempty"`
	Until  *time.Time `json:"until,omitempty"`
}

// Side counts one platform.
type Side struct {
	InName  int32 `json:"inName"`
	Running int32 `json:"running"`
	Desired int32 `json:"desired,omitempty"`
}

// Check is a preflight check that did not pass.
type Check struct {
	ID      string `json:"id"`
	Outcome string `json:"outcome"`
	Value   string `json:"value,omitempty"`
	Limit   string `json:"limit,omitempty"`
	Remedy  string `json:"remedy,omitempty"`
}

// Condition is a condition without its times.
type Condition struct {
	Type    string `json:"type"`
	Status  string `json:"status"`
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
}

// Of sorts migrations into a Status.
func Of(ms []v1alpha1.ServiceMigration) Status {
	s := Status{APIVersion: APIVersion, Items: make([]Item, 0, len(ms))}
	for i := range ms {
		s.Items = append(s.Items, item(&ms[i]))
	}
	slices.SortFunc(s.Items, func(a, b Item) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return s
}

func item(m *v1alpha1.ServiceMigration) Item {
	st := m.Status
	it := Item{
		Namespace: m.Namespace, Name: m.Name,
		Source: m.Spec.Source.Cluster + "/" + m.Spec.Source.Service, Target: m.Spec.Target.Service,
		Goal: cmp.Or(string(m.Spec.Goal), string(v1alpha1.GoalTarget)), DNSName: st.DNSName,
		Phase: st.Phase, Reason: st.Waiting.Reason,
		Current:  st.Phase != "" && st.ObservedGeneration >= m.Generation,
		Waiting:  Waiting{Object: st.Waiting.Object, Text: st.Waiting.Text, Until: utc(st.Waiting.Until)},
		ECSShare: st.ECS.Share, EKSShare: st.EKS.Share,
		ECS:              Side{InName: st.ECS.InName, Running: st.ECS.Running, Desired: st.ECS.Desired},
		EKS:              Side{InName: st.EKS.InName, Running: st.EKS.Running, Desired: st.EKS.Desired},
		ForeignInstances: st.ForeignInstances, Step: st.Step, RollbackBoundSeconds: st.RollbackBoundSeconds,
		Conditions: []Condition{},
	}
	if !m.CreationTimestamp.IsZero() {
		it.Created = utc(&m.CreationTimestamp)
	}
	for _, c := range st.Checks {
		it.Checks = append(it.Checks, Check(c))
	}
	slices.SortStableFunc(it.Checks, func(a, b Check) int { return cmp.Compare(a.ID, b.ID) })
	for _, c := range st.Conditions {
		it.Conditions = append(it.Conditions, Condition{Type: c.Type, Status: string(c.Status), Reason: c.Reason, Message: c.Message})
	}
	slices.SortStableFunc(it.Conditions, func(a, b Condition) int { return cmp.Compare(a.Type, b.Type) })
	return it
}

func utc(t *metav1.Time) *time.Time {
	if t == nil || t.IsZero() {
		return nil
	}
	u := t.UTC()
	return &u
}
