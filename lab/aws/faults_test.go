package aws

import (
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go/encoding/cbor"

	"github.com/tranship/tranship/lab/cloud"
)

// sample is one request of a service, in one of its protocols, and what it becomes
// when something is wrong with it.
type sample struct {
	name, service, region string
	method, path          string
	target                string // X-Amz-Target
	cbor                  bool
	body                  string

	unknown  string // the same request for an operation that is not there: its target, action or path
	broken   string // a body that is not of the protocol; "" if there is none
	wrong    string // a body, or a path with ?, with a member of the wrong type; "" if there is none
	required string // the same without a required member; "" if there is none

	faults string // kind=code/status …
}

const (
	// Of the kinds that the JSON services share.
	jsonAnswers = "key=UnrecognizedClientException/400 token=UnrecognizedClientException/400 ended=ExpiredTokenException/400 secret=InvalidSignatureException/400 " +
		"region=InvalidSignatureException/400 scope=InvalidSignatureException/400 old=InvalidSignatureException/400 " +
		"unsigned=MissingAuthenticationTokenException/400 garbled=IncompleteSignatureException/400 large=RequestEntityTooLargeException/413 " +
		"unknown=UnknownOperationException/400 method=UnknownOperationException/400 broken=SerializationException/400 wrong=SerializationException/400 "
	queryAnswers = "key=InvalidClientTokenId/403 token=InvalidClientTokenId/403 ended=ExpiredToken/403 secret=SignatureDoesNotMatch/403 " +
		"region=SignatureDoesNotMatch/403 scope=SignatureDoesNotMatch/403 old=SignatureDoesNotMatch/403 " +
		"unsigned=MissingAuthenticationToken/403 garbled=IncompleteSignature/400 large=RequestEntityTooLarge/413 " +
		"unknown=InvalidAction/400 broken=MalformedInput/400 wrong=MalformedInput/400 "
	ec2Answers = "key=AuthFailure/401 token=AuthFailure/401 ended=RequestExpired/400 secret=AuthFailure/401 region=AuthFailure/401 scope=AuthFailure/401 old=AuthFailure/401 " +
		"unsigned=MissingAuthenticationToken/403 garbled=IncompleteSignature/400 large=RequestEntityTooLarge/413 " +
		"unknown=InvalidAction/400 broken=InvalidParameterValue/400 wrong=InvalidParameterValue/400 required=MissingParameter/400"
	restJSONAnswers = "key=UnrecognizedClientException/403 token=UnrecognizedClientException/403 ended=ExpiredTokenException/403 secret=InvalidSignatureException/403 " +
		"region=InvalidSignatureException/403 scope=InvalidSignatureException/403 old=InvalidSignatureException/403 " +
		"unsigned=MissingAuthenticationTokenException/403 garbled=IncompleteSignatureException/403 large=RequestEntityTooLargeException/413 " +
		"unknown=UnknownOperationException/404 method=UnknownOperationException/405 broken=SerializationException/400 " +
		"wrong=SerializationException/400 required=InvalidParameterException/400"
	route53Answers = "key=InvalidClientTokenId/403 token=InvalidClientTokenId/403 ended=ExpiredToken/403 secret=SignatureDoesNotMatch/403 " +
		"region=SignatureDoesNotMatch/403 scope=SignatureDoesNotMatch/403 old=SignatureDoesNotMatch/403 " +
		"unsigned=MissingAuthenticationToken/403 garbled=IncompleteSignature/400 large=RequestEntityTooLarge/413 " +
		"unknown=InvalidAction/404 method=InvalidAction/405 broken=InvalidInput/400 wrong=InvalidInput/400 required=InvalidInput/400"
	s3Answers = "key=InvalidAccessKeyId/403 token=InvalidToken/400 ended=ExpiredToken/400 secret=SignatureDoesNotMatch/403 " +
		"region=AuthorizationHeaderMalformed/400 old=RequestTimeTooSkewed/403 " +
		"unsigned=AccessDenied/403 large=EntityTooLarge/400 " +
		"unknown=NotImplemented/501 method=MethodNotAllowed/405 wrong=InvalidArgument/400"
)

