package aws

import (
	"fmt"
	"io"
	"reflect"
	"time"
)

var (
	timeType   = reflect.TypeFor[time.Time]()
	bytesType  = reflect.TypeFor[[]byte]()
	streamType = reflect.TypeFor[io.ReadCloser]()
)

// carries tells whether the codec can carry every type of an operation, so that
// a gap shows when the lab starts and not in the middle of a run.
func (d *definition) carries(op *operation, isXML bool) error {
	if _, ok := reflect.PointerTo(op.out).MethodByName("GetStream"); ok {
		return fmt.Errorf("%s is a stream of events, which is not carried here", op.out.Name())
	}
	if err := d.carriesType(d.in, isXML, op.in, op.in.Name(), map[reflect.Type]bool{}); err != nil {
		return err
	}
	return d.carriesType(d.out, isXML, op.out, op.out.Name(), map[reflect.Type]bool{})
}

func (d *definition) carriesType(n *naming, isXML bool, t reflect.Type, where string, seen map[reflect.Type]bool) error {
	if t == timeType || t == bytesType || seen[t] {
		return nil
	}
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int32, reflect.Int64, reflect.Float32, reflect.Float64:
		return nil
	case reflect.Pointer, reflect.Slice:
		return d.carriesType(n, isXML, t.Elem(), where, seen)
	case reflect.Map:
		if t.Key().Kind() != reflect.String {
			return fmt.Errorf("%s has keys of type %s: only strings can be keys", where, t.Key())
		}
		return d.carriesType(n, isXML, t.Elem(), where, seen)
	case reflect.Interface:
		if !d.interfaces.know(t) {
			return fmt.Errorf("%s is a %s, of which no implementation is listed", where, t)
		}
		for _, impl := range d.interfaces.unions[t] {
			if err := d.carriesType(n, isXML, impl, where, seen); err != nil {
				return err
			}
		}
		return nil
	case reflect.Struct:
		seen[t] = true
		for _, f := range n.shape(t).fields {
			if err := d.carriesField(n, isXML, f, where, seen); err != nil {
				return err
			}
		}
		return nil
	default:
		return fmt.Errorf("%s is a %s, which the codec does not carry", where, t)
	}
}

func (d *definition) carriesField(n *naming, isXML bool, f field, where string, seen map[reflect.Type]bool) error {
	at := where + "." + f.goName
	if f.wire == "" || isXML && f.typ.Kind() == reflect.Slice && f.typ != bytesType && f.item == "" {
		return fmt.Errorf("%s: its name on the wire is not listed", at)
	}
	return d.carriesType(n, isXML, f.typ, at, seen)
}
