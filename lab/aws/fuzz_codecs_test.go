package aws

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/google/go-cmp/cmp"
)

// Each codec under whatever bytes: no panic, and what it read can be written and
// reads as the same again.

func FuzzDecodeCBOR(f *testing.F) {
	f.Add(byte(0), []byte("\xa2\x6aMetricName\x61m\x69Namespace\x61n"))
	f.Add(byte(1), []byte("\xa1\x69StartTime\xc1\xfb\x41\xda\xbb\x1a\xbb\x00\x00\x00"))
	f.Add(byte(2), []byte("\xbf\x6aDimensions\x9f\xff\xff"))
	f.Add(byte(1), []byte("\xa1\x67MaxDate\x3b\xff\xff\xff\xff\xff\xff\xff\xff"))
	types := []reflect.Type{
		reflect.TypeFor[cloudwatch.DescribeAlarmsForMetricInput](), reflect.TypeFor[cloudwatch.GetMetricDataInput](),
		reflect.TypeFor[cloudwatch.PutMetricAlarmInput](), reflect.TypeFor[cloudwatch.PutMetricDataInput](),
	}
	d := definitions["monitoring"]
	f.Fuzz(func(t *testing.T, which byte, body []byte) {
		in := reflect.New(types[int(which)%len(types)])
		if _, err := decodeCBOR(d.in, d.interfaces, body, in.Elem()); err != nil {
			return
		}
		enc, err := encodeCBOR(d.in, in)
		if err != nil {
			t.Fatalf("%x was read and cannot be written: %v", body, err)
		}
		again := reflect.New(in.Type().Elem())
		unknown, err := decodeCBOR(d.in, d.interfaces, enc, again.Elem())
		if err != nil || len(unknown) > 0 {
			t.Fatalf("%x became %x, which cannot be read: %v %v", body, enc, err, unknown)
		}
		same(t, in, again)
	})
}

func same(t *testing.T, first, second reflect.Value) {
	t.Helper()
	if d := cmp.Diff(first.Interface(), second.Interface(), sameAPI(), equalNaNs()); d != "" {
		t.Fatalf("what was written reads otherwise (-first +second):\n%s", d)
	}
}

func equalNaNs() cmp.Option {
	return cmp.FilterValues(func(a, b float64) bool { return a != a && b != b }, cmp.Comparer(func(float64, float64) bool { return true }))
}

func FuzzDecodeQuery(f *testing.F) {
	f.Add(byte(0), "Action=DescribeTargetHealth&TargetGroupArn=a&Targets.member.1.Id=10.0.0.1&Targets.member.1.Port=80")
	f.Add(byte(1), "Conditions.member.1.Field=path-pattern&Conditions.member.2.Values.member.1=x&Actions.member.1.Order=1")
	f.Add(byte(2), "ContextEntries.member.1.ContextKeyValues.member.2=v&ActionNames=&MaxItems=5")
	f.Add(byte(3), "EvaluationCriteria.PromQLCriteria.Query=up&AlarmName=a&Threshold=1e3&;%zz")
	elb := definitions["elasticloadbalancing"]
	fuzzQuery(f, []queryType{
		{elb, reflect.TypeFor[elasticloadbalancingv2.DescribeTargetHealthInput]()},
		{elb, reflect.TypeFor[elasticloadbalancingv2.CreateRuleInput]()},
		{definitions["iam"], reflect.TypeFor[iam.SimulatePrincipalPolicyInput]()},
		{definitions["monitoring"], reflect.TypeFor[cloudwatch.PutMetricAlarmInput]()},
	})
}

func FuzzDecodeEC2Query(f *testing.F) {
	f.Add(byte(0), "Action=DescribeVpcs&VpcId.1=a&Filter.1.Name=n&Filter.1.Value.2=v&MaxResults=5")
	f.Add(byte(1), "NetworkInterfaceId.2=b&NetworkInterfaceId.1=a&DryRun=true&a.b.c.d.e=1")
	f.Add(byte(2), "GroupName.1=&GroupId.99999999999999999999=1")
	d := definitions["ec2"]
	fuzzQuery(f, []queryType{
		{d, reflect.TypeFor[ec2.DescribeVpcsInput]()},
		{d, reflect.TypeFor[ec2.DescribeNetworkInterfacesInput]()},
		{d, reflect.TypeFor[ec2.DescribeSecurityGroupsInput]()},
	})
}

type queryType struct {
	d *definition
	t reflect.Type
}

