package aws

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"time"
)

// decodeBound fills the members of an input that stand in path, query string and
// headers, after the body was read.
func (d *decoder) decodeBound(r *route, req *request, v reflect.Value) error {
	for member := range r.bound {
		v.FieldByName(member).SetZero() // a body cannot set them
	}
	for _, member := range sortedKeys(req.labels) {
		if err := d.text(member, v.FieldByName(member), req.labels[member]); err != nil {
			return err
		}
	}
	if err := d.queries(r, req, v); err != nil {
		return err
	}
	for _, p := range r.headers {
		values := req.http.Header.Values(p.name)
		if len(values) == 0 {
			continue
		}
		if v.FieldByName(p.member).Kind() == reflect.Slice {
			values = commaParts(values)
		} else if len(values) > 1 {
			return fmt.Errorf("the header %s is given %d times", p.name, len(values))
		}
		if err := d.texts(p.member, v.FieldByName(p.member), values); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) queries(r *route, req *request, v reflect.Value) error {
	if req.broken != nil {
		return fmt.Errorf("the query string cannot be read: %w", req.broken)
	}
	known := map[string]string{}
	for _, p := range r.queries {
		known[p.name] = p.member
	}
	for _, name := range sortedKeys(req.form) {
		member, ok := known[name]
		if !ok {
			// SDKs of S3 repeat the operation's name in x-id, for logs.
			if _, fixed := r.fixed[name]; !fixed && name != "x-id" {
				d.note(name)
			}
			continue
		}
		fv, values := v.FieldByName(member), req.form[name]
		if fv.Kind() != reflect.Slice && len(values) > 1 {
			return fmt.Errorf("the parameter %q is given %d times", clip(name), len(values))
		}
		if err := d.texts(member, fv, values); err != nil {
			return err
		}
	}
	return nil
}

// texts assigns one value, or each of a list.
func (d *decoder) texts(member string, v reflect.Value, values []string) error {
	if v.Kind() != reflect.Slice {
		return d.text(member, v, values[0])
	}
	out := reflect.MakeSlice(v.Type(), len(values), len(values))
	for i, s := range values {
		if err := d.text(member, out.Index(i), s); err != nil {
			return err
		}
	}
	v.Set(out)
	return nil
}

func (d *decoder) text(member string, v reflect.Value, s string) error {
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	d.path = append(d.path[:0], member)
	if v.Type() == timeType {
		if at, err := http.ParseTime(s); err == nil { // in headers
			v.Set(reflect.ValueOf(at.UTC()))
			return nil
		}
	}
	if err := fromText(v, s); err != nil {
		return err
	}
	d.path = d.path[:0]
	return nil
}

func commaParts(values []string) []string {
	var out []string
	for _, v := range values {
		for part := range strings.SplitSeq(v, ",") {
			out = append(out, strings.TrimSpace(part))
		}
	}
	return out
}

// boundHeaders are the members of an output that stand in the answer's headers.
func boundHeaders(r *route, out reflect.Value) (http.Header, error) {
	head := http.Header{}
	for _, p := range r.outs {
		v := out.FieldByName(p.member)
		if p.name == "-" || absent(v) {
			continue
		}
		if v = reflect.Indirect(v); v.Kind() == reflect.Map {
			prefix, ok := strings.CutSuffix(p.name, "*")
			if !ok {
				return nil, errors.New(p.member + " is a map and has no prefix of headers")
			}
			for _, k := range sortedValues(v) {
				head.Set(prefix+k.String(), v.MapIndex(k).String())
			}
			continue
		}
		text, ok := textOf(v)
		if !ok {
			return nil, fmt.Errorf("%s: a %s cannot be written into a header", p.member, v.Type())
		}
		if v.Type() == timeType && !strings.HasPrefix(strings.ToLower(p.name), "x-amz-") {
			text = v.Interface().(time.Time).UTC().Format(http.TimeFormat)
		}
		head.Set(p.name, text)
	}
	return head, nil
}
