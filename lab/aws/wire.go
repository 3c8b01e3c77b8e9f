package aws

import (
	"net/http"
	"net/url"
	"reflect"
	"strings"
)

// request is one HTTP request, read and not yet trusted.
type request struct {
	http   *http.Request
	body   []byte
	target string     // X-Amz-Target
	form   url.Values // parameters of a query protocol; nil if it is none
	broken error      // why the parameters could not be read
}

func newRequest(r *http.Request, body []byte) *request {
	req := &request{http: r, body: body, target: r.Header.Get("X-Amz-Target")}
	if req.target != "" {
		return req
	}
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	raw := r.URL.RawQuery
	if strings.EqualFold(strings.TrimSpace(kind), "application/x-www-form-urlencoded") {
		raw = strings.Trim(raw+"&"+string(body), "&")
	}
	req.form, req.broken = url.ParseQuery(raw)
	return req
}

// wire is one of AWS's protocols.
type wire interface {
	// owns tells whether a request is addressed to this service, whatever its signature says.
	owns(*request) bool
	// operation is the operation that the request names, "" if none.
	operation(*request) string
	// decode fills the input.
	decode(*definition, *request, reflect.Value) (unknown []string, err error)
	// success and failure are the answers; failure settles code and status of the fault.
	success(d *definition, op *operation, requestID string, out reflect.Value) ([]byte, error)
	failure(d *definition, requestID string, f *fault) []byte
	contentType() string
}

// find tells which service a request is addressed to: by what it says of itself,
// else by the scope of its signature.
func (h *handler) find(req *request, scope string) *service {
	if s := h.services[scope]; s != nil && s.def.wire.owns(req) {
		return s
	}
	for _, name := range sortedKeys(h.services) {
		if s := h.services[name]; s.def.wire.owns(req) {
			return s
		}
	}
	return h.services[scope]
}
