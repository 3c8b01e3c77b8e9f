package aws

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func TestOnlyTheIssuedKey(t *testing.T) {
	key := func(id, secret, token string) func(*sdk.Config) {
		return func(c *sdk.Config) {
			c.Credentials = credentials.NewStaticCredentialsProvider(id, secret, token)
		}
	}
	late := func(by time.Duration) func(*Config) {
		return func(c *Config) { c.Now = func() time.Time { return time.Now().Add(by) } }
	}
	type answers struct{ json, query, ec2 faultAnswer }
	wrongKey := answers{faultAnswer{"UnrecognizedClientException", 400}, faultAnswer{"InvalidClientTokenId", 403}, faultAnswer{"AuthFailure", 401}}
	wrongSignature := answers{faultAnswer{"InvalidSignatureException", 400}, faultAnswer{"SignatureDoesNotMatch", 403}, faultAnswer{"AuthFailure", 401}}
	missing := answers{faultAnswer{"MissingAuthenticationTokenException", 400}, faultAnswer{"MissingAuthenticationToken", 403}, faultAnswer{"MissingAuthenticationToken", 403}}
	for _, c := range []struct {
		name   string
		client func(*sdk.Config)
		server func(*Config)
		want   answers
		says   string
	}{
		{"another key", key("AKIASOMEBODYELSE", testSecret, ""), nil, wrongKey, "security token"},
		{"a session token that nobody issued", key(testKey, testSecret, "token"), nil, wrongKey, "security token"},
		{"another secret", key(testKey, "guess", ""), nil, wrongSignature, "does not match"},
		{"another region", func(c *sdk.Config) { c.Region = "us-east-1" }, nil, wrongSignature, "us-east-1"},
		{"signed long ago", nil, late(6 * time.Minute), wrongSignature, "Signature expired"},
		{"signed in the future", nil, late(-6 * time.Minute), wrongSignature, "not yet current"},
		{"not signed", func(c *sdk.Config) { c.Credentials = sdk.AnonymousCredentials{} }, nil, missing, "missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var server []func(*Config)
			if c.server != nil {
				server = append(server, c.server)
			}
			e := serve(t, server...)
			e.answer = func(string, any) (any, error) { t.Error("the Impl was called"); return nil, nil }
			cfg := e.config(t)
			if c.client != nil {
				c.client(&cfg)
			}
			check := func(service string, err error, want faultAnswer) {
				t.Helper()
				wantCode(t, err, want.code, want.status)
				if service != "ec2" && !strings.Contains(err.Error(), c.says) {
					t.Errorf("%v does not say %q", err, c.says)
				}
				if rec := e.last(t); rec.Service != service || rec.Operation == "" || rec.Principal != "" || rec.ErrorCode != want.code || rec.Status != want.status {
					t.Errorf("recorded %+v", rec)
				}
			}
			ctx := t.Context()
			_, err := servicediscovery.NewFromConfig(cfg).ListNamespaces(ctx, &servicediscovery.ListNamespacesInput{})
			check("servicediscovery", err, c.want.json)
			_, err = ecs.NewFromConfig(cfg).ListTasks(ctx, &ecs.ListTasksInput{})
			check("ecs", err, c.want.json)
			_, err = sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
			check("sts", err, c.want.query)
			_, err = ec2.NewFromConfig(cfg).DescribeVpcs(ctx, &ec2.DescribeVpcsInput{})
			check("ec2", err, c.want.ec2)
		})
	}
}

// raw is a ListTasks request signed by the SDK's signer, for bending.
func raw(t *testing.T, url string, change func(*http.Request)) *http.Request {
	t.Helper()
	const body = `{"cluster":"c"}`
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AmazonEC2ContainerServiceV20141113.ListTasks")
	if change != nil {
		change(r)
	}
	signAs(t, r, body, "ecs")
	return r
}

func signAs(t testing.TB, r *http.Request, body, service string) {
	t.Helper()
	signIn(t, r, body, service, testRegion)
}

func signIn(t testing.TB, r *http.Request, body, service, region string) {
	t.Helper()
	sum := sha256.Sum256([]byte(body))
	hash := hex.EncodeToString(sum[:])
	if service == "s3" {
		r.Header.Set(contentHash, hash)
	}
	creds := sdk.Credentials{AccessKeyID: testKey, SecretAccessKey: testSecret}
	asIs := func(o *v4.SignerOptions) { o.DisableURIPathEscaping = service == "s3" }
	if err := v4.NewSigner().SignHTTP(context.Background(), creds, r, hash, service, region, time.Now(), asIs); err != nil {
		t.Fatal(err)
	}
}

