package aws

import (
	"fmt"
	"net/http"
	"reflect"
)

// restJSONWire is restJson1: https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
type restJSONWire struct {
	routes routes
	faults map[faultKind]faultAnswer
}

const jsonType = "application/json"

func (w *restJSONWire) owns(req *request) bool {
	r, _, known := w.routes.match(req.http.Method, req.http.URL.EscapedPath(), req.form)
	return req.target == "" && (r != nil || known)
}

func (w *restJSONWire) operation(req *request) string {
	r, labels, known := w.routes.match(req.http.Method, req.http.URL.EscapedPath(), req.form)
	req.route, req.labels, req.wrongMethod = r, labels, known && r == nil
	if r == nil {
		return ""
	}
	return r.op
}

func (w *restJSONWire) carries(d *definition, op *operation) error {
	r := w.routes.named(op.name)
	if r == nil {
		return fmt.Errorf("its method and path are not listed")
	}
	if err := r.fits(op); err != nil {
		return err
	}
	return d.carries(op, false)
}

func (w *restJSONWire) decode(d *definition, req *request, in reflect.Value) ([]string, error) {
	var unknown []string
	if req.route.body != "" {
		var err error
		if unknown, err = decodeJSON(d.in, d.interfaces, req.body, in); err != nil {
			return unknown, err
		}
	}
	dec := &decoder{names: d.in, interfaces: d.interfaces, unknown: unknown}
	if err := dec.decodeBound(req.route, req, in); err != nil {
		return dec.unknown, fmt.Errorf("%s: %w", dec.where(), err)
	}
	return dec.unknown, nil
}

func (w *restJSONWire) success(d *definition, op *operation, _ string, out reflect.Value) (answer, error) {
	r := w.routes.named(op.name)
	head, err := boundHeaders(r, out.Elem())
	if err != nil {
		return answer{}, err
	}
	body, err := encodeJSON(d.out, out)
	return answer{status: orOK(r.status), contentType: jsonType, header: head, body: body}, err
}

func (w *restJSONWire) failure(d *definition, _ *request, _ string, f *fault) answer {
	f.in(w.faults, d.statuses)
	return answer{status: f.status, contentType: jsonType, body: appendJSONFault(d, f, false)}
}

func orOK(status int) int {
	if status == 0 {
		return http.StatusOK
	}
	return status
}
