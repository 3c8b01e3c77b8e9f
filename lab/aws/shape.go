package aws

import (
	"reflect"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/aws/smithy-go/middleware"
)

// shape is a struct of the SDK as it stands on the wire.
type shape struct {
	fields []field
	byWire map[string]int
}

type field struct {
	index  int
	goName string
	wire   string // "" if the name is not known
	typ    reflect.Type
	// Of lists in XML: the name of an element, and whether the elements stand
	// where the list would, without one around them.
	item string
	flat bool
}

// naming derives the wire names of a service's members, and keeps each struct's
// shape once it was asked for. Safe for concurrent use.
type naming struct {
	name   func(owner reflect.Type, f reflect.StructField) string
	items  func(owner reflect.Type, f reflect.StructField) (item string, flat bool)
	shapes sync.Map // reflect.Type → *shape
}

func newNaming(name func(reflect.Type, reflect.StructField) string) *naming {
	return &naming{name: name, items: func(reflect.Type, reflect.StructField) (string, bool) { return "member", false }}
}

// withItems sets the names of the elements of XML lists; without it they are
// called member.
func (n *naming) withItems(items func(reflect.Type, reflect.StructField) (item string, flat bool)) *naming {
	n.items = items
	return n
}

var metadataType = reflect.TypeFor[middleware.Metadata]()

// shape leaves out what the SDK adds to the API's members: ResultMetadata, the
// unexported marker and the override of an error's code.
func (n *naming) shape(t reflect.Type) *shape {
	if s, ok := n.shapes.Load(t); ok {
		return s.(*shape)
	}
	s := &shape{byWire: map[string]int{}}
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() || f.Type == metadataType || f.Name == "ErrorCodeOverride" {
			continue
		}
		m := field{index: i, goName: f.Name, wire: n.name(t, f), typ: f.Type}
		m.item, m.flat = n.items(t, f)
		s.byWire[m.wire] = len(s.fields)
		s.fields = append(s.fields, m)
	}
	got, _ := n.shapes.LoadOrStore(t, s)
	return got.(*shape)
}

// goName is the rule of most services: members are called as in Go.
func goName(_ reflect.Type, f reflect.StructField) string { return f.Name }

// lowerFirstName is the rule of ECS and EKS.
func lowerFirstName(_ reflect.Type, f reflect.StructField) string { return lowerFirst(f.Name) }

// logsName is the rule of CloudWatch Logs: as ECS's, with one exception in
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeDestinations.html
func logsName(owner reflect.Type, f reflect.StructField) string {
	if f.Name == "DestinationNamePrefix" {
		return f.Name
	}
	return lowerFirstName(owner, f)
}

// stsName is the rule of STS: Go's names, with one exception in
// https://docs.aws.amazon.com/STS/latest/APIReference/API_PolicyDescriptorType.html
func stsName(owner reflect.Type, f reflect.StructField) string {
	if owner.Name() == "PolicyDescriptorType" {
		return lowerFirst(f.Name)
	}
	return f.Name
}

func lowerFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToLower(r)) + s[n:]
}
