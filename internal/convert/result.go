package convert

import (
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/tranship/tranship/internal/convert/ledger"
	"github.com/tranship/tranship/internal/inventory"
)

// Result is a service as it will be on Kubernetes.
type Result struct {
	inventory.Place
	Cluster string // ECS'
	Service string // ECS'
	// Name and Namespace are those on Kubernetes.
	Name, Namespace string
	// Objects are in the order to apply them.
	Objects []Object
	// Entries are the ledger: each field that is set in what ECS, and Application Auto
	// Scaling, say of it, once.
	Entries   []ledger.Entry
	Decisions []ledger.Decision
}

// Open counts the decisions that nobody took yet.
func (r Result) Open() int {
	n := 0
	for _, d := range r.Decisions {
		if d.Open() {
			n++
		}
	}
	return n
}

// Object is a Kubernetes object: typed where Kubernetes itself defines it, else
// *unstructured.Unstructured. It has its apiVersion and kind.
type Object struct {
	runtime.Object
	// Notes are for whoever reads the manifest, in order of path.
	Notes []Note
}

// Note is a comment above a field.
type Note struct {
	// Path leads to the field as JSON names it, with numbers for list items:
	// spec.template.spec.containers.0.resources; "" is the object.
	Path string
	Text string
}
