package read

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tranship/tranship/internal/inventory"
)

// spelling is how a service writes the names of its fields in JSON, from the SDK's.
type spelling func(field string) string

// lower is the spelling of ECS: taskDefinitionArn. The SDK makes the first letter of
// the model's names large, and changes nothing else.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskDefinition.html
func lower(field string) string {
	first, n := utf8.DecodeRuneInString(field)
	return string(unicode.ToLower(first)) + field[n:]
}

// upper is the spelling of Application Auto Scaling, EC2 and Elastic Load Balancing.
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_ScalableTarget.html
func upper(field string) string { return field }

// document is an object of the SDK as the aws CLI prints it, but without what is not
// set: no pointer, no list, or the zero of a field that can't say that it is unset.
// Times are RFC 3339 in UTC. Keys are in order.
func document(v any, name spelling) (inventory.Document, error) {
	plain, _, err := plainOf(reflect.ValueOf(v), name)
	if err != nil {
		return nil, fmt.Errorf("write %T as JSON: %w", v, err)
	}
	return encode(plain)
}

func encode(plain any) (inventory.Document, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(plain); err != nil {
		return nil, fmt.Errorf("write a document: %w", err)
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

// opaque is what AWS models as a document of any shape.
type opaque interface {
	MarshalSmithyDocument() ([]byte, error)
}

// plainOf turns a value into maps, lists and scalars; set is false for what is not there.
func plainOf(v reflect.Value, name spelling) (plain any, set bool, err error) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil, false, nil
		}
		if o, ok := v.Interface().(opaque); ok {
			data, err := o.MarshalSmithyDocument()
			if err != nil {
				return nil, false, err
			}
			return json.RawMessage(data), true, nil
		}
		if member, value, ok := unionOf(v); ok {
			plain, set, err := plainOf(value, name)
			if err == nil && !set {
				plain = value.Interface()
			}
			return map[string]any{name(member): plain}, true, err
		}
		plain, set, err = plainOf(v.Elem(), name)
		if err == nil && !set {
			plain, set = v.Elem().Interface(), true // a pointer to 0 is set
		}
		return plain, set, err
	case reflect.Struct:
		if t, ok := v.Interface().(time.Time); ok {
			return t.UTC().Format(time.RFC3339Nano), !t.IsZero(), nil
		}
		fields, err := fieldsOf(v, name)
		return fields, true, err
	case reflect.Slice:
		if v.IsNil() {
			return nil, false, nil
		}
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return v.Bytes(), true, nil
		}
		list := make([]any, 0, v.Len())
		for i := range v.Len() {
			one, set, err := plainOf(v.Index(i), name)
			if err != nil {
				return nil, false, err
			}
			if !set {
				one = v.Index(i).Interface() // an empty word of a list is a word
			}
			list = append(list, one)
		}
		return list, true, nil
	case reflect.Map:
		if v.IsNil() {
			return nil, false, nil
		}
		all := make(map[string]any, v.Len())
		for it := v.MapRange(); it.Next(); {
			one, set, err := plainOf(it.Value(), name)
			if err != nil {
				return nil, false, err
			}
			if !set {
				one = it.Value().Interface()
			}
			all[it.Key().String()] = one
		}
		return all, true, nil
	case reflect.String, reflect.Bool, reflect.Int32, reflect.Int64, reflect.Int, reflect.Float32, reflect.Float64:
		return v.Interface(), !v.IsZero(), nil
	}
	return nil, false, fmt.Errorf("it has a %s, which no model of AWS has", v.Type())
}

// unionOf is the member of a union that is set, and its value. The SDK makes a type of
// each, such as SharingStrategyMemberNvidiaMps.
func unionOf(v reflect.Value) (member string, value reflect.Value, ok bool) {
	if v.Kind() != reflect.Interface || v.Elem().Kind() != reflect.Pointer || v.Elem().IsNil() {
		return "", value, false
	}
	of := v.Elem().Elem()
	member, ok = strings.CutPrefix(of.Type().Name(), v.Type().Name()+"Member")
	if !ok || of.Kind() != reflect.Struct {
		return "", value, false
	}
	value = of.FieldByName("Value")
	return member, value, value.IsValid()
}

// fieldsOf are the fields of a struct that are set.
func fieldsOf(v reflect.Value, name spelling) (map[string]any, error) {
	fields := map[string]any{}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Anonymous { // its fields are ours
			inner, err := fieldsOf(v.Field(i), name)
			if err != nil {
				return nil, err
			}
			maps.Copy(fields, inner)
			continue
		}
		if !f.IsExported() {
			continue
		}
		one, set, err := plainOf(v.Field(i), name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		if set {
			fields[name(f.Name)] = one
		}
	}
	return fields, nil
}
