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
	form   url.Values // parameters of a query protocol, or the query string; nil with a target
	broken error      // why the parameters could not be read
	host   string     // what clients call the endpoint

	// What a REST protocol found in method, path and query string.
	route       *route
	labels      map[string]string
	wrongMethod bool // the path is there, with other methods
}

// newRequest reads what a request says of itself; body is not compressed any more.
func newRequest(r *http.Request, body []byte, host string) *request {
	req := &request{http: r, body: body, host: host, target: r.Header.Get("X-Amz-Target")}
	if req.target != "" {
		return req
	}
	raw := r.URL.RawQuery
	if mediaType(r) == "application/x-www-form-urlencoded" {
		raw = strings.Trim(raw+"&"+string(body), "&")
	}
	req.form, req.broken = url.ParseQuery(raw)
	return req
}

// mediaType is the Content-Type without parameters, in small letters.
func mediaType(r *http.Request) string {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(kind))
}

// atRoot tells whether a request goes to the one path that the RPC protocols have.
func (r *request) atRoot() bool { return r.http.URL.Path == "/" || r.http.URL.Path == "" }

// wire is one of AWS's protocols.
type wire interface {
	// owns tells whether a request is addressed to this service, whatever its signature says.
	owns(*request) bool
	// operation is the operation that the request names, "" if none.
	operation(*request) string
	// carries tells why the protocol could not carry an operation.
	carries(*definition, *operation) error
	// decode fills the input.
	decode(*definition, *request, reflect.Value) (unknown []string, err error)
	// success and failure are the answers; failure settles code and status of the fault.
	success(d *definition, op *operation, requestID string, out reflect.Value) (answer, error)
	failure(d *definition, req *request, requestID string, f *fault) answer
}

// find tells which service a request is addressed to: by what it says of itself,
// else by the scope of its signature.
func (h *handler) find(req *request, scope string) *service {
	s := h.services[scope]
	if s != nil && (s.def.owns(req) || s.def.byScope && req.target == "" && req.form.Get("Version") == "") {
		return s
	}
	for _, name := range sortedKeys(h.services) {
		if s := h.services[name]; s.def.owns(req) {
			return s
		}
	}
	if s == nil && scope == "" && (req.http.Method == http.MethodGet || req.http.Method == http.MethodHead) {
		return h.byScope() // a reader without a key: of AWS's services here, S3 alone has such
	}
	return s
}

// byScope is the service that is told by scopes alone, nil if there is none.
func (h *handler) byScope() *service {
	for _, name := range sortedKeys(h.services) {
		if s := h.services[name]; s.def.byScope {
			return s
		}
	}
	return nil
}

// owns tells whether one of the service's protocols takes the request for its own.
func (d *definition) owns(req *request) bool {
	for _, w := range d.wires {
		if w.owns(req) {
			return true
		}
	}
	return false
}

// speaks is the protocol of a request to this service: the first that takes it
// for its own, else the service's first.
func (d *definition) speaks(req *request) wire {
	for _, w := range d.wires {
		if w.owns(req) {
			return w
		}
	}
	return d.wires[0]
}
