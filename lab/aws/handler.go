package aws

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// handler is the endpoint.
type handler struct {
	cfg      Config
	services map[string]*service
	served   atomic.Uint64
	record   sync.Mutex // one Record at a time
}

// answer is what goes back.
type answer struct {
	status      int
	contentType string
	body        []byte
	cut         bool // no answer: the connection ends
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call := Call{At: h.cfg.Now(), RequestID: requestID(h.served.Add(1)), Resource: "*"}
	ans := h.answer(w, r, &call)
	call.Status = ans.status
	call.Duration = h.cfg.Now().Sub(call.At)
	if h.cfg.Record != nil {
		// Before the answer goes out: who has an answer finds its Call.
		h.record.Lock()
		h.cfg.Record(call)
		h.record.Unlock()
	}
	if ans.cut {
		panic(http.ErrAbortHandler) // net/http's own way to end a connection without an answer
	}

	head := w.Header()
	head.Set("X-Amzn-Requestid", call.RequestID)
	head.Set("Content-Type", ans.contentType)
	head.Set("Content-Length", strconv.Itoa(len(ans.body)))
	// SDKs correct their clocks by it, so it has to be the time that signatures are judged by.
	head.Set("Date", h.cfg.Now().UTC().Format(http.TimeFormat))
	if call.ErrorCode != "" {
		head.Set("X-Amzn-Errortype", call.ErrorCode)
	}
	w.WriteHeader(ans.status)
	_, _ = w.Write(ans.body) // a client that is gone is no affair of the model's
}

// answer works a request out, step by step as the package comment says.
func (h *handler) answer(w http.ResponseWriter, r *http.Request, call *Call) answer {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.cfg.MaxBody))
	req := newRequest(r, body)
	auth, authErr := parseAuthorization(r.Header.Get("Authorization"))
	svc := h.find(req, auth.service)
	if svc != nil {
		call.Service = svc.name
		call.Operation = svc.def.wire.operation(req)
	}
	if err != nil {
		var big *http.MaxBytesError
		if errors.As(err, &big) {
			return h.fail(req, svc, call, &fault{kind: tooLarge, message: fmt.Sprintf("The request body is larger than %d bytes.", big.Limit)})
		}
		return h.fail(req, svc, call, &fault{kind: malformedInput, message: "The request body could not be read: " + err.Error()})
	}
	switch {
	case len(r.Header.Values("Authorization")) == 0:
		return h.fail(req, svc, call, &fault{kind: missingToken, message: "Request is missing Authentication Token"})
	case authErr != nil || len(r.Header.Values("Authorization")) > 1:
		return h.fail(req, svc, call, &fault{kind: incompleteSignature, message: message(authErr, "There are several Authorization headers.")})
	}
	if f := h.verify(r, auth, call.Service, body); f != nil {
		return h.fail(req, svc, call, f)
	}
	call.Principal = auth.keyID
	if svc == nil {
		return h.fail(req, nil, call, &fault{kind: unknownOperation, message: fmt.Sprintf("There is no service '%s' here, only %s.",
			clip(auth.service), strings.Join(sortedKeys(h.services), ", "))})
	}
	op := svc.operations[call.Operation]
	if op == nil || r.URL.Path != "/" && r.URL.Path != "" {
		return h.fail(req, svc, call, &fault{kind: unknownOperation, message: fmt.Sprintf("The operation '%s' is not known at %s of this endpoint.",
			clip(call.Operation), clip(r.URL.Path))})
	}
	return h.run(r.Context(), req, svc, op, call)
}

// run decodes the input, calls the operation and encodes what it gave.
func (h *handler) run(ctx context.Context, req *request, svc *service, op *operation, call *Call) answer {
	in := reflect.New(op.in)
	unknown, err := svc.def.wire.decode(svc.def, req, in.Elem())
	call.Unknown = unknown
	if err != nil {
		return h.fail(req, svc, call, &fault{kind: malformedInput, message: err.Error()})
	}
	call.Resource = svc.def.resource(op.name, in.Elem(), h.cfg.Region, h.cfg.Account, svc.name)
	call.Instance = textMember(in.Elem(), "InstanceId")
	if missing := svc.def.required.missing(svc.def.in, in.Elem()); len(missing) > 0 {
		return h.fail(req, svc, call, &fault{kind: invalidInput, code: svc.def.invalid, message: missingMessage(missing)})
	}

	spoilt := h.spoil(call)
	if spoilt.Kind.Before() {
		return h.before(ctx, req, svc, call, spoilt)
	}
	var out []byte
	var f *fault
	h.cfg.Do(func() {
		// Encoded here too: what an Impl returns may share memory with the model.
		out, f = invoke(ctx, svc, op, call.RequestID, in)
	})
	if f != nil {
		return h.after(ctx, h.fail(req, svc, call, f), spoilt)
	}
	return h.after(ctx, answer{status: http.StatusOK, contentType: svc.def.wire.contentType(), body: out}, spoilt)
}

// invoke runs one operation. A panic of an Impl becomes an internal failure, so
// that the model's lock is let go of and the rest of the lab can be looked at.
func invoke(ctx context.Context, svc *service, op *operation, id string, in reflect.Value) (body []byte, f *fault) {
	defer func() {
		if p := recover(); p != nil {
			body, f = nil, &fault{kind: internalFailure, message: fmt.Sprintf("%s panicked: %v\n%s", op.name, p, debug.Stack())}
		}
	}()
	out, err := op.call(ctx, in)
	if err != nil {
		return nil, implFault(err)
	}
	if out.IsNil() {
		out = reflect.New(op.out)
	}
	if body, err = svc.def.wire.success(svc.def, op, id, out); err != nil {
		return nil, &fault{kind: internalFailure, message: fmt.Sprintf("the output of %s cannot be written: %v", op.name, err)}
	}
	return body, nil
}

// fail answers with a fault in the protocol of the service, or in the one that
// the request looks like.
func (h *handler) fail(req *request, svc *service, call *Call, f *fault) answer {
	var w wire = &jsonWire{}
	var d *definition
	switch {
	case svc != nil:
		w, d = svc.def.wire, svc.def
	case req.target == "":
		w = &xmlWire{namespace: "https://aws.amazon.com/"}
	}
	call.Message = f.message
	if f.kind == internalFailure {
		f.message = "The request processing has failed because of an unknown error, exception or failure."
	}
	body := w.failure(d, call.RequestID, f)
	call.ErrorCode = f.code
	return answer{status: f.status, contentType: w.contentType(), body: body}
}

// requestID gives the n-th request an id in AWS's form, the same in each run.
func requestID(n uint64) string {
	b := sha256.Sum256(fmt.Appendf(nil, "request %d", n))
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

func message(err error, otherwise string) string {
	if err != nil {
		return err.Error()
	}
	return otherwise
}
