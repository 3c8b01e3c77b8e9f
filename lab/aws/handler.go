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
	"strings"
	"sync"
	"sync/atomic"
)

// handler is the endpoint.
type handler struct {
	cfg      Config
	sites    []*site             // the first is Config's own
	services map[string]*service // of the first
	served   atomic.Uint64
	record   sync.Mutex // one Record at a time
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
	ans.write(w, call.RequestID, call.ErrorCode, h.cfg.Now().UTC().Format(http.TimeFormat))
}

// answer works a request out, step by step as the package comment says.
func (h *handler) answer(w http.ResponseWriter, r *http.Request, call *Call) answer {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.cfg.MaxBody))
	plain, packErr := inflate(r, body, h.cfg.MaxBody)
	req := newRequest(r, plain, h.cfg.Host)
	auth, authErr := parseAuthorization(r.Header.Get("Authorization"))
	svc := h.find(req, auth.service)
	var name string
	var op *operation
	if svc != nil {
		call.Service = svc.name
		name = svc.def.speaks(req).operation(req)
		if op = svc.operations[name]; op != nil {
			call.Operation = name // one that is not known may be as long, and as many, as a stranger likes
		}
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
	by, f := h.verify(r, auth, svc, body)
	if f != nil {
		return h.fail(req, svc, call, f)
	}
	call.Principal, call.Account = auth.keyID, by.site.account
	if packErr != nil {
		return h.fail(req, svc, call, &fault{kind: malformedInput, message: packErr.Error()})
	}
	if svc == nil {
		return h.fail(req, nil, call, &fault{kind: unknownOperation, message: fmt.Sprintf("There is no service '%s' here, only %s.",
			clip(auth.service), strings.Join(sortedKeys(h.services), ", "))})
	}
	if op != nil && by.site != h.sites[0] {
		if here := by.site.services[svc.name]; here != nil {
			svc, op = here, here.operations[name]
		} else {
			op = nil
		}
	}
	if op == nil {
		kind := unknownOperation
		if req.wrongMethod {
			kind = wrongMethod
		}
		return h.fail(req, svc, call, &fault{kind: kind, message: fmt.Sprintf("The operation '%s' is not known: %s at %s of this endpoint.",
			clip(name), clip(r.Method), clip(r.URL.Path))})
	}
	return h.run(by.context(r.Context()), req, by.site, svc, op, call)
}

// run decodes the input, calls the operation and encodes what it gave.
func (h *handler) run(ctx context.Context, req *request, at *site, svc *service, op *operation, call *Call) answer {
	in, wire := reflect.New(op.in), svc.def.speaks(req)
	unknown, err := wire.decode(svc.def, req, in.Elem())
	call.Unknown = unknown
	if err != nil {
		return h.fail(req, svc, call, &fault{kind: malformedInput, message: err.Error()})
	}
	call.Resource = svc.def.resource(op.name, in.Elem(), at.region, at.account, svc.name)
	if svc.name == "servicediscovery" {
		call.Instance = textMember(in.Elem(), "InstanceId")
	}
	if missing := svc.missing(ctx, op, in); len(missing) > 0 {
		return h.fail(req, svc, call, &fault{kind: invalidInput, code: svc.def.invalid, message: missingMessage(missing)})
	}

	spoilt := h.spoil(call)
	if spoilt.Kind.Before() {
		return h.before(ctx, req, svc, call, spoilt)
	}
	var ans answer
	var f *fault
	at.do(func() {
		// Encoded here too: what an Impl returns may share memory with the model.
		ans, f = invoke(ctx, svc, wire, op, call.RequestID, in)
	})
	if f != nil {
		return h.after(ctx, h.fail(req, svc, call, f), spoilt)
	}
	return h.after(ctx, ans, spoilt)
}

// invoke runs one operation. A panic of an Impl becomes an internal failure, so
// that the model's lock is let go of and the rest of the lab can be looked at.
func invoke(ctx context.Context, svc *service, w wire, op *operation, id string, in reflect.Value) (ans answer, f *fault) {
	defer func() {
		if p := recover(); p != nil {
			ans, f = answer{}, &fault{kind: internalFailure, message: fmt.Sprintf("%s panicked: %v\n%s", op.name, p, debug.Stack())}
		}
	}()
	out, err := op.call(ctx, in)
	if err != nil {
		return answer{}, implFault(err)
	}
	if out.IsNil() {
		out = reflect.New(op.out)
	}
	if ans, err = w.success(svc.def, op, id, out); err != nil {
		return answer{}, &fault{kind: internalFailure, message: fmt.Sprintf("the output of %s cannot be written: %v", op.name, err)}
	}
	return ans, nil
}

// fail answers with a fault in the protocol of the service, or in the one that
// the request looks like.
func (h *handler) fail(req *request, svc *service, call *Call, f *fault) answer {
	var w wire = &jsonWire{version: "1.1", faults: jsonFaults}
	d := &definition{}
	switch {
	case svc != nil:
		w, d = svc.def.speaks(req), svc.def
	case req.target == "":
		w = &xmlWire{namespace: "https://aws.amazon.com/", faults: queryFaults}
	}
	call.Message = f.message
	if f.kind == internalFailure {
		f.message = "The request processing has failed because of an unknown error, exception or failure."
	}
	ans := w.failure(d, req, call.RequestID, f)
	call.ErrorCode = f.code
	return ans
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
