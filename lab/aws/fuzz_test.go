package aws

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/google/go-cmp/cmp"
)

// Whatever a body is: no panic; and what was read can be written and read again
// as the same.
func FuzzDecodeJSON(f *testing.F) {
	for i, s := range []string{
		`{"ServiceId":"srv-1","InstanceId":"i","Attributes":{"AWS_INSTANCE_IPV4":"10.0.0.1"}}`,
		`{"Id":"srv-1","Service":{"DnsConfig":{"DnsRecords":[{"Type":"A","TTL":5}]},"Description":""}}`,
		`{"service":"s","desiredCount":0,"deploymentConfiguration":{"lifecycleHooks":[{"hookDetails":{"a":[1,1e99,null]}}]}}`,
		`{"gateway":"g","configuration":{"hostSharedAlb":{"accessLogConfiguration":{}}}}`,
		`{"pullStartedAt":1793858828.09,"exitCode":-1}`,
		`{"a":null}`, `[]`, `{}{}`, `"\ud800"`, ``,
	} {
		f.Add(byte(i), s)
	}
	f.Add(byte(2), `{"deploymentConfiguration":{"lifecycleHooks":[{"hookDetails":{"":[]}}]}}`)
	cm, e := definitions["servicediscovery"], definitions["ecs"]
	inputs := []struct {
		d *definition
		t reflect.Type
	}{
		{cm, reflect.TypeFor[servicediscovery.RegisterInstanceInput]()},
		{cm, reflect.TypeFor[servicediscovery.UpdateServiceInput]()},
		{e, reflect.TypeFor[ecs.UpdateServiceInput]()},
		{e, reflect.TypeFor[ecs.UpdateGatewayInput]()},
		{e, reflect.TypeFor[ecs.SubmitTaskStateChangeInput]()},
	}
	f.Fuzz(func(t *testing.T, which byte, body string) {
		c := inputs[int(which)%len(inputs)]
		in := reflect.New(c.t)
		if _, err := decodeJSON(c.d.in, c.d.interfaces, []byte(body), in.Elem()); err != nil {
			return
		}
		c.d.required.missing(c.d.in, in.Elem())
		enc, err := encodeJSON(c.d.in, in)
		if err != nil {
			t.Fatalf("%q was read and cannot be written: %v", body, err)
		}
		again := reflect.New(c.t)
		unknown, err := decodeJSON(c.d.in, c.d.interfaces, enc, again.Elem())
		if err != nil || len(unknown) > 0 {
			t.Fatalf("%q became %s, which cannot be read: %v %v", body, enc, err, unknown)
		}
		if d := cmp.Diff(in.Interface(), again.Interface(), sameAPI()); d != "" {
			t.Fatalf("%q became %s, which reads otherwise (-first +second):\n%s", body, enc, d)
		}
	})
}

// Whatever is sent without the secret: no panic and no entry.
func FuzzAuthorization(f *testing.F) {
	const good = "AWS4-HMAC-SHA256 Credential=" + testKey + "/20261105/ap-south-1/ecs/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=00"
	f.Add(good, "20261105T060708Z", "", "/", "{}")
	f.Add(strings.ReplaceAll(good, ", ", ","), "Thu, 05 Nov 2026 06:07:08 GMT", "a=b;c&%zz", "//x/%2f", "")
	f.Add("AWS4-HMAC-SHA256 =,=", "", "", "", "")
	e := &fake{answer: func(string, any) (any, error) { panic("the Impl was called") }}
	h, err := NewHandler(Config{
		Credentials: Credentials{testKey, testSecret}, Region: testRegion, Account: testAccount, Services: e.services(),
		Now: func() time.Time { return time.Date(2026, 11, 5, 6, 7, 8, 0, time.UTC) },
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, auth, date, query, path, body string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.URL = &url.URL{Path: path, RawQuery: query}
		r.Header.Set("Authorization", auth)
		r.Header.Set("X-Amz-Date", date)
		r.Header.Set("X-Amz-Target", "AmazonEC2ContainerServiceV20141113.ListTasks")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code < 400 || !strings.Contains(w.Body.String(), "__type") {
			t.Errorf("answered %d %s", w.Code, w.Body)
		}
	})
}
