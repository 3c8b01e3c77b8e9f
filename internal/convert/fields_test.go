package convert

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scaling "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/document"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// models says what AWS' SDK knows of each kind of document: what it answers, and
// what it takes.
var models = map[string]struct{ answers, takes []reflect.Type }{
	taskDocument: {
		[]reflect.Type{reflect.TypeFor[types.TaskDefinition]()},
		[]reflect.Type{reflect.TypeFor[ecs.RegisterTaskDefinitionInput]()},
	},
	serviceDocument: {
		[]reflect.Type{reflect.TypeFor[types.Service]()},
		[]reflect.Type{reflect.TypeFor[ecs.CreateServiceInput]()},
	},
	targetDocument: {
		[]reflect.Type{reflect.TypeFor[scaling.ScalableTarget]()},
		[]reflect.Type{reflect.TypeFor[applicationautoscaling.RegisterScalableTargetInput]()},
	},
	policyDocument: {
		[]reflect.Type{reflect.TypeFor[scaling.ScalingPolicy]()},
		[]reflect.Type{reflect.TypeFor[applicationautoscaling.PutScalingPolicyInput]()},
	},
	scheduledDocument: {
		[]reflect.Type{reflect.TypeFor[scaling.ScheduledAction]()},
		[]reflect.Type{reflect.TypeFor[applicationautoscaling.PutScheduledActionInput]()},
	},
}

// unions are the interfaces of the SDK that stand for one of several fields. Reflection
// can't find who satisfies one.
var unions = map[reflect.Type]map[string]reflect.Type{
	reflect.TypeFor[types.ServiceConnectContainerConfiguration](): {"logLevel": reflect.TypeFor[string]()},
	reflect.TypeFor[types.SharingStrategy]():                      {"nvidiaMps": reflect.TypeFor[types.NvidiaMpsAllocation]()},
}

// upper are the documents of Application Auto Scaling, which spells fields so.
func upper(kind string) bool { return kind != taskDocument && kind != serviceDocument }

// modelled lists the fields that the SDK has of a document, as the catalogue spells
// them, with their types: of what AWS answers and takes, or only of what it takes.
func modelled(t testing.TB, kind string, takenOnly bool) map[string]reflect.Type {
	t.Helper()
	out := map[string]reflect.Type{}
	m := models[kind]
	from := m.takes
	if !takenOnly {
		from = slices.Concat(m.answers, m.takes)
	}
	for _, typ := range from {
		for name, of := range walkType(t, typ, "", upper(kind)) {
			out[name] = of
		}
	}
	return out
}

func walkType(t testing.TB, typ reflect.Type, at string, upper bool) map[string]reflect.Type {
	t.Helper()
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	switch {
	case typ == reflect.TypeFor[time.Time]():
	case typ == reflect.TypeFor[document.Interface]():
		return map[string]reflect.Type{at + "*": typ}
	case typ.Kind() == reflect.Interface:
		if unions[typ] == nil {
			t.Errorf("%s is a %s, which one of several types satisfies: say in `unions` of fields_test.go which fields they stand for", at, typ)
		}
		out := map[string]reflect.Type{}
		for name, of := range unions[typ] {
			maps.Copy(out, walkType(t, of, joinPath(at, name), upper))
		}
		return out
	case typ.Kind() == reflect.Map:
		return map[string]reflect.Type{at + ".*": typ.Elem()}
	case typ.Kind() == reflect.Slice:
		item := typ.Elem()
		for item.Kind() == reflect.Pointer {
			item = item.Elem()
		}
		if k := item.Kind(); k == reflect.Struct || k == reflect.Interface {
			return walkType(t, item, at+"[]", upper)
		}
	case typ.Kind() == reflect.Struct:
		out := map[string]reflect.Type{}
		for f := range fieldsOf(typ) {
			maps.Copy(out, walkType(t, f.Type, joinPath(at, spelled(f.Name, upper)), upper))
		}
		return out
	}
	return map[string]reflect.Type{at: typ}
}

// fieldsOf are a struct's fields that are part of the model.
func fieldsOf(typ reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range typ.NumField() {
			if f := typ.Field(i); f.IsExported() && f.Name != "ResultMetadata" && !yield(f) {
				return
			}
		}
	}
}

// spelled is a field of the SDK as the CLI prints it.
func spelled(name string, upper bool) string {
	if upper {
		return name
	}
	r := []rune(name)
	r[0] = unicode.ToLower(r[0])
	return string(r)
}

func joinPath(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

// A field that AWS adds must be thought about; one that AWS doesn't have is a slip.
func TestCatalogueIsAWSModel(t *testing.T) {
	if len(models) != len(catalogue) {
		t.Errorf("%d kinds of documents in the catalogue, %d in this test", len(catalogue), len(models))
	}
	for _, kind := range slices.Sorted(maps.Keys(models)) {
		theirs := modelled(t, kind, false)
		ours := map[string]bool{}
		for _, f := range catalogue[kind] {
			if f.usual == "" || f.words == "" || f.names == "" {
				t.Errorf("%s: the line %+v says too little", kind, f)
			}
			for _, p := range f.paths() {
				if ours[p] {
					t.Errorf("%s: %s is twice in the catalogue", kind, p)
				}
				if ours[p] = true; theirs[p] == nil {
					t.Errorf("%s: the catalogue has %s, which AWS' model has not: take it out, or mend its spelling", kind, p)
				}
			}
		}
		for _, p := range slices.Sorted(maps.Keys(theirs)) {
			if !ours[p] {
				t.Errorf("%s: AWS' model has %s, the catalogue has not: decide what becomes of it on Kubernetes, add it to fields_*.go with that, "+
					"settle it in the step whose subject it is, and set it in a case of testdata/corpus", kind, p)
			}
		}
	}
}

func TestKnown(t *testing.T) {
	for _, c := range []struct {
		kind, field string
		want        bool
	}{
		{taskDocument, "containerDefinitions[].portMappings[].name", true},
		{taskDocument, "containerDefinitions[].dockerLabels.com.example.team", true},
		{taskDocument, "containerDefinitions[].dockerLabels", false},
		{taskDocument, "containerDefinitions[].portMappings[].nam", false},
		{serviceDocument, "deploymentConfiguration.lifecycleHooks[].hookDetails", true},
		{serviceDocument, "deploymentConfiguration.lifecycleHooks[].hookDetails.a[].b", true},
		{policyDocument, "Alarms[].AlarmName", true},
		{"nothing", "family", false},
	} {
		if got := known(c.kind)(c.field); got != c.want {
			t.Errorf("%s %s: %t", c.kind, c.field, got)
		}
	}
	if strings.Contains(strings.Join(taskFields[0].paths(), ""), " ") {
		t.Error("paths are not taken apart")
	}
}
