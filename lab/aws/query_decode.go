package aws

import (
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// param is a node of the tree that dotted parameter names spell:
// Filter.1.Value.2=x.
type param struct {
	value    string
	set      bool
	children map[string]*param
}

const (
	maxParams     = 4096
	maxParamDepth = 16
)

func paramTree(form url.Values) (*param, error) {
	if len(form) > maxParams {
		return nil, fmt.Errorf("%d parameters are more than the %d allowed", len(form), maxParams)
	}
	root := &param{}
	for _, name := range sortedKeys(form) {
		if name == "Action" || name == "Version" {
			continue
		}
		parts := strings.Split(name, ".")
		if len(parts) > maxParamDepth {
			return nil, fmt.Errorf("the parameter %q is nested too deep", name)
		}
		if len(form[name]) > 1 {
			return nil, fmt.Errorf("the parameter %q is given %d times", name, len(form[name]))
		}
		node := root
		for _, p := range parts {
			if node.children == nil {
				node.children = map[string]*param{}
			}
			if node.children[p] == nil {
				node.children[p] = &param{}
			}
			node = node.children[p]
		}
		node.value, node.set = form[name][0], true
	}
	return root, nil
}

// decodeQuery fills the struct v from the parameters of an awsQuery or ec2Query request.
func decodeQuery(n *naming, i interfaces, form url.Values, v reflect.Value) (unknown []string, err error) {
	root, err := paramTree(form)
	if err != nil {
		return nil, err
	}
	d := &decoder{names: n, interfaces: i}
	if err := d.fromParam(v, root); err != nil {
		return d.unknown, fmt.Errorf("%s: %w", d.where(), err)
	}
	return d.unknown, nil
}

func (d *decoder) fromParam(v reflect.Value, p *param) error {
	t := v.Type()
	switch {
	case t.Kind() == reflect.Pointer:
		elem := reflect.New(t.Elem())
		if err := d.fromParam(elem.Elem(), p); err != nil {
			return err
		}
		v.Set(elem)
		return nil
	case t.Kind() == reflect.Struct && t != timeType:
		s := d.names.shape(t)
		for _, name := range sortedKeys(p.children) {
			i, ok := s.byWire[name]
			if !ok {
				d.note(name)
				continue
			}
			if err := d.memberParam(name, v.Field(s.fields[i].index), p.children[name]); err != nil {
				return err
			}
		}
		return nil
	case t.Kind() == reflect.Slice && t != bytesType:
		return d.paramList(v, p)
	case t.Kind() == reflect.Map:
		return d.paramMap(v, p)
	case t.Kind() == reflect.Interface:
		return d.paramUnion(v, p)
	case !p.set:
		return errors.New("it has parts, but is a single value")
	default:
		return fromText(v, p.value)
	}
}

func (d *decoder) memberParam(name string, v reflect.Value, p *param) error {
	d.path = append(d.path, name)
	if err := d.fromParam(v, p); err != nil {
		return err
	}
	d.path = d.path[:len(d.path)-1]
	return nil
}

// paramList reads X.1, X.2, … and X.member.1, …; the numbers give the order.
func (d *decoder) paramList(v reflect.Value, p *param) error {
	if m := p.children["member"]; m != nil && len(p.children) == 1 {
		p = m
	}
	at, err := places(p)
	if err != nil {
		return err
	}
	out := reflect.MakeSlice(v.Type(), 0, len(at))
	for _, i := range at {
		elem := reflect.New(v.Type().Elem()).Elem()
		k := strconv.Itoa(i)
		if err := d.memberParam(k, elem, p.children[k]); err != nil {
			return err
		}
		out = reflect.Append(out, elem)
	}
	v.Set(out)
	return nil
}

// paramMap reads X.entry.1.key and X.entry.1.value, ….
func (d *decoder) paramMap(v reflect.Value, p *param) error {
	at, err := places(p.children["entry"])
	if err != nil {
		return err
	}
	out := reflect.MakeMapWithSize(v.Type(), len(at))
	for _, i := range at {
		entry := p.children["entry"].children[strconv.Itoa(i)]
		key, elem := entry.children["key"], reflect.New(v.Type().Elem()).Elem()
		if key == nil || !key.set || entry.children["value"] == nil {
			return fmt.Errorf("entry %d has no key or no value", i)
		}
		if err := d.memberParam(key.value, elem, entry.children["value"]); err != nil {
			return err
		}
		out.SetMapIndex(reflect.ValueOf(key.value).Convert(v.Type().Key()), elem)
	}
	v.Set(out)
	return nil
}

// paramUnion reads the one member of a union that is set.
func (d *decoder) paramUnion(v reflect.Value, p *param) error {
	if len(p.children) != 1 {
		return fmt.Errorf("%d of its members are set, and one must be", len(p.children))
	}
	for name, child := range p.children {
		t := d.interfaces.member(d.names, v.Type(), name)
		if t == nil {
			return fmt.Errorf("%q is none of its members", clip(name))
		}
		member := reflect.New(t)
		if err := d.memberParam(name, member.Elem().FieldByName("Value"), child); err != nil {
			return err
		}
		v.Set(member)
	}
	return nil
}

// places are the numbers of a list's elements in order.
func places(p *param) ([]int, error) {
	if p == nil {
		return nil, nil
	}
	var at []int
	for _, k := range sortedKeys(p.children) {
		i, err := strconv.Atoi(k)
		if err != nil || i < 1 || strconv.Itoa(i) != k {
			return nil, fmt.Errorf("%q is not the place of an element: they count from 1", clip(k))
		}
		at = append(at, i)
	}
	sort.Ints(at)
	return at, nil
}

func fromText(v reflect.Value, s string) error {
	bad := func(want string) error { return fmt.Errorf("%q cannot be read as %s", clip(s), want) }
	if v.Type() == timeType {
		t, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			return bad("a time (RFC 3339)")
		}
		v.Set(reflect.ValueOf(t.UTC()))
		return nil
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Bool:
		if s != "true" && s != "false" {
			return bad("a boolean")
		}
		v.SetBool(s == "true")
	case reflect.Int32, reflect.Int64:
		i, err := strconv.ParseInt(s, 10, v.Type().Bits())
		if err != nil {
			return bad("an integer")
		}
		v.SetInt(i)
	case reflect.Float32, reflect.Float64:
		f, err := strconv.ParseFloat(s, v.Type().Bits())
		if err != nil {
			return bad("a number")
		}
		v.SetFloat(f)
	default:
		return fmt.Errorf("a %s cannot be read from a parameter", v.Type())
	}
	return nil
}

// clip keeps a foreign text short enough for a message, and makes it UTF-8.
func clip(s string) string {
	const most = 64
	if len(s) > most {
		n := most
		for n > most-utf8.UTFMax && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n] + "…"
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
