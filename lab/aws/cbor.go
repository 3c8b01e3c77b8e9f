package aws

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"
)

// What a tree from CBOR holds beside JSON's kinds.
type (
	rawBytes []byte  // a byte string
	epoch    float64 // seconds since 1970, tagged as a time
)

// decodeCBOR fills the struct v from a body of RPC v2. It goes by the same rules
// as decodeJSON, but bytes are bytes and times are tagged.
func decodeCBOR(n *naming, i interfaces, body []byte, v reflect.Value) (unknown []string, err error) {
	if len(body) == 0 {
		return nil, nil // an operation without members may be sent without a body
	}
	if err := checkCBOR(body); err != nil {
		return nil, err
	}
	value, err := cbor.Decode(body)
	if err != nil {
		return nil, fmt.Errorf("the body is not CBOR: %w", err)
	}
	tree, err := cborTree(value)
	if err != nil {
		return nil, err
	}
	if _, ok := tree.(map[string]any); !ok {
		return nil, fmt.Errorf("the body is %s and must be an object", jsonKind(tree))
	}
	d := &decoder{names: n, interfaces: i, tagged: true}
	if err := d.assign(v, tree); err != nil {
		return d.unknown, fmt.Errorf("%s: %w", d.where(), err)
	}
	return d.unknown, nil
}

// cborTree turns CBOR values into the tree that the decoder reads.
func cborTree(v cbor.Value) (any, error) {
	switch v := v.(type) {
	case cbor.Uint:
		return json.Number(strconv.FormatUint(uint64(v), 10)), nil
	case cbor.NegInt: // the number is -1-v on the wire, and v holds 1+v
		if v == 0 {
			return nil, errors.New("a negative number is too large")
		}
		return json.Number("-" + strconv.FormatUint(uint64(v), 10)), nil
	case cbor.Slice:
		return rawBytes(v), nil
	case cbor.String:
		return string(v), nil
	case cbor.Bool:
		return bool(v), nil
	case cbor.Float32:
		return float64(v), nil
	case cbor.Float64:
		return float64(v), nil
	case cbor.List:
		out := make([]any, len(v))
		for i := range v {
			var err error
			if out[i], err = cborTree(v[i]); err != nil {
				return nil, err
			}
		}
		return out, nil
	case cbor.Map:
		out := make(map[string]any, len(v))
		for _, k := range sortedKeys(v) {
			var err error
			if out[k], err = cborTree(v[k]); err != nil {
				return nil, err
			}
		}
		return out, nil
	case *cbor.Tag:
		return cborTime(v)
	case *cbor.Nil, *cbor.Undefined:
		return nil, nil
	default:
		return nil, fmt.Errorf("a %T cannot be read", v)
	}
}

func cborTime(t *cbor.Tag) (any, error) {
	if t.ID != 1 {
		return nil, fmt.Errorf("the tag %d is not known", t.ID)
	}
	f, err := cbor.AsFloat64(t.Value)
	if err != nil {
		x, err := cborTree(t.Value)
		if err != nil {
			return nil, err
		}
		num, _ := x.(json.Number)
		if f, err = num.Float64(); err != nil {
			return nil, errors.New("a time is not a number")
		}
	}
	return epoch(f), nil
}

// CBOR's major types: https://www.rfc-editor.org/rfc/rfc8949.html#section-3.1
const (
	cborUint byte = iota << 5
	cborNegative
	cborBytes
	cborText
	cborList
	cborMap
	cborTag
	cborSimple
)

// encodeCBOR writes an SDK struct as RPC v2 does, by the same rules as encodeJSON.
func encodeCBOR(n *naming, v reflect.Value) ([]byte, error) {
	return appendCBOR(make([]byte, 0, 1024), n, v)
}

