package corpus

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"time"
	"unicode"

	scaling "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs/document"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"pgregory.net/rapid"

	"github.com/tranship/tranship/internal/convert"
	"github.com/tranship/tranship/internal/inventory"
)

// Generated makes services that nobody wrote: any field of AWS' types may be set, to
// something that AWS takes there. odd sets some of them to nonsense.
func Generated(odd bool) *rapid.Generator[Case] {
	return rapid.Custom(func(t *rapid.T) Case {
		d := drawer{T: t, odd: odd}
		task := d.object(reflect.TypeFor[types.TaskDefinition](), "", false)
		service := d.object(reflect.TypeFor[types.Service](), "", false)
		service["serviceName"] = rapid.SampledFrom([]string{"orders", "Orders_API", "a-very-long-name-that-goes-on-and-on-until-it-is-longer-than-a-label-may-be-in-dns"}).Draw(t, "service")
		if !odd {
			registered(task)
		}
		w := written{Service: encoded(service), TaskDefinition: encoded(task), Names: someNames, TargetGroups: someGroups}
		if rapid.Bool().Draw(t, "scaled") {
			s := &inventory.Scaling{Target: encoded(d.object(reflect.TypeFor[scaling.ScalableTarget](), "", true))}
			for range rapid.IntRange(0, 2).Draw(t, "policies") {
				s.Policies = append(s.Policies, encoded(d.object(reflect.TypeFor[scaling.ScalingPolicy](), "", true)))
			}
			for range rapid.IntRange(0, 2).Draw(t, "scheduled") {
				s.Scheduled = append(s.Scheduled, encoded(d.object(reflect.TypeFor[scaling.ScheduledAction](), "", true)))
			}
			w.Scaling = s
		}
		w.Options = convert.Options{
			Secrets:       rapid.SampledFrom([]convert.SecretsVia{"", convert.ExternalSecrets, convert.SecretsStoreCSI}).Draw(t, "secrets"),
			Identity:      rapid.SampledFrom([]convert.IdentityVia{"", convert.PodIdentity, convert.IRSA}).Draw(t, "identity"),
			NetworkPolicy: rapid.Bool().Draw(t, "policy"), Fargate: rapid.Bool().Draw(t, "fargate"),
		}
		c := Case{Name: "generated"}
		if err := c.fill(w); err != nil {
			t.Fatalf("a generated case is none: %v", err)
		}
		return c
	})
}

// drawer draws what AWS takes, or also what it never would.
type drawer struct {
	*rapid.T
	odd bool
}

// object is one of a type.
func (t drawer) object(typ reflect.Type, at string, upper bool) map[string]any {
	out := map[string]any{}
	// Up to so many in a hundred: some objects are nearly empty, some nearly full.
	likely := rapid.SampledFrom([]int{20, 50, 90}).Draw(t.T, at+" likely")
	for i := range typ.NumField() {
		f := typ.Field(i)
		if !f.IsExported() || f.Name == "ResultMetadata" {
			continue
		}
		name := f.Name
		if !upper {
			r := []rune(name)
			r[0] = unicode.ToLower(r[0])
			name = string(r)
		}
		if must := name == "containerDefinitions"; must || rapid.IntRange(1, 100).Draw(t.T, at+name) <= likely {
			called := name
			if habits[at+name] != nil {
				called = at + name
			}
			out[name] = t.value(f.Type, called, upper)
		}
	}
	return out
}

// unions are the SDK's interfaces for one of several fields.
var unions = map[reflect.Type]struct {
	name string
	of   reflect.Type
}{
	reflect.TypeFor[types.ServiceConnectContainerConfiguration](): {"logLevel", reflect.TypeFor[string]()},
	reflect.TypeFor[types.SharingStrategy]():                      {"nvidiaMps", reflect.TypeFor[types.NvidiaMpsAllocation]()},
}

