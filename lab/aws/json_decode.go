package aws

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// decoder fills an SDK struct from parsed input and notes what it did not know.
type decoder struct {
	names      *naming
	interfaces interfaces
	path       []string // where it is, for errors
	unknown    []string
	tagged     bool // as in CBOR: bytes are bytes, and a time is tagged as one
}

// maxUnknown bounds what one request can put into its Call.
const maxUnknown = 16

// decodeJSON fills the struct v from an awsJson 1.1 body. encoding/json alone
// would not do: it knows neither times from numbers nor documents nor unions,
// and it matches names without regard to case. Every error is the caller's:
// the input has not the type that the API says.
func decodeJSON(n *naming, i interfaces, body []byte, v reflect.Value) (unknown []string, err error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, nil // an operation without members may be sent without a body
	}
	parser := json.NewDecoder(bytes.NewReader(body))
	parser.UseNumber()
	var tree any
	if err := parser.Decode(&tree); err != nil {
		return nil, fmt.Errorf("the body is not JSON: %w", err)
	}
	if _, err := parser.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("the body goes on after its JSON value")
	}
	if _, ok := tree.(map[string]any); !ok {
		return nil, fmt.Errorf("the body is %s and must be an object", jsonKind(tree))
	}
	d := &decoder{names: n, interfaces: i}
	if err := d.assign(v, tree); err != nil {
		return d.unknown, fmt.Errorf("%s: %w", d.where(), err)
	}
	return d.unknown, nil
}

func (d *decoder) where() string { return strings.Join(d.path, ".") }

// assign puts x into v. A null is as if it was not sent.
func (d *decoder) assign(v reflect.Value, x any) error {
	if x == nil {
		return nil
	}
	t := v.Type()
	if t == timeType {
		return d.time(v, x)
	}
	switch t.Kind() {
	case reflect.Pointer:
		p := reflect.New(t.Elem())
		if err := d.assign(p.Elem(), x); err != nil {
			return err
		}
		v.Set(p)
		return nil
	case reflect.String:
		s, ok := x.(string)
		if !ok {
			return mismatch(x, "a string")
		}
		v.SetString(s)
		return nil
	case reflect.Bool:
		y, ok := x.(bool)
		if !ok {
			return mismatch(x, "a boolean")
		}
		v.SetBool(y)
		return nil
	case reflect.Int32, reflect.Int64:
		num, _ := x.(json.Number)
		i, err := strconv.ParseInt(string(num), 10, t.Bits())
		if err != nil {
			return mismatch(x, fmt.Sprintf("an integer of %d bits", t.Bits()))
		}
		v.SetInt(i)
		return nil
	case reflect.Float32, reflect.Float64:
		f, ok := number(x)
		if !ok || v.OverflowFloat(f) && !math.IsInf(f, 0) {
			return mismatch(x, "a number")
		}
		v.SetFloat(f)
		return nil
	case reflect.Slice:
		return d.list(v, x)
	case reflect.Map:
		return d.dict(v, x)
	case reflect.Struct:
		return d.object(v, x)
	case reflect.Interface:
		return d.iface(v, x)
	default:
		return fmt.Errorf("a %s cannot be read", t)
	}
}

func (d *decoder) object(v reflect.Value, x any) error {
	m, ok := x.(map[string]any)
	if !ok {
		return mismatch(x, "an object")
	}
	s := d.names.shape(v.Type())
	for _, name := range sortedKeys(m) {
		i, ok := s.byWire[name]
		if !ok {
			d.note(name)
			continue
		}
		if err := d.member(name, v.Field(s.fields[i].index), m[name]); err != nil {
			return err
		}
	}
	return nil
}

// member assigns one level deeper; after an error the path stays where it was met.
func (d *decoder) member(name string, v reflect.Value, x any) error {
	d.path = append(d.path, name)
	if err := d.assign(v, x); err != nil {
		return err
	}
	d.path = d.path[:len(d.path)-1]
	return nil
}

func (d *decoder) note(name string) {
	if len(d.unknown) < maxUnknown {
		d.unknown = append(d.unknown, strings.Join(append(d.path[:len(d.path):len(d.path)], name), "."))
	}
}