var samples = []sample{
	{
		name: "servicediscovery", service: "servicediscovery", method: "POST", path: "/", target: "Route53AutoNaming_v20170314.GetNamespace",
		body: `{"Id":"ns-1"}`, unknown: "Route53AutoNaming_v20170314.Frob", broken: `{"Id":`, wrong: `{"Id":5}`, required: `{}`,
		faults: jsonAnswers + "required=InvalidInput/400",
	},
	{
		name: "ecs", service: "ecs", method: "POST", path: "/", target: "AmazonEC2ContainerServiceV20141113.DescribeServices",
		body: `{"services":["a"]}`, unknown: "AmazonEC2ContainerServiceV20141113.Frob", broken: `[]`, wrong: `{"services":"a"}`, required: `{}`,
		faults: jsonAnswers + "required=InvalidParameterException/400",
	},
	{
		name: "application-autoscaling", service: "application-autoscaling", method: "POST", path: "/", target: "AnyScaleFrontendService.DescribeScalableTargets",
		body: `{"ServiceNamespace":"ecs"}`, unknown: "AnyScaleFrontendService.Frob", broken: `nope`, wrong: `{"ServiceNamespace":true}`, required: `{}`,
		faults: jsonAnswers + "required=ValidationException/400",
	},
	{
		name: "logs", service: "logs", method: "POST", path: "/", target: "Logs_20140328.GetQueryResults",
		body: `{"queryId":"q"}`, unknown: "Logs_20140328.Frob", broken: `{}{}`, wrong: `{"queryId":{}}`, required: `{}`,
		faults: jsonAnswers + "required=InvalidParameterException/400",
	},
	{
		name: "monitoring/json", service: "monitoring", method: "POST", path: "/", target: "GraniteServiceVersion20100801.DescribeAlarmsForMetric",
		body: `{"MetricName":"m","Namespace":"n"}`, unknown: "GraniteServiceVersion20100801.Frob", broken: `{`, wrong: `{"MetricName":1}`, required: `{"Namespace":"n"}`,
		faults: jsonAnswers + "required=MissingParameter/400",
	},
	{
		name: "monitoring/query", service: "monitoring", method: "POST", path: "/",
		body:    "Action=DescribeAlarmsForMetric&Version=2010-08-01&MetricName=m&Namespace=n",
		unknown: "Action=Frob&Version=2010-08-01", broken: "Action=DescribeAlarmsForMetric&Version=2010-08-01&x=%zz",
		wrong: "Action=DescribeAlarmsForMetric&Version=2010-08-01&MetricName=m&Namespace=n&Period=soon", required: "Action=DescribeAlarmsForMetric&Version=2010-08-01",
		faults: queryAnswers + "required=MissingParameter/400",
	},
	{
		name: "monitoring/cbor", service: "monitoring", method: "POST", path: "/service/GraniteServiceVersion20100801/operation/DescribeAlarmsForMetric", cbor: true,
		body: "\xa2\x6aMetricName\x61m\x69Namespace\x61n", unknown: "/service/GraniteServiceVersion20100801/operation/Frob",
		broken: "\xa2\x6aMetr", wrong: "\xa1\x6aMetricName\x05", required: "\xa1\x69Namespace\x61n",
		faults: jsonAnswers + "required=MissingParameter/400",
	},
	{
		name: "sts", service: "sts", method: "POST", path: "/", body: "Action=GetCallerIdentity&Version=2011-06-15",
		unknown: "Action=Frob&Version=2011-06-15", broken: "Action=GetCallerIdentity&Version=2011-06-15&a=%zz",
		wrong:    "Action=AssumeRole&Version=2011-06-15&RoleArn=a&RoleSessionName=s&DurationSeconds=long",
		required: "Action=AssumeRole&Version=2011-06-15&RoleArn=a", faults: queryAnswers + "required=ValidationError/400",
	},
	{
		name: "elasticloadbalancing", service: "elasticloadbalancing", method: "POST", path: "/",
		body:    "Action=DescribeTargetHealth&Version=2015-12-01&TargetGroupArn=arn",
		unknown: "Action=Frob&Version=2015-12-01", broken: "Action=DescribeTargetHealth&Version=2015-12-01&a=%zz",
		wrong:    "Action=DescribeTargetHealth&Version=2015-12-01&TargetGroupArn=a&Targets.member.x.Id=1",
		required: "Action=DescribeTargetHealth&Version=2015-12-01", faults: queryAnswers + "required=ValidationError/400",
	},
	{
		name: "iam", service: "iam", region: "us-east-1", method: "POST", path: "/", body: "Action=GetRole&Version=2010-05-08&RoleName=r",
		unknown: "Action=Frob&Version=2010-05-08", broken: "Action=GetRole&Version=2010-05-08&a=%zz",
		wrong: "Action=GetRole&Version=2010-05-08&RoleName.1=r", required: "Action=GetRole&Version=2010-05-08",
		faults: queryAnswers + "required=ValidationError/400",
	},
	{
		name: "ec2", service: "ec2", method: "POST", path: "/", body: "Action=DescribeVpcAttribute&Version=2016-11-15&VpcId=v&Attribute=enableDnsSupport",
		unknown: "Action=Frob&Version=2016-11-15", broken: "Action=DescribeVpcAttribute&Version=2016-11-15&a=%zz",
		wrong: "Action=DescribeVpcAttribute&Version=2016-11-15&VpcId=v&DryRun=2", required: "Action=DescribeVpcAttribute&Version=2016-11-15&Attribute=x",
		faults: ec2Answers,
	},
	{
		name: "eks", service: "eks", method: "POST", path: "/clusters/shop/pod-identity-associations", body: `{"namespace":"n","serviceAccount":"s","roleArn":"r"}`,
		unknown: "/cluster/shop", broken: `{"namespace"`, wrong: `{"namespace":5}`, required: `{"namespace":"n"}`, faults: restJSONAnswers,
	},
	{
		name: "route53", service: "route53", region: "us-east-1", method: "POST", path: "/2013-04-01/hostedzone",
		body:     `<CreateHostedZoneRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Name>a</Name><CallerReference>r</CallerReference></CreateHostedZoneRequest>`,
		unknown:  "/2013-04-01/zones",
		broken:   `<CreateHostedZoneRequest><Name>`,
		wrong:    `<CreateHostedZoneRequest><Name>a</Name><CallerReference>r</CallerReference><HostedZoneConfig><PrivateZone>maybe</PrivateZone></HostedZoneConfig></CreateHostedZoneRequest>`,
		required: `<CreateHostedZoneRequest><Name>a</Name></CreateHostedZoneRequest>`, faults: route53Answers,
	},
	{
		name: "s3", service: "s3", method: "GET", path: "/logs?list-type=2", unknown: "/logs?acl", wrong: "/logs?list-type=2&max-keys=many", faults: s3Answers,
	},
}