// value is one of a type, for a field that is called so.
func (t drawer) value(typ reflect.Type, name string, upper bool) any {
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	switch {
	case typ == reflect.TypeFor[time.Time]():
		return rapid.SampledFrom([]any{"2026-03-02T09:10:11.121000+01:00", 1772439011.121}).Draw(t.T, name)
	case typ == reflect.TypeFor[document.Interface]():
		return rapid.SampledFrom([]any{"text", 1, []any{map[string]any{"a.b": []any{1, map[string]any{"c": true}}}}, map[string]any{"x": map[string]any{}}}).Draw(t.T, name)
	case unions[typ].of != nil:
		u := unions[typ]
		return map[string]any{u.name: t.value(u.of, u.name, upper)}
	}
	switch typ.Kind() {
	case reflect.Struct:
		return t.object(typ, name+".", upper)
	case reflect.Slice:
		list := []any{}
		for range rapid.SampledFrom([]int{0, 1, 1, 2, 3}).Draw(t.T, name+" length") {
			list = append(list, t.value(typ.Elem(), name, upper))
		}
		return list
	case reflect.Map:
		m := map[string]any{}
		for range rapid.IntRange(0, 3).Draw(t.T, name+" length") {
			key := rapid.SampledFrom(t.keys()).Draw(t.T, name+" key")
			if key == secretKey && name == "options" {
				m[key] = SecretMark
				continue
			}
			m[key] = t.value(typ.Elem(), name+".*", upper)
		}
		return m
	case reflect.Bool:
		return rapid.Bool().Draw(t.T, name)
	case reflect.Int32, reflect.Int64:
		usual := numbers[name]
		switch {
		case t.strange(name):
			usual = []int{0, 65535, 65536, -1, 1<<31 - 1, -1 << 31}
		case usual == nil:
			usual = []int{1, 2, 5, 30, 60, 100}
		}
		return rapid.SampledFrom(usual).Draw(t.T, name)
	case reflect.Float64:
		return rapid.SampledFrom([]float64{0.5, 10.5, 50, 100, 10000}).Draw(t.T, name)
	}
	return t.text(typ, name)
}

// text is a string: one of an enumeration's, one that people write there, or nonsense.
func (t drawer) text(typ reflect.Type, name string) string {
	var usual []string
	if m, ok := typ.MethodByName("Values"); ok {
		list := m.Func.Call([]reflect.Value{reflect.Zero(typ)})[0]
		for i := range list.Len() {
			usual = append(usual, list.Index(i).String())
		}
	} else {
		usual = habits[name]
	}
	switch {
	case t.strange(name):
		usual = nonsense
	case usual == nil:
		usual = []string{"x", "some-text", "Some text"}
	}
	return rapid.SampledFrom(usual).Draw(t.T, name)
}

// strange says that nonsense comes next: one time in ten.
func (t drawer) strange(name string) bool {
	return t.odd && rapid.IntRange(0, 9).Draw(t.T, name+" odd") == 0
}

func encoded(tree map[string]any) json.RawMessage {
	data, err := json.Marshal(tree)
	if err != nil {
		panic(fmt.Sprintf("a generated document is no JSON: %v", err)) // made of strings, numbers, lists and maps alone
	}
	return data
}

// Leaves counts the fields of a document that are set, each list of plain values as
// one. It shares nothing with package ledger, which it checks.
func Leaves(data []byte) (int, error) {
	var tree any
	if err := json.Unmarshal(data, &tree); err != nil {
		return 0, fmt.Errorf("count the fields: %w", err)
	}
	return leaves(tree), nil
}

func leaves(v any) int {
	n := 0
	switch v := v.(type) {
	case nil:
		return 0
	case map[string]any:
		for _, x := range v {
			n += leaves(x)
		}
		return n
	case []any:
		plain := !slices.ContainsFunc(v, func(x any) bool {
			switch x.(type) {
			case map[string]any, []any:
				return true
			}
			return false
		})
		if plain {
			return min(len(v), 1)
		}
		for _, x := range v {
			n += leaves(x)
		}
		return n
	}
	return 1
}
