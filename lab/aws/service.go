package aws

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sort"
	"strings"
)

// service is a Service with its protocol and its operations resolved.
type service struct {
	name       string
	def        *definition
	operations map[string]*operation
}

// operation is one method of an Impl.
type operation struct {
	name   string
	in     reflect.Type // XInput, not the pointer
	out    reflect.Type // XOutput, not the pointer
	method reflect.Value
}

var (
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
)

func newService(s Service) (*service, error) {
	def := definitions[s.Name]
	if def == nil {
		return nil, fmt.Errorf("its protocol is not known here: use one of %s", strings.Join(sortedKeys(definitions), ", "))
	}
	if s.Impl == nil {
		return nil, errors.New("it has no Impl")
	}
	svc := &service{name: s.Name, def: def, operations: map[string]*operation{}}
	v := reflect.ValueOf(s.Impl)
	for i := range v.NumMethod() {
		op, ok := asOperation(v.Type().Method(i).Name, v.Method(i))
		if !ok {
			continue
		}
		for _, w := range def.wires {
			if err := w.carries(def, op); err != nil {
				return nil, fmt.Errorf("operation %s: %w", op.name, err)
			}
		}
		svc.operations[op.name] = op
	}
	if len(svc.operations) == 0 {
		return nil, fmt.Errorf("%T has no method with the signature of an SDK client's operation", s.Impl)
	}
	return svc, nil
}

// missing are the required members that an input lacks: by our own table, else by
// the SDK's.
func (s *service) missing(ctx context.Context, op *operation, in reflect.Value) []string {
	if s.def.client != nil {
		return s.def.client.missing(ctx, op.name, in)
	}
	return s.def.required.missing(s.def.in, in.Elem())
}

// asOperation tells whether a method has the signature of a client's operation.
func asOperation(name string, method reflect.Value) (*operation, bool) {
	t := method.Type()
	if t.NumIn() != 3 || t.NumOut() != 2 || !t.IsVariadic() ||
		t.In(0) != contextType || t.Out(1) != errorType ||
		!isStructPointer(t.In(1)) || !isStructPointer(t.Out(0)) ||
		t.In(1).Elem().Name() != name+"Input" || t.Out(0).Elem().Name() != name+"Output" ||
		t.In(2).Elem().Kind() != reflect.Func {
		return nil, false
	}
	return &operation{name: name, in: t.In(1).Elem(), out: t.Out(0).Elem(), method: method}, true
}

// call runs the method; in is a *XInput. The returned value is a *XOutput.
func (op *operation) call(ctx context.Context, in reflect.Value) (reflect.Value, error) {
	res := op.method.Call([]reflect.Value{reflect.ValueOf(ctx), in})
	if err, _ := res[1].Interface().(error); err != nil {
		return reflect.Value{}, err
	}
	return res[0], nil
}

func isStructPointer(t reflect.Type) bool {
	return t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
