package aws

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// appendXMLMembers writes the members of an SDK struct as XML elements. Members
// that are not set are left out, an empty list that is set stays as an empty
// element. The same value gives the same bytes.
func appendXMLMembers(b *bytes.Buffer, n *naming, v reflect.Value) error {
	for _, f := range n.shape(v.Type()).fields {
		if err := appendXMLMember(b, n, f, v.Field(f.index)); err != nil {
			return fmt.Errorf("%s: %w", f.wire, err)
		}
	}
	return nil
}

func appendXMLMember(b *bytes.Buffer, n *naming, f field, v reflect.Value) error {
	if absent(v) {
		return nil
	}
	if !f.flat {
		return appendXML(b, n, f, f.wire, v)
	}
	for i := range v.Len() {
		if err := appendXML(b, n, f, f.wire, v.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

func appendXML(b *bytes.Buffer, n *naming, f field, name string, v reflect.Value) error {
	v = reflect.Indirect(v)
	if !v.IsValid() {
		return nil
	}
	b.WriteString("<" + name + ">")
	if text, ok := textOf(v); ok {
		if err := xml.EscapeText(b, []byte(text)); err != nil {
			return err
		}
	} else if err := appendXMLContent(b, n, f, v); err != nil {
		return err
	}
	b.WriteString("</" + name + ">")
	return nil
}

func appendXMLContent(b *bytes.Buffer, n *naming, f field, v reflect.Value) error {
	switch v.Kind() {
	case reflect.Struct:
		return appendXMLMembers(b, n, v)
	case reflect.Slice:
		for i := range v.Len() {
			if err := appendXML(b, n, f, f.item, v.Index(i)); err != nil {
				return err
			}
		}
		return nil
	case reflect.Map:
		for _, k := range sortedValues(v) {
			b.WriteString("<entry>")
			appendText(b, "key", k.String())
			if err := appendXML(b, n, f, "value", v.MapIndex(k)); err != nil {
				return err
			}
			b.WriteString("</entry>")
		}
		return nil
	case reflect.Interface:
		member := reflect.Indirect(v.Elem())
		if member.Kind() != reflect.Struct || memberName(member.Type()) == "" {
			return fmt.Errorf("a %s is not a member of the union %s", v.Elem().Type(), v.Type())
		}
		return appendXML(b, n, f, n.unionName(member.Type()), member.FieldByName("Value"))
	default:
		return fmt.Errorf("a %s cannot be written as XML", v.Type())
	}
}

// sortedValues are the keys of a map of strings, in order.
func sortedValues(m reflect.Value) []reflect.Value {
	keys := m.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	return keys
}

// textOf is a single value as XML, query strings and headers write it.
func textOf(v reflect.Value) (string, bool) {
	switch {
	case v.Type() == timeType:
		return v.Interface().(time.Time).UTC().Format("2006-01-02T15:04:05.000Z"), true
	case v.Type() == bytesType:
		return base64.StdEncoding.EncodeToString(v.Bytes()), true
	}
	switch v.Kind() {
	case reflect.String:
		return v.String(), true
	case reflect.Bool:
		return strconv.FormatBool(v.Bool()), true
	case reflect.Int32, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10), true
	case reflect.Float32, reflect.Float64:
		return floatText(v.Float(), v.Type().Bits()), true
	default:
		return "", false
	}
}

// floatText names what is not a number as AWS does.
func floatText(f float64, bits int) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	return strconv.FormatFloat(f, 'g', -1, bits)
}