func (s sample) request(t *testing.T, e *endpoint) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), s.method, e.url+s.path, strings.NewReader(s.body))
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case s.cbor:
		r.Header.Set("Smithy-Protocol", cborProtocol)
		r.Header.Set("Content-Type", cborType)
	case s.target != "":
		r.Header.Set("X-Amz-Target", s.target)
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	case strings.HasPrefix(s.body, "Action="):
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	}
	return r
}

// bend changes the sample, or the way in which it is signed, as the kind says.
func (s sample) bend(kind string) (sample, signer) {
	sign := signer{key: testKey, secret: testSecret, region: s.region, service: s.service}
	if s.region == "" {
		sign.region = testRegion
	}
	switch kind {
	case "key":
		sign.key = "AKIASOMEBODYELSE"
	case "token":
		sign.token = "token"
	case "ended":
		sign.key, sign.token = "ASIAENDED", "t"
	case "secret":
		sign.secret = "guess"
	case "region":
		sign.region = "eu-west-3"
	case "scope":
		sign.service = "sqs"
	case "old":
		sign.late = true
	case "unsigned":
		sign = signer{}
	case "garbled":
		sign.garbled = true
	case "large":
		s.body += strings.Repeat(" ", 5000)
	case "method":
		s.method, s.body = http.MethodPut, ""
	case "broken":
		s.body = s.broken
	case "required":
		s.body = s.required
	case "unknown":
		switch {
		case s.target != "":
			s.target = s.unknown
		case strings.HasPrefix(s.unknown, "/"):
			s.path = s.unknown
		default:
			s.body = s.unknown
		}
	case "wrong":
		if strings.HasPrefix(s.wrong, "/") {
			s.path = s.wrong
		} else {
			s.body = s.wrong
		}
	}
	return s, sign
}

type signer struct {
	key, secret, token, region, service string
	late, garbled                       bool
}

func (s signer) sign(t *testing.T, r *http.Request, body string) {
	t.Helper()
	if s.key == "" {
		return
	}
	hash := hex.EncodeToString(hashOf(body))
	if s.service == "s3" {
		r.Header.Set(contentHash, hash)
	}
	at := now()
	if s.late {
		at = at.Add(-20 * maxSkew)
	}
	creds := sdk.Credentials{AccessKeyID: s.key, SecretAccessKey: s.secret, SessionToken: s.token}
	asIs := func(o *v4.SignerOptions) { o.DisableURIPathEscaping = s.service == "s3" }
	if err := v4.NewSigner().SignHTTP(t.Context(), creds, r, hash, s.service, s.region, at, asIs); err != nil {
		t.Fatal(err)
	}
	if s.garbled {
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+s.key)
	}
}

