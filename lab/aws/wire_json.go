package aws

import (
	"net/http"
	"reflect"
	"strings"
)

// jsonWire is awsJson 1.0 or 1.1:
// https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
type jsonWire struct {
	target  string // prefix of X-Amz-Target
	version string // 1.0 or 1.1
	faults  map[faultKind]faultAnswer
}

func (w *jsonWire) owns(req *request) bool {
	prefix, _, _ := strings.Cut(req.target, ".")
	return prefix == w.target
}

func (w *jsonWire) operation(req *request) string {
	prefix, op, _ := strings.Cut(req.target, ".")
	if prefix != w.target || req.http.Method != http.MethodPost || !req.atRoot() {
		return ""
	}
	return op
}

func (w *jsonWire) carries(d *definition, op *operation) error { return d.carries(op, false) }

func (w *jsonWire) decode(d *definition, req *request, in reflect.Value) ([]string, error) {
	return decodeJSON(d.in, d.interfaces, req.body, in)
}

func (w *jsonWire) success(d *definition, _ *operation, _ string, out reflect.Value) (answer, error) {
	body, err := encodeJSON(d.out, out)
	return answer{status: http.StatusOK, contentType: w.contentType(), body: body}, err
}

func (w *jsonWire) contentType() string { return "application/x-amz-json-" + w.version }

func (w *jsonWire) failure(d *definition, req *request, _ string, f *fault) answer {
	f.in(w.faults, d.statuses)
	return answer{status: f.status, contentType: w.contentType(), header: queryError(req, f), body: appendJSONFault(d, f, true)}
}

// appendJSONFault is an error as the JSON protocols write it. Those over REST
// have the code in a header.
func appendJSONFault(d *definition, f *fault, code bool) []byte {
	b := []byte("{")
	if code {
		b = append(appendString(append(b, `"__type":`...), f.code), ',')
	}
	b = appendString(append(b, `"message":`...), f.message)
	if v, ok := f.members(); ok && d.out != nil {
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

// queryError is the header by which a service that once spoke awsQuery tells the
// old code to clients that ask for it:
// https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait
func queryError(req *request, f *fault) http.Header {
	if req == nil || req.http.Header.Get("X-Amzn-Query-Mode") == "" {
		return nil
	}
	who := "Sender"
	if f.server {
		who = "Receiver"
	}
	return http.Header{"X-Amzn-Query-Error": {f.code + ";" + who}}
}
