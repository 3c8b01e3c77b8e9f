package cloud

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// violations are what an input has against the constraints of its operation, in
// the words of AWS's own validation; "" if nothing.
func violations(all []constraint, in any) string {
	var out []string
	v := reflect.ValueOf(in)
	for _, c := range all {
		walk(v, c.path, "", func(v reflect.Value, at string) {
			out = append(out, c.broken(v, at)...)
		})
	}
	switch len(out) {
	case 0:
		return ""
	case 1:
		return "1 validation error detected: " + out[0]
	}
	return fmt.Sprintf("%d validation errors detected: %s", len(out), strings.Join(out, "; "))
}

// walk calls each with every value that a path leads to, and its place in wire
// names. What is nil or left out has no value.
func walk(v reflect.Value, path, at string, each func(reflect.Value, string)) {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return
		}
		v = v.Elem()
	}
	switch {
	case path == "":
		if v.Kind() != reflect.String || v.Len() > 0 || !enumerated(v) {
			each(v, at)
		}
	case strings.HasPrefix(path, "[]"):
		for i := range v.Len() {
			walk(v.Index(i), path[2:], at+"."+strconv.Itoa(i+1)+".member", each)
		}
	case path == "{key}", path == "{value}":
		m, ok := v.Interface().(map[string]string)
		if !ok {
			return
		}
		for _, k := range slices.Sorted(maps.Keys(m)) {
			if path == "{key}" {
				each(reflect.ValueOf(k), at+".map-key")
			} else {
				each(reflect.ValueOf(m[k]), at+"."+k+".member")
			}
		}
	default:
		path = strings.TrimPrefix(path, ".")
		end := strings.IndexAny(path, ".[{")
		if end < 0 {
			end = len(path)
		}
		f := v.FieldByName(path[:end])
		if f.IsValid() {
			walk(f, path[end:], strings.TrimPrefix(at+"."+lowerFirst(path[:end]), "."), each)
		}
	}
}

// enumerated says of a text that it is of one of the SDK's enums, in which empty
// means left out.
func enumerated(v reflect.Value) bool { return v.Type() != reflect.TypeFor[string]() }

func lowerFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(r)) + s[n:]
}

// broken is what a value has against a rule.
func (r rule) broken(v reflect.Value, at string) (out []string) {
	var size int64
	what, shown := "length", ""
	switch v.Kind() {
	case reflect.String:
		size, shown = int64(utf8.RuneCountInString(v.String())), v.String()
	case reflect.Slice, reflect.Map:
		size, shown = int64(v.Len()), fmt.Sprintf("[%d]", v.Len())
		if v.IsNil() {
			return nil
		}
	case reflect.Int32, reflect.Int64:
		size, what, shown = v.Int(), "value", strconv.FormatInt(v.Int(), 10)
	default:
		return nil
	}
	say := func(format string, args ...any) {
		out = append(out, fmt.Sprintf("Value '%s' at '%s' failed to satisfy constraint: Member must %s", shown, at, fmt.Sprintf(format, args...)))
	}
	if r.bounded && size > r.max {
		say("have %s less than or equal to %d", what, r.max)
	}
	if r.bounded && size < r.min {
		say("have %s greater than or equal to %d", what, r.min)
	}
	if r.pattern != nil && !r.pattern.MatchString(v.String()) {
		pattern := r.shown
		if pattern == "" {
			pattern = r.pattern.String()
		}
		say("satisfy regular expression pattern: %s", pattern)
	}
	if r.enum != nil && !slices.Contains(r.enum, v.String()) {
		say("satisfy enum value set: [%s]", strings.Join(r.enum, ", "))
	}
	return out
}