// Every kind of fault, in every protocol of every service: the code and status
// that AWS has there, in the protocol's form, with a request id, and recorded.
func TestFaultsOfEveryService(t *testing.T) {
	e := serve(t, func(c *Config) {
		c.MaxBody = 4096
		c.Sessions = func(id string) (cloud.Session, bool) {
			return cloud.Session{SecretAccessKey: testSecret, Token: "t", Account: testAccount, Ended: true}, id == "ASIAENDED"
		}
	})
	e.answer = func(op string, _ any) (any, error) { return nil, fmt.Errorf("the Impl was called for %s", op) }
	covered := map[string]bool{}
	for _, s := range samples {
		covered[s.service] = true
		for f := range strings.FieldsSeq(s.faults) {
			kind, want, _ := strings.Cut(f, "=")
			if kind == "wrong" && s.wrong == "" || kind == "required" && s.required == "" || kind == "broken" && s.broken == "" {
				continue
			}
			t.Run(s.name+"/"+kind, func(t *testing.T) {
				bent, sign := s.bend(kind)
				r := bent.request(t, e)
				sign.sign(t, r, bent.body)
				resp := roundTrip(t, r)
				code := resp.code(t)
				if got := fmt.Sprintf("%s/%d", code, resp.status); got != want {
					t.Errorf("answered %s %s, want %s", got, resp.body, want)
				}
				if rec := e.last(t); rec.ErrorCode != code || rec.Status != resp.status || rec.Message == "" || rec.RequestID != resp.header.Get("X-Amzn-Requestid") {
					t.Errorf("recorded %+v", rec)
				}
			})
		}
	}
	for name := range definitions {
		if !covered[name] {
			t.Errorf("no fault of %s is tried: add a sample", name)
		}
	}
}

// The same samples unbent: each reaches the Impl, so that what is refused above is
// refused for its reason.
func TestSamplesAreGood(t *testing.T) {
	e := serve(t)
	e.nothing(t)
	give, called := e.answer, ""
	e.answer = func(op string, in any) (any, error) { called = op; return give(op, in) }
	for _, s := range samples {
		t.Run(s.name, func(t *testing.T) {
			called = ""
			bent, sign := s.bend("")
			r := bent.request(t, e)
			sign.sign(t, r, bent.body)
			if resp := roundTrip(t, r); resp.status >= 300 || called == "" {
				t.Errorf("%d %s, called %q", resp.status, resp.body, called)
			}
		})
	}
}

type response struct {
	status int
	header http.Header
	body   []byte
}

func roundTrip(t *testing.T, r *http.Request) response {
	t.Helper()
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	resp, err := (&http.Client{Transport: tr}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response{resp.StatusCode, resp.Header, b}
}

// code is the error's code, read in the form that the answer says it has; the
// request id has to be there.
func (r response) code(t *testing.T) string {
	t.Helper()
	id := r.header.Get("X-Amzn-Requestid")
	if id == "" {
		t.Error("the answer has no request id")
	}
	kind, _, _ := strings.Cut(r.header.Get("Content-Type"), ";")
	switch kind {
	case "application/x-amz-json-1.1", "application/x-amz-json-1.0":
		var body struct {
			Type    string `json:"__type"`
			Message string
		}
		if err := json.Unmarshal(r.body, &body); err != nil || body.Message == "" {
			t.Errorf("%v in %s", err, r.body)
		}
		return body.Type
	case jsonType:
		var body struct{ Message string }
		if err := json.Unmarshal(r.body, &body); err != nil || body.Message == "" {
			t.Errorf("%v in %s", err, r.body)
		}
		return r.header.Get("X-Amzn-Errortype")
	case cborType:
		v, err := cbor.Decode(r.body)
		m, _ := v.(cbor.Map)
		code, _ := m["__type"].(cbor.String)
		if err != nil || m["message"] == nil || r.header.Get("Smithy-Protocol") != cborProtocol {
			t.Errorf("%v in %q", err, r.body)
		}
		return string(code)
	case "text/xml", restXMLType:
		var body struct {
			Code   string // S3
			Error  struct{ Code, Message string }
			Errors struct {
				Error struct{ Code, Message string }
			}
			RequestId string // the element's name
			RequestID string
		}
		if err := xml.Unmarshal(r.body, &body); err != nil {
			t.Errorf("%v in %s", err, r.body)
		}
		if body.RequestId+body.RequestID != id {
			t.Errorf("the body names the request %q, the header %q", body.RequestId+body.RequestID, id)
		}
		return body.Code + body.Error.Code + body.Errors.Error.Code
	default:
		t.Fatalf("the answer is %q: %s", kind, r.body)
		return ""
	}
}

// A parameter that cannot be read is the caller's fault in REST, too.
func TestBrokenQueryStrings(t *testing.T) {
	e := serve(t)
	e.answer = func(op string, _ any) (any, error) { t.Errorf("%s was called", op); return nil, nil }
	for _, c := range []struct{ service, region, path string }{
		{"route53", "us-east-1", "/2013-04-01/hostedzone?maxitems=1&maxitems=2"},
		{"eks", testRegion, "/clusters?maxResults=many"},
		{"s3", testRegion, "/logs?list-type=2&max-keys=1&max-keys=2"},
	} {
		u, err := url.Parse(c.path)
		if err != nil {
			t.Fatal(err)
		}
		status, body := rest(t, e, http.MethodGet, u.String(), c.service, c.region, "")
		if status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", c.path, status, body)
		}
	}
}
