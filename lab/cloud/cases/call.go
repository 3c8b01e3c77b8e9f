package cases

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"

	"sigs.k8s.io/yaml"
)

// Call calls an operation of a client by its name. The input is YAML with the
// members' names in Go; the output is YAML, without what is empty. Each text of
// the input goes through in, each time of the output through at. A body is read
// to its end, and unpacked where it is gzip.
func Call(ctx context.Context, client any, operation, input string, in func(string) string, at func(time.Time) string) (string, error) {
	method := reflect.ValueOf(client).MethodByName(operation)
	if !method.IsValid() {
		return "", fmt.Errorf("%T has no operation %s", client, operation)
	}
	var tree any
	if err := yaml.Unmarshal([]byte(input), &tree); err != nil {
		return "", fmt.Errorf("input of %s: %w", operation, err)
	}
	raw, err := json.Marshal(replaced(tree, in))
	if err != nil {
		return "", fmt.Errorf("input of %s: %w", operation, err)
	}
	arg := reflect.New(method.Type().In(1).Elem())
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if string(raw) != "null" {
		if err := d.Decode(arg.Interface()); err != nil {
			return "", fmt.Errorf("input of %s: %w", operation, err)
		}
	}
	res := method.Call([]reflect.Value{reflect.ValueOf(ctx), arg})
	if err, _ := res[1].Interface().(error); err != nil {
		return "", err
	}
	out := shown(res[0], at)
	if out == nil {
		return "", nil
	}
	b, err := yaml.Marshal(out)
	return string(b), err
}

// replaced has every text of a tree replaced.
func replaced(v any, f func(string) string) any {
	switch x := v.(type) {
	case string:
		return f(x)
	case []any:
		for i := range x {
			x[i] = replaced(x[i], f)
		}
	case map[string]any:
		for k := range x {
			x[k] = replaced(x[k], f)
		}
	}
	return v
}

// shown is an output as a tree of what is not empty; nil if all is.
func shown(v reflect.Value, at func(time.Time) string) any {
	if v.IsValid() && v.CanInterface() {
		switch x := v.Interface().(type) {
		case time.Time:
			return at(x)
		case []byte:
			return string(x)
		case io.ReadCloser:
			return body(x)
		}
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		if k := v.Elem().Kind(); k != reflect.Struct {
			return plain(v.Elem())
		}
		return shown(v.Elem(), at)
	case reflect.Struct:
		m := map[string]any{}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() || f.Name == "ResultMetadata" {
				continue
			}
			if x := shown(v.Field(i), at); x != nil {
				m[f.Name] = x
			}
		}
		if len(m) == 0 {
			return nil
		}
		return m
	case reflect.Slice:
		var list []any
		for i := range v.Len() {
			list = append(list, shown(v.Index(i), at))
		}
		if list == nil {
			return nil
		}
		return list
	case reflect.Map:
		m := map[string]any{}
		for _, k := range v.MapKeys() {
			m[k.String()] = shown(v.MapIndex(k), at)
		}
		if len(m) == 0 {
			return nil
		}
		return m
	default:
		if v.IsZero() {
			return nil
		}
		return plain(v)
	}
}

// plain is a text, a number or a truth, also an empty one that was given.
func plain(v reflect.Value) any {
	switch {
	case v.Kind() == reflect.String:
		return v.String()
	case v.CanInt():
		return v.Int()
	case v.CanFloat():
		return v.Float()
	}
	return v.Interface()
}

func body(r io.ReadCloser) any {
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		return "error: " + err.Error()
	}
	if z, err := gzip.NewReader(bytes.NewReader(b)); err == nil {
		if plain, err := io.ReadAll(z); err == nil {
			return map[string]any{"gzip": strings.Split(strings.TrimSuffix(string(plain), "\n"), "\n")}
		}
	}
	return string(b)
}
