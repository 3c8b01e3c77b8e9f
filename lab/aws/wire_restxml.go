package aws

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
)

// restXMLWire is restXml: https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html
type restXMLWire struct {
	routes    routes
	prefix    string // of every path; "" if the service cannot be told by it
	namespace string
	s3        bool // with S3's buckets in host names, and its form of errors
	faults    map[faultKind]faultAnswer
}

const restXMLType = "application/xml"

func (w *restXMLWire) owns(req *request) bool {
	return w.prefix != "" && req.target == "" && strings.HasPrefix(req.http.URL.Path, w.prefix)
}

func (w *restXMLWire) operation(req *request) string {
	path := req.http.URL.EscapedPath()
	if w.s3 {
		if bucket := bucketOf(req.http.Host, req.host); bucket != "" {
			path = "/" + bucket + path
		}
		if named(req.form, s3Subresources) && !w.routes.serves(req.form) {
			return "" // else GetBucketAcl would be answered as ListObjects
		}
	}
	r, labels, known := w.routes.match(req.http.Method, path, req.form)
	req.route, req.labels, req.wrongMethod = r, labels, known && r == nil
	if r == nil {
		return ""
	}
	return r.op
}

func (w *restXMLWire) carries(d *definition, op *operation) error {
	r := w.routes.named(op.name)
	if r == nil {
		return errors.New("its method and path are not listed")
	}
	if err := r.fits(op); err != nil {
		return err
	}
	for i := range op.out.NumField() {
		f := op.out.Field(i)
		if f.Type == streamType && f.Name == r.payload || r.answers[f.Name] || !f.IsExported() || f.Type == metadataType {
			continue
		}
		if err := d.carriesType(d.out, true, f.Type, op.out.Name()+"."+f.Name, map[reflect.Type]bool{}); err != nil {
			return err
		}
	}
	return d.carriesType(d.in, true, op.in, op.in.Name(), map[reflect.Type]bool{})
}

func (w *restXMLWire) decode(d *definition, req *request, in reflect.Value) ([]string, error) {
	dec := &decoder{names: d.in}
	if req.route.body != "" {
		if err := dec.decodeXML(req.route, req.body, in); err != nil {
			return dec.unknown, fmt.Errorf("Invalid XML ; %s: %w", dec.where(), err)
		}
	}
	if err := dec.decodeBound(req.route, req, in); err != nil {
		return dec.unknown, fmt.Errorf("%s: %w", dec.where(), err)
	}
	return dec.unknown, nil
}

func (w *restXMLWire) success(d *definition, op *operation, requestID string, out reflect.Value) (answer, error) {
	r := w.routes.named(op.name)
	head, err := boundHeaders(r, out.Elem())
	if err != nil {
		return answer{}, err
	}
	if w.s3 {
		s3Identify(head, requestID)
	}
	ans := answer{status: orOK(r.status), contentType: restXMLType, header: head}
	switch {
	case r.method == http.MethodHead:
		ans.contentType = ""
	case r.payload != "":
		w.stream(&ans, out.Elem().FieldByName(r.payload), out.Elem())
	default:
		ans.body, err = w.document(d, op, r, out.Elem())
	}
	return ans, err
}

// stream makes a member the body as it is.
func (w *restXMLWire) stream(ans *answer, v, out reflect.Value) {
	ans.contentType = "application/octet-stream"
	if body, ok := v.Interface().(io.ReadCloser); ok {
		ans.stream, ans.length = body, -1
		if n := out.FieldByName("ContentLength"); n.IsValid() && !n.IsNil() {
			ans.length = n.Elem().Int()
		}
		if ans.header.Get("Content-Range") != "" {
			ans.status = http.StatusPartialContent
		}
		return
	}
	if s, ok := v.Interface().(*string); ok && s != nil {
		ans.contentType, ans.body = jsonType, []byte(*s)
	}
}

// document is the body in XML.
func (w *restXMLWire) document(d *definition, op *operation, r *route, out reflect.Value) ([]byte, error) {
	var b bytes.Buffer
	root := r.root
	if root == "" {
		root = op.name + "Response"
	}
	b.WriteString(xml.Header + "<" + root + ` xmlns="` + w.namespace + `">`)
	if r.bare != "" {
		text, _ := textOf(reflect.Indirect(out.FieldByName(r.bare)))
		if err := xml.EscapeText(&b, []byte(text)); err != nil {
			return nil, err
		}
	} else {
		for _, f := range d.out.shape(out.Type()).fields {
			if r.answers[f.goName] {
				continue
			}
			if err := appendXMLMember(&b, d.out, f, out.Field(f.index)); err != nil {
				return nil, fmt.Errorf("%s: %w", f.wire, err)
			}
		}
	}
	b.WriteString("</" + root + ">")
	return b.Bytes(), nil
}

func (w *restXMLWire) failure(d *definition, req *request, requestID string, f *fault) answer {
	f.in(w.faults, d.statuses)
	if !w.s3 {
		return answer{status: f.status, contentType: "text/xml", body: errorResponse(w.namespace, requestID, f)}
	}
	head := http.Header{}
	s3Identify(head, requestID)
	ans := answer{status: f.status, contentType: restXMLType, header: head}
	if req.http.Method == http.MethodHead || f.status == http.StatusNotModified {
		return ans
	}
	var b bytes.Buffer
	b.WriteString(xml.Header + "<Error>")
	appendText(&b, "Code", f.code)
	appendText(&b, "Message", f.message)
	appendText(&b, "Resource", req.http.URL.Path)
	appendText(&b, "RequestId", requestID)
	appendText(&b, "HostId", hostID(requestID))
	b.WriteString("</Error>")
	ans.body = b.Bytes()
	return ans
}

// s3Identify sets the two headers by which S3 names a request.
func s3Identify(head http.Header, requestID string) {
	head.Set("X-Amz-Request-Id", requestID)
	head.Set("X-Amz-Id-2", hostID(requestID))
	head.Set("Server", "AmazonS3")
}

func hostID(requestID string) string {
	return base64.StdEncoding.EncodeToString([]byte("lab " + requestID))
}
