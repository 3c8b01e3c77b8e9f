package aws

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"reflect"
	"strconv"
	"time"
)

// appendXMLMembers writes the members of an SDK struct as XML elements. item is
// the name of a list's elements. Members that are not set are left out, an empty
// list that is set stays as an empty element.
func appendXMLMembers(b *bytes.Buffer, n *naming, item string, v reflect.Value) error {
	for _, f := range n.shape(v.Type()).fields {
		fv := v.Field(f.index)
		if absent(fv) {
			continue
		}
		if err := appendXML(b, n, item, f.wire, fv); err != nil {
			return fmt.Errorf("%s: %w", f.wire, err)
		}
	}
	return nil
}

func appendXML(b *bytes.Buffer, n *naming, item, name string, v reflect.Value) error {
	v = reflect.Indirect(v)
	if !v.IsValid() {
		return nil
	}
	b.WriteString("<" + name + ">")
	switch {
	case v.Type() == timeType:
		b.WriteString(v.Interface().(time.Time).UTC().Format("2006-01-02T15:04:05.000Z"))
	case v.Type() == bytesType:
		b.WriteString(base64.StdEncoding.EncodeToString(v.Bytes()))
	default:
		if err := appendXMLContent(b, n, item, v); err != nil {
			return err
		}
	}
	b.WriteString("</" + name + ">")
	return nil
}

func appendXMLContent(b *bytes.Buffer, n *naming, item string, v reflect.Value) error {
	switch v.Kind() {
	case reflect.Struct:
		return appendXMLMembers(b, n, item, v)
	case reflect.Slice:
		for i := range v.Len() {
			if err := appendXML(b, n, item, item, v.Index(i)); err != nil {
				return err
			}
		}
		return nil
	case reflect.String:
		return xml.EscapeText(b, []byte(v.String()))
	case reflect.Bool:
		b.WriteString(strconv.FormatBool(v.Bool()))
	case reflect.Int32, reflect.Int64:
		b.WriteString(strconv.FormatInt(v.Int(), 10))
	case reflect.Float32, reflect.Float64:
		b.WriteString(strconv.FormatFloat(v.Float(), 'g', -1, v.Type().Bits()))
	default:
		return fmt.Errorf("a %s cannot be written as XML", v.Type())
	}
	return nil
}
