package aws

import (
	"net/http"
	"reflect"
	"strings"
)

// cborWire is Smithy's RPC v2 in CBOR: https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
type cborWire struct {
	service string // name of the service in paths
	faults  map[faultKind]faultAnswer
}

const (
	cborProtocol = "rpc-v2-cbor"
	cborType     = "application/cbor"
)

func (w *cborWire) owns(req *request) bool {
	return req.http.Header.Get("Smithy-Protocol") == cborProtocol && strings.HasPrefix(req.http.URL.Path, "/service/"+w.service+"/")
}

func (w *cborWire) operation(req *request) string {
	op, ok := strings.CutPrefix(req.http.URL.Path, "/service/"+w.service+"/operation/")
	if !ok || req.http.Method != http.MethodPost {
		return ""
	}
	return op
}

func (w *cborWire) carries(d *definition, op *operation) error { return d.carries(op, false) }

func (w *cborWire) decode(d *definition, req *request, in reflect.Value) ([]string, error) {
	return decodeCBOR(d.in, d.interfaces, req.body, in)
}

func (w *cborWire) success(d *definition, _ *operation, _ string, out reflect.Value) (answer, error) {
	body, err := encodeCBOR(d.out, out)
	return answer{status: http.StatusOK, contentType: cborType, header: cborHeader(), body: body}, err
}

func (w *cborWire) failure(d *definition, req *request, _ string, f *fault) answer {
	f.in(w.faults, d.statuses)
	head := cborHeader()
	for name, values := range queryError(req, f) {
		head[name] = values
	}
	b := appendCBORHead(nil, cborMap, 2)
	b = appendCBORText(appendCBORText(b, "__type"), f.code)
	b = appendCBORText(appendCBORText(b, "message"), strings.ToValidUTF8(f.message, "\uFFFD"))
	return answer{status: f.status, contentType: cborType, header: head, body: b}
}

func cborHeader() http.Header { return http.Header{"Smithy-Protocol": {cborProtocol}} }
