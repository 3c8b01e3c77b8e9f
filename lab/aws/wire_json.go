package aws

import (
	"net/http"
	"reflect"
	"strings"
)

// jsonWire is awsJson 1.1: https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
type jsonWire struct {
	target string // prefix of X-Amz-Target
}

func (w *jsonWire) contentType() string { return "application/x-amz-json-1.1" }

func (w *jsonWire) owns(req *request) bool {
	prefix, _, _ := strings.Cut(req.target, ".")
	return prefix == w.target
}

func (w *jsonWire) operation(req *request) string {
	prefix, op, _ := strings.Cut(req.target, ".")
	if prefix != w.target || req.http.Method != http.MethodPost {
		return ""
	}
	return op
}

func (w *jsonWire) decode(d *definition, req *request, in reflect.Value) ([]string, error) {
	return decodeJSON(d.in, d.interfaces, req.body, in)
}

func (w *jsonWire) success(d *definition, _ *operation, _ string, out reflect.Value) ([]byte, error) {
	return encodeJSON(d.out, out)
}

func (w *jsonWire) failure(d *definition, _ string, f *fault) []byte {
	f.in(jsonFaults)
	b := append(appendString([]byte(`{"__type":`), f.code), `,"message":`...)
	b = appendString(b, f.message)
	if v, ok := f.members(); ok && d != nil {
		for _, m := range d.out.shape(v.Type()).fields {
			fv := v.Field(m.index)
			if m.goName == "Message" || absent(fv) {
				continue
			}
			// What cannot be written is left out: the code is what matters.
			if enc, err := appendJSON(nil, d.out, fv); err == nil {
				b = append(append(appendString(append(b, ','), m.wire), ':'), enc...)
			}
		}
	}
	return append(b, '}')
}