func fuzzQuery(f *testing.F, types []queryType) {
	f.Helper()
	f.Fuzz(func(t *testing.T, which byte, query string) {
		form, _ := url.ParseQuery(query)
		c := types[int(which)%len(types)]
		in, again := reflect.New(c.t), reflect.New(c.t)
		unknown, err := decodeQuery(c.d.in, c.d.interfaces, form, in.Elem())
		if len(unknown) > maxUnknown {
			t.Errorf("%d unknown members were noted", len(unknown))
		}
		if err != nil {
			return
		}
		enc := url.Values{}
		encodeQuery(c.d.in, enc, "", field{}, in.Elem())
		if unknown, err = decodeQuery(c.d.in, c.d.interfaces, enc, again.Elem()); err != nil || len(unknown) > 0 {
			t.Fatalf("%q became %q, which cannot be read: %v %v", query, enc.Encode(), err, unknown)
		}
		same(t, in, again)
	})
}

// encodeQuery writes a value as clients do. Lists of EC2 have no member between.
func encodeQuery(n *naming, form url.Values, at string, f field, v reflect.Value) {
	if absent(v) && (v.Kind() != reflect.String || f.goName != "") {
		return
	}
	v = reflect.Indirect(v)
	join := func(name string) string { return strings.TrimPrefix(at+"."+name, ".") }
	switch {
	case v.Type() != timeType && v.Kind() == reflect.Struct:
		before := len(form)
		defer func() {
			if len(form) == before && at != "" {
				form.Set(at, "") // it is there, and nothing in it
			}
		}()
		for _, m := range n.shape(v.Type()).fields {
			encodeQuery(n, form, join(m.wire), m, v.Field(m.index))
		}
	case v.Type() != bytesType && v.Kind() == reflect.Slice:
		if v.Len() == 0 {
			form.Set(at, "")
		}
		for i := range v.Len() {
			place := strconv.Itoa(i + 1)
			if f.item == "member" {
				place = "member." + place
			}
			encodeQuery(n, form, join(place), field{}, v.Index(i))
		}
	case v.Kind() == reflect.Map:
		for i, k := range sortedValues(v) {
			form.Set(join("entry."+strconv.Itoa(i+1)+".key"), k.String())
			encodeQuery(n, form, join("entry."+strconv.Itoa(i+1)+".value"), field{}, v.MapIndex(k))
		}
	case v.Kind() == reflect.Interface:
		member := reflect.Indirect(v.Elem())
		encodeQuery(n, form, join(n.unionName(member.Type())), field{}, member.FieldByName("Value"))
	default:
		text, _ := textOf(v)
		form.Set(at, text)
	}
}

func FuzzDecodeRestXML(f *testing.F) {
	const change = `<ChangeResourceRecordSetsRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ChangeBatch><Changes><Change>` +
		`<Action>UPSERT</Action><ResourceRecordSet><Name>a.</Name><Type>A</Type><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>10.0.0.1</Value>` +
		`</ResourceRecord></ResourceRecords></ResourceRecordSet></Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>`
	f.Add(byte(0), change)
	f.Add(byte(0), strings.Replace(change, "60", "sixty", 1))
	f.Add(byte(1), `<CreateHostedZoneRequest><Name> a &amp; b </Name><VPC/><CallerReference>r</CallerReference></CreateHostedZoneRequest>`)
	f.Add(byte(2), `<!DOCTYPE x><ListTagsForResourcesRequest/>`)
	types := []reflect.Type{
		reflect.TypeFor[route53.ChangeResourceRecordSetsInput](), reflect.TypeFor[route53.CreateHostedZoneInput](),
		reflect.TypeFor[route53.ListTagsForResourcesInput](),
	}
	d := definitions["route53"]
	all := newRoutes(route53Routes)
	f.Fuzz(func(t *testing.T, which byte, body string) {
		in := reflect.New(types[int(which)%len(types)])
		r := all.named(strings.TrimSuffix(in.Type().Elem().Name(), "Input"))
		if err := (&decoder{names: d.in}).decodeXML(r, []byte(body), in.Elem()); err != nil {
			return
		}
		var b bytes.Buffer
		b.WriteString("<" + r.body + ">")
		if err := appendXMLMembers(&b, d.in, in.Elem()); err != nil {
			t.Fatal(err)
		}
		b.WriteString("</" + r.body + ">")
		again := reflect.New(in.Type().Elem())
		if err := (&decoder{names: d.in}).decodeXML(r, b.Bytes(), again.Elem()); err != nil {
			t.Fatalf("%q became %q, which cannot be read: %v", body, b.String(), err)
		}
		same(t, in, again)
	})
}

