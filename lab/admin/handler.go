package admin

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/tranship/tranship/lab/fault"
)

// Config is what a handler needs. All but Advance must be there.
type Config struct {
	World  World
	Faults *fault.Set
	Token  string
	Now    func() time.Time
	// Advance moves virtual time on; nil where time is real.
	Advance func(d time.Duration) error
}

// maxBody is the largest request body in bytes; a fault has a few hundred.
const maxBody = 16 << 10

type handler struct{ Config }

// NewHandler is the door's HTTP handler.
func NewHandler(cfg Config) (http.Handler, error) {
	if cfg.World == nil || cfg.Faults == nil || cfg.Token == "" || cfg.Now == nil {
		return nil, errors.New("lab/admin: World, Faults, Token and Now must be given")
	}
	h := &handler{cfg}
	mux := http.NewServeMux()
	for pattern, do := range map[string]func(*http.Request) (any, error){
		"GET /v1/state":                          h.state,
		"GET /v1/faults":                         h.list,
		"POST /v1/faults":                        h.add,
		"DELETE /v1/faults":                      h.clear,
		"DELETE /v1/faults/{id}":                 h.remove,
		"POST /v1/tasks/{id}/kill":               h.killTask,
		"POST /v1/pods/{namespace}/{name}/{act}": h.pod,
		"POST /v1/zones/{zone}/{act}":            h.zone,
		"POST /v1/advance":                       h.advance,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
			answer(w, r, do)
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		answer(w, r, func(r *http.Request) (any, error) {
			return nil, refusal{http.StatusNotFound, "there is no " + r.Method + " " + clip(r.URL.Path), "see docs/lab-faults.md, for what there is"}
		})
	})
	return h.guard(mux), nil
}

// guard lets in who has the token and calls the door by loopback's own name.
func (h *handler) guard(next http.Handler) http.Handler {
	want := []byte("Bearer " + h.Token)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !loopback(r.Host):
			fail(w, refusal{http.StatusForbidden, fmt.Sprintf("the Host header %q is not loopback's", clip(r.Host)), "use the endpoint as it stands in the ready file"})
		case subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), want) != 1:
			fail(w, refusal{http.StatusUnauthorized, "the token is missing or not this lab's", "send Authorization: Bearer with adminToken of the ready file"})
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// loopback says that a Host header names this machine by itself: an address, or
// localhost. Any other name may have been pointed here by somebody's DNS.
func loopback(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.Trim(hostport, "[]")
	}
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// refusal is an answer that is an error.
type refusal struct {
	status    int
	what, fix string
}

func (r refusal) Error() string { return r.what + "; " + r.fix }

// Problem is the JSON form of an error.
type Problem struct {
	Error string `json:"error"`
	Do    string `json:"do"` // what helps
}

func answer(w http.ResponseWriter, r *http.Request, do func(*http.Request) (any, error)) {
	out, err := do(r)
	if err != nil {
		fail(w, err)
		return
	}
	write(w, http.StatusOK, out)
}

func fail(w http.ResponseWriter, err error) {
	var no refusal
	switch {
	case errors.As(err, &no):
	case errors.Is(err, ErrNotFound), errors.Is(err, fault.ErrUnknown):
		no = refusal{http.StatusNotFound, err.Error(), "GET /v1/state says what there is"}
	case errors.Is(err, fault.ErrInvalid):
		no = refusal{http.StatusBadRequest, err.Error(), "write it as in throttle:servicediscovery:RegisterInstance,every=10"}
	case errors.Is(err, context.Canceled):
		no = refusal{http.StatusServiceUnavailable, err.Error(), "the lab is being stopped"}
	default:
		no = refusal{http.StatusInternalServerError, err.Error(), "try again; what the lab printed may say more"}
	}
	write(w, no.status, Problem{no.what, no.fix})
}

func write(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		status, b = http.StatusInternalServerError, []byte(`{"error":"the answer cannot be written","do":"report it"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n')) // a client that is gone is its own affair
}

// read decodes a body strictly: one JSON value, no member that is not known.
func read(r *http.Request, to any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return refusal{http.StatusUnsupportedMediaType, "the body is not application/json", "send Content-Type: application/json"}
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	err := d.Decode(to)
	if err == nil {
		if err = d.Decode(&struct{}{}); errors.Is(err, io.EOF) {
			return nil
		}
		err = errors.New("there is more than one JSON value")
	}
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		return refusal{http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is larger than %d bytes", big.Limit), "send one fault at a time"}
	}
	return refusal{http.StatusBadRequest, "the body: " + err.Error(), "see docs/lab-faults.md, for the members"}
}

func clip(s string) string { return s[:min(len(s), 100)] }
