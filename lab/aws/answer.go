package aws

import (
	"io"
	"net/http"
	"strconv"
)

// answer is what goes back.
type answer struct {
	status      int
	contentType string // "" for an answer without a body
	header      http.Header
	body        []byte
	// stream is the body instead, of length bytes or, below 0, until it ends. It
	// is read after the model's lock was let go of, and closed.
	stream io.ReadCloser
	length int64
	cut    bool // no answer: the connection ends
}

// dropped is no answer in place of this one.
func (a answer) dropped() answer {
	if a.stream != nil {
		_ = a.stream.Close()
	}
	return answer{cut: true}
}

// write sends an answer, with the headers that every one has.
func (a answer) write(w http.ResponseWriter, requestID, errorCode string, date string) {
	head := w.Header()
	for name, values := range a.header {
		head[name] = values
	}
	head.Set("X-Amzn-Requestid", requestID)
	// SDKs correct their clocks by it, so it has to be the time that signatures are judged by.
	head.Set("Date", date)
	if a.contentType != "" && head.Get("Content-Type") == "" {
		head.Set("Content-Type", a.contentType)
	}
	if errorCode != "" {
		head.Set("X-Amzn-Errortype", errorCode)
	}
	// An answer to HEAD says the length of a body that it does not have.
	n := a.length
	if a.stream == nil {
		n = int64(len(a.body))
	}
	if head.Get("Content-Length") == "" && n >= 0 {
		head.Set("Content-Length", strconv.FormatInt(n, 10))
	}
	w.WriteHeader(a.status)
	if a.stream == nil {
		_, _ = w.Write(a.body) // a client that is gone is no affair of the model's
		return
	}
	_, _ = io.Copy(w, a.stream)
	_ = a.stream.Close()
}
