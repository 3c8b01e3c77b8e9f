package aws

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// inflate is a body without the compression that clients of CloudWatch send
// PutMetricData with (https://smithy.io/2.0/spec/behavior-traits.html#requestcompression-trait).
// It gets no larger than most bytes.
func inflate(r *http.Request, body []byte, most int64) ([]byte, error) {
	if !strings.EqualFold(r.Header.Get("Content-Encoding"), "gzip") {
		return body, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("the body is not gzip: %w", err)
	}
	plain, err := io.ReadAll(io.LimitReader(z, most+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("the body is not gzip: %w", err)
	case int64(len(plain)) > most:
		return nil, fmt.Errorf("the body is larger than %d bytes when it is unpacked", most)
	}
	return plain, nil
}