// send gives status and body of a request.
func send(t *testing.T, r *http.Request) (int, string) {
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
	if resp.Header.Get("X-Amzn-Requestid") == "" {
		t.Error("the answer has no request id")
	}
	return resp.StatusCode, string(b)
}

func TestSignatureCoversTheRequest(t *testing.T) {
	e := serve(t)
	e.answer = func(string, any) (any, error) { return &ecs.ListTasksOutput{}, nil }
	replaceAuth := func(from, to string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), from, to, 1))
		}
	}
	const target = "X-Amz-Target"
	for _, c := range []struct {
		name   string
		url    string
		before func(*http.Request) // part of what is signed
		after  func(*http.Request) // done to the signed request
		want   string              // part of the answer; "" for accepted
	}{
		{name: "as signed"},
		{name: "spaces in headers count once", before: func(r *http.Request) { r.Header.Set("X-Amz-Meta", "  a   b ") }},
		{name: "query string", url: "/?b=2&a=x%20y&a=%2F&c"},
		{name: "another body", after: func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(`{"cluster":"d"}`)) }, want: "InvalidSignatureException"},
		{name: "another query", after: func(r *http.Request) { r.URL.RawQuery = "x=1" }, want: "InvalidSignatureException"},
		{name: "another host", after: func(r *http.Request) { r.Host = "elsewhere" }, want: "InvalidSignatureException"},
		{name: "another operation", after: func(r *http.Request) { r.Header.Set(target, "AmazonEC2ContainerServiceV20141113.DeleteCluster") }, want: "InvalidSignatureException"},
		{name: "another service's operation", after: func(r *http.Request) { r.Header.Set(target, "Route53AutoNaming_v20170314.ListServices") }, want: "correct service: 'servicediscovery'"},
		{name: "target not signed", after: replaceAuth(";x-amz-target", ""), want: "'X-Amz-Target' must be a 'SignedHeader'"},
		{name: "host not signed", after: replaceAuth("host;", ""), want: "':authority' must be a 'SignedHeader'"},
		{name: "another terminator", after: replaceAuth("aws4_request", "aws5_request"), want: "valid terminator"},
		{name: "another day in the scope", after: func(r *http.Request) {
			replaceAuth("Credential="+testKey+"/2", "Credential="+testKey+"/1")(r)
		}, want: "Date in Credential scope"},
		{name: "no date", after: func(r *http.Request) { r.Header.Del("X-Amz-Date") }, want: "IncompleteSignatureException"},
		{name: "no signature", after: replaceAuth("Signature=", "Sign="), want: "requires 'Signature'"},
		{name: "another algorithm", after: replaceAuth("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"), want: "Unsupported AWS 'algorithm'"},
		{name: "two authorizations", after: func(r *http.Request) { r.Header.Add("Authorization", r.Header.Get("Authorization")) }, want: "IncompleteSignatureException"},
		{name: "presigned", after: func(r *http.Request) {
			r.Header.Del("Authorization")
			r.URL.RawQuery = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00"
		}, want: "MissingAuthenticationTokenException"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := raw(t, e.url+c.url, c.before)
			if c.after != nil {
				c.after(r)
			}
			status, body := send(t, r)
			switch {
			case c.want == "" && (status != 200 || body != "{}" && body != `{"taskArns":[]}`):
				t.Errorf("%d %s, want it accepted", status, body)
			case c.want != "" && (status == 200 || !strings.Contains(body, c.want)):
				t.Errorf("%d %s, want %q", status, body, c.want)
			}
		})
	}
}

func TestParseAuthorization(t *testing.T) {
	// One header without spaces after its commas, as some clients write it.
	a, err := parseAuthorization("AWS4-HMAC-SHA256 Credential=AKIA/20261105/ap-south-1/ecs/aws4_request,SignedHeaders=host;x-amz-date,Signature=abc")
	if err != nil {
		t.Fatal(err)
	}
	if a.keyID != "AKIA" || a.date != "20261105" || a.region != "ap-south-1" || a.service != "ecs" || a.end != terminator ||
		strings.Join(a.signedHeaders, ";") != "host;x-amz-date" || a.signature != "abc" {
		t.Errorf("got %+v", a)
	}
	for _, bad := range []string{
		"", "Bearer x", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 x",
		"AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=x",
		"AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=x, Signature=y",
		"AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=, Signature=x",
	} {
		if a, err := parseAuthorization(bad); err == nil {
			t.Errorf("%q was read as %+v", bad, a)
		}
	}
}

func hashOf(body string) []byte {
	sum := sha256.Sum256([]byte(body))
	return sum[:]
}

func now() time.Time { return time.Now() }