func FuzzDecodeRestJSON(f *testing.F) {
	f.Add("GET", "/clusters/shop%2Ftwo/pod-identity-associations", "maxResults=5&namespace=n", "")
	f.Add("POST", "/clusters/shop/pod-identity-associations", "", `{"namespace":"n","clusterName":"other","tags":{"a":"b"}}`)
	f.Add("DELETE", "/tags/arn%3Aaws", "tagKeys=a&tagKeys=b", "{")
	f.Add("GET", "/clusters//", "include=a;b", "")
	d := definitions["eks"]
	w := d.wires[0]
	outputs := (&fake{}).services()
	var svc *service
	for _, s := range outputs {
		if s.Name == "eks" {
			var err error
			if svc, err = newService(s); err != nil {
				f.Fatal(err)
			}
		}
	}
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		read := func(method, path, query, body string) (reflect.Value, *route, []string, error) {
			r := &http.Request{Method: method, URL: &url.URL{RawPath: path, RawQuery: query}, Header: http.Header{}}
			if p, err := url.PathUnescape(path); err == nil {
				r.URL.Path = p
			}
			req := newRequest(r, []byte(body), defaultHost)
			op := svc.operations[w.operation(req)]
			if op == nil {
				return reflect.Value{}, nil, nil, nil
			}
			in := reflect.New(op.in)
			unknown, err := w.decode(d, req, in.Elem())
			return in, req.route, unknown, err
		}
		in, r, _, err := read(method, path, query, body)
		if err != nil || r == nil {
			return
		}
		path, query = encodeRest(r, in.Elem())
		enc := ""
		if r.body != "" {
			free := reflect.New(in.Type().Elem())
			free.Elem().Set(in.Elem())
			for member := range r.bound {
				free.Elem().FieldByName(member).SetZero()
			}
			b, err := encodeJSON(d.in, free)
			if err != nil {
				t.Fatal(err)
			}
			enc = string(b)
		}
		again, r2, unknown, err := read(method, path, query, enc)
		if err != nil || r2 != r || len(unknown) > 0 {
			t.Fatalf("it became %s %s?%s %s, which cannot be read: %v %v", method, path, query, enc, err, unknown)
		}
		same(t, in, again)
	})
}

// encodeRest is the path and the query string of an input.
func encodeRest(r *route, in reflect.Value) (path, query string) {
	for _, s := range r.path {
		text := s.text
		if s.member != "" {
			text, _ = textOf(reflect.Indirect(in.FieldByName(s.member)))
		}
		path += "/" + url.PathEscape(text)
	}
	values := url.Values{}
	for name, value := range r.fixed {
		values.Set(name, value)
	}
	for _, p := range r.queries {
		v := reflect.Indirect(in.FieldByName(p.member))
		switch {
		case !v.IsValid():
		case v.Kind() == reflect.Slice:
			for i := range v.Len() {
				values.Add(p.name, v.Index(i).String())
			}
		default:
			if text, _ := textOf(v); text != "" || in.FieldByName(p.member).Kind() == reflect.Pointer {
				values.Set(p.name, text)
			}
		}
	}
	return path, values.Encode()
}

// Whatever a client with the key sends, to any service: it reaches the Impl, or
// gets an error of the caller's in the form of the protocol, with a request id.
func FuzzSignedRequest(f *testing.F) {
	for i, s := range samples {
		f.Add(byte(i), s.path, s.body)
		f.Add(byte(i), s.path, s.wrong)
	}
	called, e := false, &fake{}
	e.nothing(f)
	give := e.answer
	e.answer = func(op string, in any) (any, error) { called = true; return give(op, in) }
	h, err := NewHandler(Config{
		Credentials: Credentials{testKey, testSecret}, Region: testRegion, Account: testAccount, Services: e.services(),
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, which byte, path, body string) {
		s, sign := samples[int(which)%len(samples)].bend("")
		u, err := url.Parse(path)
		if err != nil || u.Host != "" || !strings.HasPrefix(u.Path, "/") {
			return
		}
		s.path, s.body = "/", body
		r := s.request(t, &endpoint{url: "http://" + defaultHost})
		r.URL.Path, r.URL.RawPath, r.URL.RawQuery = u.Path, u.RawPath, u.RawQuery
		sign.sign(t, r, body)
		called = false
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		got := response{w.Code, w.Header(), w.Body.Bytes()}
		switch {
		case called && w.Code/100 == 2:
		case w.Code/100 == 4 || w.Code == http.StatusNotImplemented:
			if code := got.code(t); code == "" {
				t.Errorf("%d without a code: %s", w.Code, w.Body)
			}
		default:
			t.Errorf("answered %d %s, called: %v", w.Code, w.Body, called)
		}
	})
}
