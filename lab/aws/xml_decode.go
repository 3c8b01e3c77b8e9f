package aws

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// element is a node of a parsed XML body.
type element struct {
	name     string
	text     strings.Builder // comments may cut it into very many pieces
	children []*element
}

const maxXMLDepth = 64

// parseXML reads one document.
func parseXML(body []byte) (*element, error) {
	dec := xml.NewDecoder(bytes.NewReader(body))
	top := &element{}
	open := []*element{top}
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		last := open[len(open)-1]
		switch t := tok.(type) {
		case xml.StartElement:
			if len(open) > maxXMLDepth {
				return nil, fmt.Errorf("it is nested deeper than %d", maxXMLDepth)
			}
			e := &element{name: t.Name.Local}
			last.children = append(last.children, e)
			open = append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			last.text.Write(t)
		case xml.Directive:
			return nil, errors.New("a document type is not allowed")
		}
	}
	if len(top.children) != 1 || strings.TrimSpace(top.text.String()) != "" {
		return nil, errors.New("there must be one root element")
	}
	return top.children[0], nil
}

// decodeXML fills the struct v from a restXml body. Unknown elements are errors:
// Route 53 holds bodies against a schema.
func (d *decoder) decodeXML(r *route, body []byte, v reflect.Value) error {
	root, err := parseXML(body)
	if err != nil {
		return err
	}
	if root.name != r.body {
		return fmt.Errorf("the root element is '%s', and %s is expected", clip(root.name), r.body)
	}
	return d.fromElement(v, root)
}

func (d *decoder) fromElement(v reflect.Value, e *element) error {
	t := v.Type()
	switch {
	case t.Kind() == reflect.Pointer:
		p := reflect.New(t.Elem())
		if err := d.fromElement(p.Elem(), e); err != nil {
			return err
		}
		v.Set(p)
		return nil
	case t.Kind() == reflect.Struct && t != timeType:
		return d.fromElements(v, e)
	case t.Kind() == reflect.Slice && t != bytesType:
		return errors.New("a list of lists cannot be read")
	case len(e.children) > 0:
		return fmt.Errorf("it has elements inside, such as '%s', and is a single value", clip(e.children[0].name))
	case t.Kind() == reflect.String:
		v.SetString(e.text.String())
		return nil
	default:
		return fromText(v, strings.TrimSpace(e.text.String()))
	}
}

func (d *decoder) fromElements(v reflect.Value, e *element) error {
	s := d.names.shape(v.Type())
	seen := map[string]bool{}
	for _, child := range e.children {
		i, ok := s.byWire[child.name]
		if !ok {
			return fmt.Errorf("content was found that starts with element '%s'", clip(child.name))
		}
		f := s.fields[i]
		if seen[child.name] && !f.flat {
			return fmt.Errorf("element '%s' is there twice", clip(child.name))
		}
		seen[child.name] = true
		if err := d.memberElement(f, v.Field(f.index), child); err != nil {
			return err
		}
	}
	if strings.TrimSpace(e.text.String()) != "" {
		return errors.New("it has text between its elements")
	}
	return nil
}

func (d *decoder) memberElement(f field, v reflect.Value, e *element) error {
	d.path = append(d.path, f.wire)
	switch {
	case f.typ.Kind() != reflect.Slice || f.typ == bytesType:
		if err := d.fromElement(v, e); err != nil {
			return err
		}
	case f.flat:
		if err := d.appendElement(v, e); err != nil {
			return err
		}
	default:
		v.Set(reflect.MakeSlice(f.typ, 0, len(e.children)))
		for _, child := range e.children {
			if child.name != f.item {
				return fmt.Errorf("element '%s' stands where %s is expected", clip(child.name), f.item)
			}
			if err := d.appendElement(v, child); err != nil {
				return err
			}
		}
	}
	d.path = d.path[:len(d.path)-1]
	return nil
}

func (d *decoder) appendElement(v reflect.Value, e *element) error {
	elem := reflect.New(v.Type().Elem()).Elem()
	if err := d.fromElement(elem, e); err != nil {
		return err
	}
	v.Set(reflect.Append(v, elem))
	return nil
}
