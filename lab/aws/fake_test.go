package aws

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/document"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/middleware"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	product "github.com/tranship/tranship/internal/aws"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	testKey     = "AKIALABLABLABLABLAB1"
	testSecret  = "secret/of+the/lab"
	testRegion  = "ap-south-1"
	testAccount = "123456789012"
)

// fake is an Impl for every operation of Cloud Map and ECS at once: the SDK's own
// clients, cut short before they send. It keeps what it was given.
type fake struct {
	mu     sync.Mutex
	seen   any
	answer func(operation string, in any) (any, error)
}

func (f *fake) cut(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("cut",
		func(ctx context.Context, in middleware.InitializeInput, _ middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			out, err := f.do(middleware.GetOperationName(ctx), in.Parameters)
			return middleware.InitializeOutput{Result: out}, middleware.Metadata{}, err
		}), middleware.Before)
}

func (f *fake) do(operation string, in any) (any, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen = in
	return f.answer(operation, in)
}

func (f *fake) saw() any {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seen
}

// fakeSTS has the operations that the lab has.
type fakeSTS struct{ *fake }

func (f fakeSTS) GetCallerIdentity(_ context.Context, in *sts.GetCallerIdentityInput, _ ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error) {
	out, err := f.do("GetCallerIdentity", in)
	o, _ := out.(*sts.GetCallerIdentityOutput)
	return o, err
}

func (f fakeSTS) AssumeRole(_ context.Context, in *sts.AssumeRoleInput, _ ...func(*sts.Options)) (*sts.AssumeRoleOutput, error) {
	out, err := f.do("AssumeRole", in)
	o, _ := out.(*sts.AssumeRoleOutput)
	return o, err
}

func (f *fake) services() []Service {
	cut := []func(*middleware.Stack) error{f.cut}
	return []Service{
		{Name: "servicediscovery", Impl: servicediscovery.New(servicediscovery.Options{APIOptions: cut})},
		{Name: "ecs", Impl: ecs.New(ecs.Options{APIOptions: cut})},
		{Name: "sts", Impl: fakeSTS{f}},
		{Name: "ec2", Impl: fakeEC2{ec2.New(ec2.Options{APIOptions: cut})}},
		{Name: "application-autoscaling", Impl: applicationautoscaling.New(applicationautoscaling.Options{APIOptions: cut})},
		{Name: "elasticloadbalancing", Impl: elasticloadbalancingv2.New(elasticloadbalancingv2.Options{APIOptions: cut})},
		{Name: "eks", Impl: eks.New(eks.Options{APIOptions: cut})},
		{Name: "iam", Impl: iam.New(iam.Options{APIOptions: cut})},
		{Name: "logs", Impl: fakeLogs{cloudwatchlogs.New(cloudwatchlogs.Options{APIOptions: cut})}},
		{Name: "monitoring", Impl: cloudwatch.New(cloudwatch.Options{APIOptions: cut})},
		{Name: "route53", Impl: route53.New(route53.Options{APIOptions: cut})},
		{Name: "s3", Impl: fakeS3{s3.New(s3.Options{APIOptions: cut})}},
	}
}

// nothing answers every operation with an output in which nothing is set.
func (f *fake) nothing(t testing.TB) {
	t.Helper()
	outs := map[reflect.Type]reflect.Type{}
	for _, s := range f.services() {
		svc, err := newService(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, op := range svc.operations {
			outs[op.in] = op.out
		}
	}
	f.answer = func(_ string, in any) (any, error) {
		return reflect.New(outs[reflect.TypeOf(in).Elem()]).Interface(), nil
	}
}

// calls is a Record that can be read.
type calls struct {
	mu  sync.Mutex
	all []Call
}

func (c *calls) record(call Call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, call)
}

func (c *calls) last(t *testing.T) Call {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.all) == 0 {
		t.Fatal("no call was recorded")
	}
	return c.all[len(c.all)-1]
}

// endpoint is a served handler over a fake.
type endpoint struct {
	*fake
	calls
	url string
}

func serve(t testing.TB, change ...func(*Config)) *endpoint {
	t.Helper()
	e := &endpoint{fake: &fake{}}
	e.answer = func(string, any) (any, error) { return nil, fmt.Errorf("no answer was set") }
	cfg := Config{
		Credentials: Credentials{testKey, testSecret}, Region: testRegion, Account: testAccount,
		Services: e.services(), Record: e.record,
	}
	for _, c := range change {
		c(&cfg)
	}
	h, err := NewHandler(cfg)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(nil)
	srv.Config = NewServer(h)
	srv.Start()
	t.Cleanup(srv.Close)
	e.url = srv.URL
	return e
}

