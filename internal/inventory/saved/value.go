package saved

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/tranship/tranship/internal/inventory"
	"github.com/tranship/tranship/internal/names"
)

// object is a JSON object. Numbers are json.Number, so that none changes on the way.
type object = map[string]any

// decode reads one JSON value and nothing behind it, without what is null.
func decode(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("%w: %w", names.ErrInvalid, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: there is more behind the JSON value", names.ErrInvalid)
	}
	return withoutNull(v), nil
}

// withoutNull takes out what is there and not set.
func withoutNull(v any) any {
	switch v := v.(type) {
	case object:
		maps.DeleteFunc(v, func(_ string, one any) bool { return one == nil })
		for k := range v {
			v[k] = withoutNull(v[k])
		}
	case []any:
		for i := range v {
			v[i] = withoutNull(v[i])
		}
	}
	return v
}

// documentOf is the value's JSON, keys in order.
func documentOf(v any) (inventory.Document, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("write a document: %w", err)
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

// text is a field that is a text, or a number that stands for one; "" otherwise.
func text(o object, key string) string { return scalar(o[key]) }

func scalar(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// number is a field that is a whole number, or a text that stands for one; 0 otherwise.
func number(o object, key string) int {
	n, err := strconv.ParseInt(text(o, key), 10, 32)
	if err != nil {
		return 0
	}
	return int(n)
}

// child is a field that is an object, nil otherwise.
func child(o object, key string) object {
	c, _ := o[key].(object)
	return c
}

// children are the objects of a field that is a list.
func children(o object, key string) []object {
	list, _ := o[key].([]any)
	var all []object
	for _, v := range list {
		if c, ok := v.(object); ok {
			all = append(all, c)
		}
	}
	return all
}

// texts are the texts of a field that is a list.
func texts(o object, key string) []string {
	list, _ := o[key].([]any)
	var all []string
	for _, v := range list {
		if s := scalar(v); s != "" {
			all = append(all, s)
		}
	}
	return all
}

// set puts a field in where there is none yet.
func set(o object, key string, v any) {
	if _, ok := o[key]; !ok {
		o[key] = v
	}
}

// walk meets every value of a document with its path, parents first, in order. Where
// meet says no, what is below is left out.
func walk(v any, path string, meet func(path string, v any) bool) {
	if !meet(path, v) {
		return
	}
	switch v := v.(type) {
	case object:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			walk(v[k], strings.TrimPrefix(path+"."+k, "."), meet)
		}
	case []any:
		for i := range v {
			walk(v[i], path+"["+strconv.Itoa(i)+"]", meet)
		}
	}
}
