package aws_test

import (
	"flag"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/tranship/tranship/lab/aws"
	"github.com/tranship/tranship/lab/estate"
	"github.com/tranship/tranship/lab/estate/cases"
)

// scopes are the names of the estate's services in signatures, by facade.
var scopes = map[string]string{
	"elb": "elasticloadbalancing", "iam": "iam", "cloudwatch": "monitoring", "logs": "logs", "s3": "s3", "eks": "eks",
}

// The estate's cases, to the letter, through the real clients. Each operation
// that the estate has is called at least once.
func TestEstateConformance(t *testing.T) {
	if f := flag.Lookup("rewrite"); f != nil && f.Value.String() == "true" {
		t.Fatal("what the cases expect is the estate's to say: rewrite them from lab/estate")
	}
	w := &wired{t: t, called: map[string]bool{}}
	cases.Run(t, estateCases, w.freshEstate)
	if t.Failed() || flag.Lookup("test.run").Value.String() != "" {
		return
	}
	for name, facade := range cases.Facades(estate.New(estate.Config{})) {
		for m := range reflect.TypeOf(facade).Methods() {
			if m.Type.NumIn() == 4 && m.Type.IsVariadic() && !w.called[scopes[name]+"."+m.Name] {
				t.Errorf("no case calls %s.%s over the wire", name, m.Name)
			}
		}
	}
}

// freshEstate serves an estate of its own.
func (w *wired) freshEstate(cfg estate.Config) *cases.Target {
	w.t.Helper()
	e := estate.New(cfg)
	at := e.Config()
	var mu sync.Mutex
	locked := func(fn func()) {
		mu.Lock()
		defer mu.Unlock()
		fn()
	}
	var services []aws.Service
	for name, facade := range cases.Facades(e) {
		services = append(services, aws.Service{Name: scopes[name], Impl: facade})
	}
	h, err := aws.NewHandler(aws.Config{
		Credentials: aws.Credentials{AccessKeyID: "AKIALAB", SecretAccessKey: "s"},
		Region:      at.Region, Account: at.Account, Services: services, Do: locked, Record: w.recordEstate,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	client, end := overTheWire(w.t, h, at.Region)
	return &cases.Target{
		Clients: map[string]any{
			"elb": elasticloadbalancingv2.NewFromConfig(client), "iam": iam.NewFromConfig(client), // signed for the lab's region, as Route 53 is for its one in the model's cases
			"cloudwatch": cloudwatch.NewFromConfig(client),
			"logs":       cloudwatchlogs.NewFromConfig(client), "eks": eks.NewFromConfig(client),
			"s3": s3.NewFromConfig(client, func(o *s3.Options) { o.UsePathStyle = true }),
		},
		Do:      func(fn func(*estate.Estate)) { locked(func() { fn(e) }) },
		Advance: func(d time.Duration) { locked(func() { e.Advance(e.Now().Add(d)) }) },
		Close:   end,
	}
}

// recordEstate notes what was called; see record.
func (w *wired) recordEstate(c aws.Call) {
	w.mu.Lock()
	w.called[c.Service+"."+c.Operation] = true
	w.mu.Unlock()
	w.sane(c)
}
