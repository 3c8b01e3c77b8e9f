package iam

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
)

// What the text forms are written of: strings, and
type (
	// object is a map in its order.
	object []field
	// list is a list.
	list []any
	// bare is a number, true, false or null, or an expression that stands as it is.
	bare string
	// call is a function of Terraform around a value.
	call struct {
		name  string
		value any
	}
	// remarked is a value with comments above.
	remarked struct {
		value   any
		remarks []string
	}
)

type field struct {
	name    string
	value   any
	remarks []string
}

// valueOf reads a JSON document; objects keep their order.
func valueOf(document []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	return next(d)
}

func next(d *json.Decoder) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case json.Delim:
		if t == '[' {
			return items(d)
		}
		return fields(d)
	case string:
		return t, nil
	case json.Number:
		return bare(t.String()), nil
	case bool:
		return bare(strconv.FormatBool(t)), nil
	}
	return bare("null"), nil
}

func items(d *json.Decoder) (any, error) {
	out := list{}
	for d.More() {
		v, err := next(d)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	_, err := d.Token()
	return out, err
}

func fields(d *json.Decoder) (any, error) {
	out := object{}
	for d.More() {
		k, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, ok := k.(string)
		if !ok {
			return nil, errors.New("a key is no string")
		}
		v, err := next(d)
		if err != nil {
			return nil, err
		}
		out = append(out, field{name: name, value: v})
	}
	_, err := d.Token()
	return out, err
}

// document is a policy's document, with what a reader wants to know above its statements.
func (p Policy) value() (any, error) {
	raw, err := p.Document()
	if err != nil {
		return nil, err
	}
	v, err := valueOf(raw)
	if err != nil {
		return nil, err
	}
	doc, _ := v.(object)
	for _, f := range doc {
		statements, ok := f.value.(list)
		for i := range statements {
			if ok && i < len(p.Statements) {
				statements[i] = remarked{statements[i], p.Statements[i].remarks()}
			}
		}
	}
	return doc, nil
}

// simple says that a value is written in one line.
func simple(v any) bool {
	switch v := v.(type) {
	case object:
		return len(v) == 0
	case list:
		return len(v) == 0
	case call:
		return simple(v.value)
	case remarked:
		return false
	}
	return true
}