func appendCBOR(b []byte, n *naming, v reflect.Value) ([]byte, error) {
	switch v.Kind() {
	case reflect.Pointer:
		return appendCBOR(b, n, v.Elem())
	case reflect.String:
		return appendCBORText(b, v.String()), nil
	case reflect.Bool:
		if v.Bool() {
			return append(b, cborSimple|21), nil
		}
		return append(b, cborSimple|20), nil
	case reflect.Int32, reflect.Int64:
		if i := v.Int(); i < 0 {
			return appendCBORHead(b, cborNegative, uint64(-(i + 1))), nil
		}
		return appendCBORHead(b, cborUint, uint64(v.Int())), nil
	case reflect.Float32, reflect.Float64:
		return appendCBORFloat(b, v.Float()), nil
	case reflect.Slice:
		return appendCBORList(b, n, v)
	case reflect.Map:
		b = appendCBORHead(b, cborMap, uint64(v.Len()))
		for _, k := range sortedValues(v) {
			var err error
			if b, err = appendCBORElement(appendCBORText(b, k.String()), n, v.MapIndex(k)); err != nil {
				return nil, fmt.Errorf("key %q: %w", k.String(), err)
			}
		}
		return b, nil
	case reflect.Interface:
		member := reflect.Indirect(v.Elem())
		if member.Kind() != reflect.Struct || memberName(member.Type()) == "" {
			return nil, fmt.Errorf("a %s is not a member of the union %s", v.Elem().Type(), v.Type())
		}
		return appendCBOR(appendCBORText(appendCBORHead(b, cborMap, 1), n.unionName(member.Type())), n, member.FieldByName("Value"))
	case reflect.Struct:
		if v.Type() == timeType {
			ms := v.Interface().(time.Time).UnixMilli()
			return appendCBORFloat(appendCBORHead(b, cborTag, 1), float64(ms)/1000), nil
		}
		return appendCBORStruct(b, n, v)
	default:
		return nil, fmt.Errorf("a %s cannot be written as CBOR", v.Type())
	}
}

func appendCBORStruct(b []byte, n *naming, v reflect.Value) ([]byte, error) {
	var set []field
	for _, f := range n.shape(v.Type()).fields {
		if !absent(v.Field(f.index)) {
			set = append(set, f)
		}
	}
	b = appendCBORHead(b, cborMap, uint64(len(set)))
	for _, f := range set {
		var err error
		if b, err = appendCBOR(appendCBORText(b, f.wire), n, v.Field(f.index)); err != nil {
			return nil, fmt.Errorf("%s: %w", f.wire, err)
		}
	}
	return b, nil
}

func appendCBORList(b []byte, n *naming, v reflect.Value) ([]byte, error) {
	if v.Type() == bytesType {
		return append(appendCBORHead(b, cborBytes, uint64(v.Len())), v.Bytes()...), nil
	}
	b = appendCBORHead(b, cborList, uint64(v.Len()))
	for i := range v.Len() {
		var err error
		if b, err = appendCBORElement(b, n, v.Index(i)); err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
	}
	return b, nil
}

func appendCBORElement(b []byte, n *naming, v reflect.Value) ([]byte, error) {
	if v.Kind() != reflect.String && absent(v) {
		return append(b, cborSimple|22), nil
	}
	return appendCBOR(b, n, v)
}

func appendCBORText(b []byte, s string) []byte {
	return append(appendCBORHead(b, cborText, uint64(len(s))), s...)
}

func appendCBORFloat(b []byte, f float64) []byte {
	return binary.BigEndian.AppendUint64(append(b, cborSimple|27), math.Float64bits(f))
}

// appendCBORHead writes a major type with its number in the fewest bytes.
func appendCBORHead(b []byte, major byte, n uint64) []byte {
	switch {
	case n < 24:
		return append(b, major|byte(n))
	case n <= math.MaxUint8:
		return append(b, major|24, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(b, major|25), uint16(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(b, major|26), uint32(n))
	default:
		return binary.BigEndian.AppendUint64(append(b, major|27), n)
	}
}