// config is for SDK clients that use the recipe for every client: a made-up host,
// reached through the endpoint as HTTP proxy, which makes the data- prefix work.
func (e *endpoint) config(t testing.TB, change ...func(*sdk.Config)) sdk.Config {
	t.Helper()
	proxy, err := url.Parse(e.url)
	if err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{Proxy: http.ProxyURL(proxy)}
	t.Cleanup(tr.CloseIdleConnections)
	cfg := sdk.Config{
		Region:           testRegion,
		BaseEndpoint:     sdk.String("http://aws.lab.internal"),
		Credentials:      credentials.NewStaticCredentialsProvider(testKey, testSecret, ""),
		HTTPClient:       &http.Client{Transport: tr},
		RetryMaxAttempts: 1,
		APIOptions:       []func(*middleware.Stack) error{product.PlainBodies},
	}
	for _, c := range change {
		c(&cfg)
	}
	return cfg
}

// filler sets every member of an SDK struct to something, from a seed.
type filler struct {
	rng     *rand.Rand
	texts   []string
	seconds bool // times without fractions, as headers have them
	depth   int
}

// maxFill ends types that hold themselves.
const maxFill = 24

var (
	jsonTexts = []string{"svc-001", "a \"quoted\" \\ text", "tab\tnewline\nnull\x00del\x7f", "grüße 船 🚢", "<&>'", " "}
	xmlTexts  = []string{"vpc-1", "grüße 船 🚢", "<&>'\"", "a b"}
	// In paths, query strings and headers.
	restTexts = []string{"svc-001", "a b", "x=1&y", "arn:aws:eks:::cluster/shop", "50%+"}
)

func (f *filler) fill(v reflect.Value) {
	t := v.Type()
	f.depth++
	defer func() { f.depth-- }()
	if f.depth > maxFill && (t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice) {
		return
	}
	if t == timeType {
		ms := f.rng.Int64N(4e12)
		if f.seconds {
			ms -= ms % 1000
		}
		v.Set(reflect.ValueOf(time.UnixMilli(ms).UTC()))
		return
	}
	switch t.Kind() {
	case reflect.String:
		v.SetString(f.texts[f.rng.IntN(len(f.texts))])
	case reflect.Bool:
		v.SetBool(f.rng.IntN(2) == 0)
	case reflect.Int32, reflect.Int64:
		v.SetInt(f.rng.Int64N(1 << 31))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float64(f.rng.IntN(1000)) / 8)
	case reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
		f.fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(t, 1+f.rng.IntN(2), 2))
		for i := range v.Len() {
			f.fill(v.Index(i))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(t))
		for _, k := range f.texts {
			elem := reflect.New(t.Elem()).Elem()
			f.fill(elem)
			v.SetMapIndex(reflect.ValueOf(k).Convert(t.Key()), elem)
		}
	case reflect.Interface:
		f.fillInterface(v)
	case reflect.Struct:
		for i := range t.NumField() {
			if sf := t.Field(i); sf.IsExported() && sf.Type != metadataType {
				f.fill(v.Field(i))
			}
		}
	}
}

func (f *filler) fillInterface(v reflect.Value) {
	if v.Type() == ecsInterfaces().document {
		v.Set(reflect.ValueOf(document.NewLazyDocument(map[string]any{"depth": []any{1, 2.5, "x", true, nil}})))
		return
	}
	for _, name := range sortedKeys(definitions) {
		for _, member := range definitions[name].interfaces.unions[v.Type()] {
			p := reflect.New(member)
			f.fill(p.Elem())
			v.Set(p)
		}
	}
}

// sameAPI compares SDK structs by what the API knows of them.
func sameAPI() cmp.Options {
	return cmp.Options{
		cmp.FilterPath(func(p cmp.Path) bool {
			f, ok := p.Last().(cmp.StructField)
			return ok && (f.Name() == "ResultMetadata" || strings.ToLower(f.Name()[:1]) == f.Name()[:1])
		}, cmp.Ignore()),
		// The SDK's own reading of a number of seconds may be a millisecond short.
		cmp.Comparer(func(a, b time.Time) bool { return a.Sub(b).Abs() <= time.Millisecond }),
		cmp.FilterValues(func(a, b document.Interface) bool { return a != nil && b != nil },
			cmp.Comparer(func(a, b document.Interface) bool {
				x, errX := a.MarshalSmithyDocument()
				y, errY := b.MarshalSmithyDocument()
				return errX == nil && errY == nil && string(x) == string(y)
			})),
	}
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, seed)) }
