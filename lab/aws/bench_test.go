package aws

import (
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// One DescribeServices of ten services: signature, codec, call, without a socket.
func BenchmarkDescribeServices(b *testing.B) {
	fl := &filler{rng: rand.New(rand.NewPCG(1, 2)), texts: []string{"svc-001", "arn:aws:ecs:ap-south-1:123456789012:service/shop/svc-001"}}
	out := &ecs.DescribeServicesOutput{Services: make([]ecstypes.Service, 10)}
	for i := range out.Services {
		fl.fill(reflect.ValueOf(&out.Services[i]).Elem())
		out.Services[i].Events, out.Services[i].TaskSets = nil, nil
	}
	h, err := NewHandler(Config{
		Credentials: Credentials{testKey, testSecret}, Region: testRegion, Account: testAccount,
		Services: (&fake{answer: func(string, any) (any, error) { return out, nil }}).services(),
	})
	if err != nil {
		b.Fatal(err)
	}
	const body = `{"cluster":"shop","services":["svc-001","svc-002","svc-003"]}`
	signed := httptest.NewRequest(http.MethodPost, "http://aws.lab.internal/", strings.NewReader(body))
	signed.Header.Set("X-Amz-Target", "AmazonEC2ContainerServiceV20141113.DescribeServices")
	signAs(b, signed, body, "ecs")
	b.ReportAllocs()
	start := time.Now()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodPost, "http://aws.lab.internal/", strings.NewReader(body))
		r.Header = signed.Header
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatalf("%d %s", w.Code, w.Body)
		}
		b.SetBytes(int64(w.Body.Len()))
	}
	b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "req/s")
}

// The same through the real client and a socket.
func BenchmarkDescribeServicesOverHTTP(b *testing.B) {
	e := serve(b)
	out := &ecs.DescribeServicesOutput{Services: []ecstypes.Service{{ServiceName: sdk.String("svc-001"), DesiredCount: 2}}}
	e.answer = func(string, any) (any, error) { return out, nil }
	client := ecs.NewFromConfig(e.config(b))
	start := time.Now()
	for b.Loop() {
		if _, err := client.DescribeServices(b.Context(), &ecs.DescribeServicesInput{Services: []string{"svc-001"}}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "req/s")
}
