package aws

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"reflect"
)

// xmlWire is awsQuery and its sibling ec2Query:
// https://smithy.io/2.0/aws/protocols/aws-query-protocol.html,
// https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html
type xmlWire struct {
	version   string
	namespace string
	ec2       bool
	faults    map[faultKind]faultAnswer
}

const xmlType = "text/xml;charset=UTF-8"

func (w *xmlWire) owns(req *request) bool { return req.form.Get("Version") == w.version }

func (w *xmlWire) operation(req *request) string {
	if !w.owns(req) || !req.atRoot() {
		return ""
	}
	return req.form.Get("Action")
}

func (w *xmlWire) carries(d *definition, op *operation) error { return d.carries(op, true) }

func (w *xmlWire) decode(d *definition, req *request, in reflect.Value) ([]string, error) {
	if req.broken != nil {
		return nil, req.broken
	}
	return decodeQuery(d.in, d.interfaces, req.form, in)
}

func (w *xmlWire) success(d *definition, op *operation, requestID string, out reflect.Value) (answer, error) {
	var b bytes.Buffer
	b.WriteString(xml.Header + "<" + op.name + `Response xmlns="` + w.namespace + `">`)
	if w.ec2 {
		b.WriteString("<requestId>" + requestID + "</requestId>")
	} else {
		b.WriteString("<" + op.name + "Result>")
	}
	if err := appendXMLMembers(&b, d.out, out.Elem()); err != nil {
		return answer{}, err
	}
	if !w.ec2 {
		b.WriteString("</" + op.name + "Result><ResponseMetadata><RequestId>" + requestID + "</RequestId></ResponseMetadata>")
	}
	b.WriteString("</" + op.name + "Response>\n")
	return answer{status: http.StatusOK, contentType: xmlType, body: b.Bytes()}, nil
}

func (w *xmlWire) failure(d *definition, _ *request, requestID string, f *fault) answer {
	f.in(w.faults, d.statuses)
	body := errorResponse(w.namespace, requestID, f)
	if w.ec2 {
		var b bytes.Buffer
		b.WriteString(xml.Header + "<Response><Errors><Error>")
		appendText(&b, "Code", f.code)
		appendText(&b, "Message", f.message)
		b.WriteString("</Error></Errors><RequestID>" + requestID + "</RequestID></Response>\n")
		body = b.Bytes()
	}
	return answer{status: f.status, contentType: xmlType, body: body}
}

// errorResponse is an error as awsQuery and most of restXml write it.
func errorResponse(namespace, requestID string, f *fault) []byte {
	var b bytes.Buffer
	b.WriteString(xml.Header + `<ErrorResponse xmlns="` + namespace + `"><Error>`)
	if f.server {
		appendText(&b, "Type", "Receiver")
	} else {
		appendText(&b, "Type", "Sender")
	}
	appendText(&b, "Code", f.code)
	appendText(&b, "Message", f.message)
	b.WriteString("</Error><RequestId>" + requestID + "</RequestId></ErrorResponse>\n")
	return b.Bytes()
}

func appendText(b *bytes.Buffer, name, s string) {
	b.WriteString("<" + name + ">")
	_ = xml.EscapeText(b, []byte(s)) // a bytes.Buffer takes everything
	b.WriteString("</" + name + ">")
}
