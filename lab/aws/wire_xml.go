package aws

import (
	"bytes"
	"encoding/xml"
	"reflect"
)

// xmlWire is awsQuery and its sibling ec2Query:
// https://smithy.io/2.0/aws/protocols/aws-query-protocol.html,
// https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html
type xmlWire struct {
	version   string
	namespace string
	item      string // name of a list's elements
	ec2       bool
}

func (w *xmlWire) contentType() string { return "text/xml;charset=UTF-8" }

func (w *xmlWire) owns(req *request) bool { return req.form.Get("Version") == w.version }

func (w *xmlWire) operation(req *request) string {
	if !w.owns(req) {
		return ""
	}
	return req.form.Get("Action")
}

func (w *xmlWire) decode(d *definition, req *request, in reflect.Value) ([]string, error) {
	if req.broken != nil {
		return nil, req.broken
	}
	return decodeQuery(d.in, req.form, in)
}

func (w *xmlWire) success(d *definition, op *operation, requestID string, out reflect.Value) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(xml.Header + "<" + op.name + `Response xmlns="` + w.namespace + `">`)
	if w.ec2 {
		b.WriteString("<requestId>" + requestID + "</requestId>")
	} else {
		b.WriteString("<" + op.name + "Result>")
	}
	if err := appendXMLMembers(&b, d.out, w.item, out.Elem()); err != nil {
		return nil, err
	}
	if !w.ec2 {
		b.WriteString("</" + op.name + "Result><ResponseMetadata><RequestId>" + requestID + "</RequestId></ResponseMetadata>")
	}
	b.WriteString("</" + op.name + "Response>\n")
	return b.Bytes(), nil
}

func (w *xmlWire) failure(_ *definition, requestID string, f *fault) []byte {
	if w.ec2 {
		f.in(ec2Faults)
	} else {
		f.in(queryFaults)
	}
	var b bytes.Buffer
	text := func(name, s string) {
		b.WriteString("<" + name + ">")
		_ = xml.EscapeText(&b, []byte(s)) // a bytes.Buffer takes everything
		b.WriteString("</" + name + ">")
	}
	b.WriteString(xml.Header)
	if w.ec2 {
		b.WriteString("<Response><Errors><Error>")
		text("Code", f.code)
		text("Message", f.message)
		b.WriteString("</Error></Errors><RequestID>" + requestID + "</RequestID></Response>\n")
		return b.Bytes()
	}
	b.WriteString(`<ErrorResponse xmlns="` + w.namespace + `"><Error>`)
	if f.server {
		text("Type", "Receiver")
	} else {
		text("Type", "Sender")
	}
	text("Code", f.code)
	text("Message", f.message)
	b.WriteString("</Error><RequestId>" + requestID + "</RequestId></ErrorResponse>\n")
	return b.Bytes()
}
