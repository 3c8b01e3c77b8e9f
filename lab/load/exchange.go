package load

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// mostBody is how much of an answer is read: an identity takes about 100 bytes.
const mostBody = 4 << 10

// get is what ReadResponse needs to know of the request.
var get = &http.Request{Method: http.MethodGet}

// question is a target with its request's bytes, written once.
type question struct {
	Target
	host                  string // with its port
	once, keepAlive, slow []byte // with Connection: close, without, and with for what takes long
	who, watch            []byte // bodies of gRPC calls
}

func (t Target) question(slow, stream time.Duration) (question, error) {
	q := question{Target: t}
	host := strings.TrimSuffix(t.Host, ".")
	if t.Port != 80 {
		host = net.JoinHostPort(host, strconv.Itoa(int(t.Port)))
	}
	q.host = host
	for _, c := range []struct {
		to    *[]byte
		close bool
		url   url.URL
	}{
		{&q.once, true, url.URL{Path: "/"}},
		{&q.keepAlive, false, url.URL{Path: "/"}},
		{&q.slow, true, url.URL{Path: "/slow", RawQuery: url.Values{"for": {slow.String()}}.Encode()}},
	} {
		c.url.Scheme, c.url.Host = "http", host
		var b bytes.Buffer
		r := http.Request{
			Method: http.MethodGet, URL: &c.url, Close: c.close,
			Header: http.Header{"User-Agent": {"tranship-lab"}, "Accept": {"application/json"}},
		}
		if err := r.Write(&b); err != nil {
			return question{}, fmt.Errorf("request to %s: %w", host, err)
		}
		*c.to = b.Bytes()
	}
	return q, q.messages(stream)
}

// wrong says that another service answered.
func (q *question) wrong(who Identity) *failure {
	return failed(WrongService, fmt.Errorf("asked for %s, %s answered (%s %s)", q.Service, who.Service, who.Platform, who.Instance))
}

// reader reads answers, one after the other, into memory that is used again.
// Between two answers nothing stays in it, so one serves many connections.
type reader struct {
	buf  *bufio.Reader
	body []byte
}

func newReader() *reader {
	return &reader{buf: bufio.NewReaderSize(nil, 2<<10), body: make([]byte, mostBody)}
}

// exchange writes the request and reads its answer. again says that the
// connection may carry another request.
func (rd *reader) exchange(c net.Conn, request []byte) (who Identity, again bool, _ *failure) {
	if _, err := c.Write(request); err != nil {
		return who, false, of(fmt.Errorf("write the request: %w", err), Reset)
	}
	rd.buf.Reset(c)
	defer rd.buf.Reset(nil)
	resp, err := http.ReadResponse(rd.buf, get)
	if err != nil {
		return who, false, of(fmt.Errorf("read the answer: %w", err), Malformed)
	}
	n, err := rd.fill(resp.Body)
	if err != nil {
		return who, false, of(fmt.Errorf("read the answer after %d bytes: %w", n, err), Malformed)
	}
	if n == len(rd.body) {
		return who, false, failed(Malformed, fmt.Errorf("the answer is longer than %d bytes", n-1))
	}
	_ = resp.Body.Close() // it was read to its end, so this waits for nothing
	again = !resp.Close && rd.buf.Buffered() == 0
	if resp.StatusCode >= 500 {
		return who, again, failed(Status5xx, errors.New(resp.Status))
	}
	if resp.StatusCode != http.StatusOK {
		return who, again, failed(Malformed, errors.New(resp.Status))
	}
	if err := json.Unmarshal(rd.body[:n], &who); err != nil {
		if resp.ContentLength < 0 && len(resp.TransferEncoding) == 0 {
			// Its end was to be the connection's: what is unfinished was cut.
			return who, false, failed(EOF, fmt.Errorf("the answer ended after %d bytes: %w", n, err))
		}
		return who, again, failed(Malformed, fmt.Errorf("no identity in the answer: %w", err))
	}
	if who.Service == "" {
		return who, again, failed(Malformed, errors.New("no service in the answer's identity"))
	}
	return who, again, nil
}

// fill reads the body to its end, or until there is no room left.
func (rd *reader) fill(body io.Reader) (n int, err error) {
	for n < len(rd.body) && err == nil {
		var m int
		m, err = body.Read(rd.body[n:])
		n += m
	}
	if err == io.EOF { // an early end is io.ErrUnexpectedEOF, never a wrapped io.EOF
		return n, nil
	}
	return n, err
}