func (d *decoder) list(v reflect.Value, x any) error {
	if v.Type() == bytesType {
		return d.bytes(v, x)
	}
	elems, ok := x.([]any)
	if !ok {
		return mismatch(x, "a list")
	}
	out := reflect.MakeSlice(v.Type(), 0, len(elems))
	for i, e := range elems {
		if e == nil {
			continue // the API's lists hold no nulls
		}
		elem := reflect.New(v.Type().Elem()).Elem()
		if err := d.member(strconv.Itoa(i), elem, e); err != nil {
			return err
		}
		out = reflect.Append(out, elem)
	}
	v.Set(out)
	return nil
}

func (d *decoder) bytes(v reflect.Value, x any) error {
	if d.tagged {
		raw, ok := x.(rawBytes)
		if !ok {
			return mismatch(x, "bytes")
		}
		v.SetBytes(raw)
		return nil
	}
	s, ok := x.(string)
	raw, err := base64.StdEncoding.DecodeString(s)
	if !ok || err != nil {
		return mismatch(x, "bytes in base64")
	}
	v.SetBytes(raw)
	return nil
}

func (d *decoder) dict(v reflect.Value, x any) error {
	m, ok := x.(map[string]any)
	if !ok {
		return mismatch(x, "a map")
	}
	out := reflect.MakeMapWithSize(v.Type(), len(m))
	for _, k := range sortedKeys(m) {
		if m[k] == nil {
			continue
		}
		elem := reflect.New(v.Type().Elem()).Elem()
		if err := d.member(k, elem, m[k]); err != nil {
			return err
		}
		out.SetMapIndex(reflect.ValueOf(k).Convert(v.Type().Key()), elem)
	}
	v.Set(out)
	return nil
}

func (d *decoder) iface(v reflect.Value, x any) error {
	if v.Type() == d.interfaces.document {
		content, err := documentValue(x)
		if err != nil {
			return err
		}
		v.Set(reflect.ValueOf(d.interfaces.newDocument(content)))
		return nil
	}
	m, ok := x.(map[string]any)
	if !ok {
		return mismatch(x, "an object with one member")
	}
	var set string
	for _, name := range sortedKeys(m) {
		switch {
		case m[name] == nil:
		case d.interfaces.member(d.names, v.Type(), name) == nil:
			d.note(name)
		case set != "":
			return fmt.Errorf("%q and %q are both set, and only one may be", set, name)
		default:
			set = name
		}
	}
	if set == "" {
		return errors.New("none of its members is set")
	}
	p := reflect.New(d.interfaces.member(d.names, v.Type(), set))
	if err := d.member(set, p.Elem().FieldByName("Value"), m[set]); err != nil {
		return err
	}
	v.Set(p)
	return nil
}

// maxSeconds is the end of the year 9999, the last that AWS's times can say.
const maxSeconds = 253402300799

func (d *decoder) time(v reflect.Value, x any) error {
	var f float64
	var err error
	switch x := x.(type) {
	case epoch:
		f = float64(x)
	case json.Number:
		f, err = x.Float64()
		if d.tagged {
			return mismatch(x, "a time, which has a tag")
		}
	default:
		return mismatch(x, "seconds since 1970")
	}
	if err != nil || math.IsNaN(f) || math.Abs(f) > maxSeconds {
		return mismatch(x, "seconds since 1970")
	}
	v.Set(reflect.ValueOf(time.UnixMilli(int64(math.Round(f * 1000))).UTC()))
	return nil
}

func number(x any) (float64, bool) {
	switch x := x.(type) {
	case json.Number:
		f, err := x.Float64()
		return f, err == nil
	case float64:
		return x, true
	case string:
		switch x {
		case "NaN":
			return math.NaN(), true
		case "Infinity":
			return math.Inf(1), true
		case "-Infinity":
			return math.Inf(-1), true
		}
	}
	return 0, false
}

func mismatch(x any, want string) error {
	return fmt.Errorf("%s cannot be read as %s", jsonKind(x), want)
}

func jsonKind(x any) string {
	switch x := x.(type) {
	case nil:
		return "null"
	case string:
		return "a string"
	case bool:
		return "a boolean"
	case json.Number:
		if len(x) > 32 {
			return "a number"
		}
		return "the number " + string(x)
	case float64:
		return "the number " + strconv.FormatFloat(x, 'g', -1, 64)
	case epoch:
		return "a time"
	case rawBytes:
		return "bytes"
	case []any:
		return "a list"
	default:
		return "an object"
	}
}
