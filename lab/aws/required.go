package aws

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// required lists, by struct, the members that the API calls required. The SDK's
// clients check them before they send, so only other clients ever meet this.
type required map[reflect.Type][]string

// need adds the required members of struct T, in Go's names.
func need[T any](r required, members string) {
	r[reflect.TypeFor[T]()] = strings.Fields(members)
}

// missing are the paths, in wire names, of required members that an input lacks.
func (r required) missing(n *naming, in reflect.Value) []string {
	if len(r) == 0 {
		return nil
	}
	var out []string
	r.walk(n, in, "", &out)
	return out
}

func (r required) walk(n *naming, v reflect.Value, path string, out *[]string) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			r.walk(n, v.Elem(), path, out)
		}
	case reflect.Slice:
		if isStruct(v.Type().Elem()) {
			for i := range v.Len() {
				r.walk(n, v.Index(i), path+"."+strconv.Itoa(i+1)+".member", out)
			}
		}
	case reflect.Struct:
		if v.Type() == timeType {
			return
		}
		r.walkStruct(n, v, path, out)
	}
}

func (r required) walkStruct(n *naming, v reflect.Value, path string, out *[]string) {
	needed := r[v.Type()]
	for _, f := range n.shape(v.Type()).fields {
		at := strings.TrimPrefix(path+"."+f.wire, ".")
		fv := v.Field(f.index)
		for _, name := range needed {
			if name == f.goName && absent(fv) {
				*out = append(*out, at)
			}
		}
		r.walk(n, fv, at, out)
	}
}

func isStruct(t reflect.Type) bool {
	return t.Kind() == reflect.Struct || t.Kind() == reflect.Interface || isStructPointer(t)
}

// missingMessage says it as AWS's own validation does.
func missingMessage(paths []string) string {
	parts := make([]string, len(paths))
	for i, p := range paths {
		parts[i] = fmt.Sprintf("Value null at '%s' failed to satisfy constraint: Member must not be null", lowerFirst(p))
	}
	if len(parts) == 1 {
		return "1 validation error detected: " + parts[0]
	}
	return fmt.Sprintf("%d validation errors detected: %s", len(parts), strings.Join(parts, "; "))
}
