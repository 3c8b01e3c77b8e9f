package aws

import (
	"encoding/base64"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"

	smithydocument "github.com/aws/smithy-go/document"
)

// encodeJSON writes an SDK struct as awsJson 1.1: members that are not set are
// left out, an empty list or map that is set stays, plain numbers and booleans
// are always there. The same value gives the same bytes.
func encodeJSON(n *naming, v reflect.Value) ([]byte, error) {
	return appendJSON(make([]byte, 0, 1024), n, v)
}

func appendJSON(b []byte, n *naming, v reflect.Value) ([]byte, error) {
	switch v.Kind() {
	case reflect.Pointer:
		return appendJSON(b, n, v.Elem())
	case reflect.String:
		return appendString(b, v.String()), nil
	case reflect.Bool:
		return strconv.AppendBool(b, v.Bool()), nil
	case reflect.Int32, reflect.Int64:
		return strconv.AppendInt(b, v.Int(), 10), nil
	case reflect.Float32, reflect.Float64:
		return appendFloat(b, v.Float(), v.Type().Bits()), nil
	case reflect.Slice:
		if v.Type() == bytesType {
			return appendString(b, base64.StdEncoding.EncodeToString(v.Bytes())), nil
		}
		return appendList(b, n, v)
	case reflect.Map:
		return appendMap(b, n, v)
	case reflect.Interface:
		return appendInterface(b, n, v)
	case reflect.Struct:
		if v.Type() == timeType {
			return appendTime(b, v.Interface().(time.Time)), nil
		}
		return appendObject(b, n, v)
	default:
		return nil, fmt.Errorf("a %s cannot be written as JSON", v.Type())
	}
}

func appendObject(b []byte, n *naming, v reflect.Value) ([]byte, error) {
	b = append(b, '{')
	comma := false
	for _, f := range n.shape(v.Type()).fields {
		fv := v.Field(f.index)
		if absent(fv) {
			continue
		}
		if comma {
			b = append(b, ',')
		}
		comma = true
		b = append(appendString(b, f.wire), ':')
		var err error
		if b, err = appendJSON(b, n, fv); err != nil {
			return nil, fmt.Errorf("%s: %w", f.wire, err)
		}
	}
	return append(b, '}'), nil
}

// absent tells whether a member is left out: nil, or an enum that is not set.
func absent(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
		return v.IsNil()
	case reflect.String:
		return v.Len() == 0
	default:
		return false
	}
}

func appendList(b []byte, n *naming, v reflect.Value) ([]byte, error) {
	b = append(b, '[')
	for i := range v.Len() {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendElement(b, n, v.Index(i)); err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
	}
	return append(b, ']'), nil
}

func appendMap(b []byte, n *naming, v reflect.Value) ([]byte, error) {
	b = append(b, '{')
	for i, k := range sortedValues(v) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, k.String()), ':')
		var err error
		if b, err = appendElement(b, n, v.MapIndex(k)); err != nil {
			return nil, fmt.Errorf("key %q: %w", k.String(), err)
		}
	}
	return append(b, '}'), nil
}

// appendElement writes what stands in a list or a map, where a nil has a place.
func appendElement(b []byte, n *naming, v reflect.Value) ([]byte, error) {
	if v.Kind() != reflect.String && absent(v) {
		return append(b, "null"...), nil
	}
	return appendJSON(b, n, v)
}

func appendInterface(b []byte, n *naming, v reflect.Value) ([]byte, error) {
	if m, ok := v.Interface().(smithydocument.Marshaler); ok {
		doc, err := m.MarshalSmithyDocument()
		if err != nil {
			return nil, fmt.Errorf("document: %w", err)
		}
		return append(b, doc...), nil
	}
	// A union: an object with the one member that is set.
	member := reflect.Indirect(v.Elem())
	if member.Kind() != reflect.Struct || memberName(member.Type()) == "" {
		return nil, fmt.Errorf("a %s is not a member of the union %s", v.Elem().Type(), v.Type())
	}
	b = append(b, '{')
	b = append(appendString(b, n.unionName(member.Type())), ':')
	b, err := appendJSON(b, n, member.FieldByName("Value"))
	if err != nil {
		return nil, err
	}
	return append(b, '}'), nil
}

// appendTime writes seconds since 1970 with three decimals.
func appendTime(b []byte, t time.Time) []byte {
	ms := t.UnixMilli()
	if ms < 0 {
		b, ms = append(b, '-'), -ms
	}
	b = strconv.AppendInt(b, ms/1000, 10)
	frac := ms % 1000
	return append(b, '.', byte('0'+frac/100), byte('0'+frac/10%10), byte('0'+frac%10))
}

func appendFloat(b []byte, f float64, bits int) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(b, `"-Infinity"`...)
	}
	return strconv.AppendFloat(b, f, 'g', -1, bits)
}

const hexDigits = "0123456789abcdef"

func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			b = utf8.AppendRune(b, r) // U+FFFD for what is not UTF-8
			i += n
			continue
		}
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < 0x20 || c == 0x7f:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		default:
			b = append(b, c)
		}
		i++
	}
	return append(b, '"')
}
