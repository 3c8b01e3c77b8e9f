package aws

import (
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"
)

// Every operation of S3 through the real client, with every member set, the
// bucket in the path and in the host's name.
func TestRoundTripOfS3(t *testing.T) {
	e := serve(t)
	svc := serviceOf(t, e, "s3")
	if len(svc.operations) < 11 {
		t.Fatalf("S3 has %d operations", len(svc.operations))
	}
	for _, style := range []string{"path", "host"} {
		client := s3.NewFromConfig(e.config(t), func(o *s3.Options) { o.UsePathStyle = style == "path" })
		for i, name := range sortedKeys(svc.operations) {
			t.Run(style+"/"+name, func(t *testing.T) {
				f := &filler{rng: rand.New(rand.NewPCG(9, uint64(i))), texts: []string{"a/b c+d=&é.gz", "x", "50%"}, seconds: true}
				op := svc.operations[name]
				in, out := reflect.New(op.in), reflect.New(op.out)
				f.fill(in.Elem())
				f.fill(out.Elem())
				plainHeaders(in.Elem(), "Bucket", "Key", "Prefix", "Delimiter", "StartAfter", "ContinuationToken", "Marker")
				plainHeaders(out.Elem(), "Contents", "CommonPrefixes", "Buckets")
				const content = "2 123456789012 eni-1 10.0.0.1\n"
				if b := out.Elem().FieldByName("Body"); b.IsValid() {
					b.Set(reflect.ValueOf(io.NopCloser(strings.NewReader(content))))
				}
				if n := out.Elem().FieldByName("ContentLength"); n.IsValid() {
					n.Set(reflect.ValueOf(sdk.Int64(int64(len(content)))))
				}
				e.answer = func(string, any) (any, error) { return out.Interface(), nil }
				res := reflect.ValueOf(client).MethodByName(name).Call([]reflect.Value{reflect.ValueOf(t.Context()), in})
				if err, _ := res[1].Interface().(error); err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(in.Interface(), e.saw(), sameAPI()); d != "" {
					t.Errorf("what the Impl saw (-sent +seen):\n%s", d)
				}
				if got, ok := res[0].Interface().(*s3.GetObjectOutput); ok {
					b, err := io.ReadAll(got.Body)
					if err != nil || string(b) != content {
						t.Errorf("body %q, %v", b, err)
					}
				}
				// Expires is the SDK's own reading of ExpiresString.
				if d := cmp.Diff(out.Interface(), res[0].Interface(), sameAPI(), without("Body", "Expires")); d != "" {
					t.Errorf("what the client got (-given +got):\n%s", d)
				}
				if rec := e.last(t); rec.Service != "s3" || rec.Operation != name || rec.ErrorCode != "" || len(rec.Unknown) != 0 {
					t.Errorf("recorded %+v", rec)
				}
			})
		}
	}
}

// plainHeaders makes texts simple that S3's client puts into headers or host names.
func plainHeaders(v reflect.Value, keep ...string) {
	for i := range v.NumField() {
		f, name := v.Field(i), v.Type().Field(i).Name
		if !f.CanSet() || name != "Bucket" && strings.Contains(" "+strings.Join(keep, " ")+" ", " "+name+" ") {
			continue
		}
		switch x := f.Addr().Interface().(type) {
		case **string:
			*x = sdk.String("plain-1")
		case *map[string]string:
			*x = map[string]string{"one": "1", "two": "a b"}
		default:
			switch {
			case f.Kind() == reflect.String:
				f.SetString("PLAIN")
			case f.Kind() == reflect.Slice && f.Type().Elem().Kind() == reflect.String:
				for j := range f.Len() {
					f.Index(j).SetString("PLAIN")
				}
			}
		}
	}
}

func without(names ...string) cmp.Option {
	return cmp.FilterPath(func(p cmp.Path) bool {
		f, ok := p.Last().(cmp.StructField)
		return ok && strings.Contains(" "+strings.Join(names, " ")+" ", " "+f.Name()+" ")
	}, cmp.Ignore())
}

func TestBucketOf(t *testing.T) {
	for host, want := range map[string]string{
		"aws.lab.internal":                           "",
		"logs.aws.lab.internal":                      "logs",
		"my.logs.aws.lab.internal:80":                "my.logs",
		"logs.localhost:4566":                        "logs",
		"127.0.0.1:4566":                             "",
		"[::1]:4566":                                 "",
		"s3.ap-south-1.amazonaws.com":                "",
		"logs.s3.ap-south-1.amazonaws.com":           "logs",
		"logs.s3.dualstack.ap-south-1.amazonaws.com": "logs",
		"data-aws.lab.internal":                      "",
	} {
		if got := bucketOf(host, "aws.lab.internal"); got != want {
			t.Errorf("the bucket of %s is %q, want %q", host, got, want)
		}
	}
}

// A subresource that is not served is not taken for a listing of the bucket.
func TestSubresourcesAreNotListings(t *testing.T) {
	e := serve(t)
	e.answer = func(op string, _ any) (any, error) { t.Errorf("%s was called", op); return nil, nil }
	for _, query := range []string{"acl", "versions", "uploads", "policyStatus"} {
		status, body := rest(t, e, http.MethodGet, "/logs?"+query, "s3", testRegion, "")
		if status != http.StatusNotImplemented || !strings.Contains(body, "<Code>NotImplemented</Code>") {
			t.Errorf("?%s: %d %s", query, status, body)
		}
	}
}

// rest signs and sends a request over REST.
func rest(t *testing.T, e *endpoint, method, path, service, region, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, e.url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(e.url + path)
	if err != nil {
		t.Fatal(err)
	}
	r.URL = u
	signIn(t, r, body, service, region)
	return send(t, r)
}
