package aws

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/aws/smithy-go/encoding/cbor"
)

// CBOR that is not well-formed is a SerializationException, also where the
// decoder would have taken it for something.
func TestCBORNotWellFormed(t *testing.T) {
	e := serve(t)
	const path = "/service/GraniteServiceVersion20100801/operation/DescribeAlarms"
	ask := func(t *testing.T, path, body string) response {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.url+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Smithy-Protocol", cborProtocol)
		signAs(t, r, body, "monitoring")
		return roundTrip(t, r)
	}
	for name, body := range map[string]string{
		"more than a value":        "\xa0\xa0",
		"a map of 2^64-1 members":  "\xbb\xff\xff\xff\xff\xff\xff\xff\xff",
		"a list of 2^63 elements":  "\xa1\x6aAlarmNames\x9b\x80\x00\x00\x00\x00\x00\x00\x00",
		"a text that is not UTF-8": "\xa1\x6aAlarmNames\x81\x61\xff",
		"a name that is not UTF-8": "\xa1\x61\xff\x01",
		"nested too deep":          strings.Repeat("\x81", 100_000),
		"open and nested too deep": strings.Repeat("\x9f", 100_000),
		"tags without end":         strings.Repeat("\xc1", 100_000),
		"an open map without end":  "\xbf\x6aAlarmNames",
		"a break by itself":        "\xa1\x6aAlarmNames\xff",
		"half a number":            "\xa1\x6aMaxRecords\x1a\x00",
		"a length that is kept":    "\xa1\x6aMaxRecords\x1c",
		"a text shorter than said": "\xa1\x6aAlarm",
		"nothing after a tag":      "\xa1\x6aMaxRecords\xc1",
	} {
		t.Run(name, func(t *testing.T) {
			e.answer = func(string, any) (any, error) { t.Error("the Impl was called"); return nil, nil }
			if resp := ask(t, path, body); resp.status != http.StatusBadRequest || resp.code(t) != "SerializationException" {
				t.Errorf("%d %q", resp.status, resp.body)
			}
		})
	}
	for name, body := range map[string]string{
		"open":           "\xbf\x6aAlarmNames\x9f\x7f\x61a\xff\xff\xff",
		"nothing in it":  "\xa0",
		"no body at all": "",
	} {
		t.Run(name, func(t *testing.T) {
			e.nothing(t)
			if resp := ask(t, path, body); resp.status != http.StatusOK {
				t.Errorf("%d %q", resp.status, resp.body)
			}
		})
	}
	t.Run("an error is text", func(t *testing.T) { // wherever a foreign name is cut
		for n := range 4 {
			resp := ask(t, "/service/GraniteServiceVersion20100801/operation/"+strings.Repeat("a", n)+strings.Repeat("%F0%9F%9A%A2", 40)+"%FF", "\xa0")
			v, err := cbor.Decode(resp.body)
			m, _ := v.(cbor.Map)
			if text, _ := m["message"].(cbor.String); err != nil || text == "" || !utf8.ValidString(string(text)) {
				t.Errorf("%v in %q", err, resp.body)
			}
		}
	})
}

// What operation a stranger asks for is said in the answer, and not kept: such names may be
// as long, and as many, as he likes.
func TestUnknownOperationsAreNotKept(t *testing.T) {
	e := serve(t)
	long := strings.Repeat("x", 20_000)
	for _, c := range []struct{ name, target, path string }{
		{"JSON", "AmazonEC2ContainerServiceV20141113." + long, "/"},
		{"query", "", "/?Version=2011-06-15&Action=" + long},
		{"no service", long, "/"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.url+c.path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			if c.target != "" {
				r.Header.Set("X-Amz-Target", c.target)
			}
			if status, _ := send(t, r); status/100 != 4 {
				t.Errorf("status %d", status)
			}
			if rec := e.last(t); rec.Operation != "" || len(rec.Action())+len(rec.Message)+len(rec.ErrorCode) > 500 {
				t.Errorf("recorded %+v", rec)
			}
		})
	}
}

// Text that comments cut into very many pieces is read in one go.
func TestXMLInManyPieces(t *testing.T) {
	const pieces = 10_000
	body := `<CreateHostedZoneRequest><Name>` + strings.Repeat("a<!---->", pieces) + `</Name></CreateHostedZoneRequest>`
	allocated := testing.AllocsPerRun(1, func() {
		root, err := parseXML([]byte(body))
		if err != nil || root.children[0].text.Len() != pieces {
			t.Fatalf("%v", err)
		}
	})
	if allocated > 10*pieces {
		t.Errorf("%v allocations for %d pieces", allocated, pieces)
	}
}

// Bytes that are no request of AWS's, nor one of HTTP: an answer of the 400s or
// 500s, or none, and the endpoint goes on.
func TestBytesThatAreNoRequest(t *testing.T) {
	e := serve(t)
	e.answer = func(op string, _ any) (any, error) { return nil, fmt.Errorf("the Impl was called for %s", op) }
	u, err := url.Parse(e.url)
	if err != nil {
		t.Fatal(err)
	}
	const head, target = "POST / HTTP/1.1\r\nHost: aws.lab.internal\r\n", "X-Amz-Target: AmazonEC2ContainerServiceV20141113.ListTasks\r\n"
	for name, c := range map[string]struct {
		text string
		want int
	}{
		"TLS":                      {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400},
		"no host":                  {"POST / HTTP/1.1\r\n\r\n", 400},
		"headers that are huge":    {head + "X-Long: " + strings.Repeat("a", 80<<10) + "\r\n\r\n", 431},
		"two lengths":              {head + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}", 400},
		"another transfer":         {head + "Transfer-Encoding: gzip\r\n\r\n", 501},
		"chunks without a length":  {head + target + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
		"an expectation":           {head + "Expect: 200-ok\r\nContent-Length: 0\r\n\r\n", 417},
		"HTTP/1.0, not signed":     {"POST / HTTP/1.0\r\n" + target + "\r\n", 400},
		"zeros in path and query":  {"GET /%00?%00=%ff HTTP/1.1\r\nHost: a\r\n\r\n", 403},
		"chunks, and not signed":   {head + target + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 400},
		"gzip that is none, alone": {head + target + "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", 400},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", u.Host)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := conn.Write([]byte(c.text)); err != nil {
				t.Fatal(err)
			}
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if resp.StatusCode != c.want {
				t.Errorf("status %s, want %d", resp.Status, c.want)
			}
		})
	}
	e.nothing(t)
	r := raw(t, e.url, nil)
	if status, body := send(t, r); status != http.StatusOK {
		t.Errorf("afterwards: %d %s", status, body)
	}
}
