package aws_test

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/middleware"

	product "github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/internal/aws/conformance"
	"github.com/tranship/tranship/lab/aws"
	"github.com/tranship/tranship/lab/cloud"
	"github.com/tranship/tranship/lab/cloud/cases"
)

// caseFolders are the cases of the model, and those on Cloud Map; estateCases those
// of what the account has beside.
var caseFolders = []string{"../cloud/testdata/cases", "../../internal/aws/conformance/cases"}

const estateCases = "../estate/testdata"

// The model's cases, with the same expectations to the letter, through the real
// clients, signatures, sockets and codecs.
func TestConformance(t *testing.T) {
	if f := flag.Lookup("rewrite"); f != nil && f.Value.String() == "true" {
		t.Fatal("what the cases expect is the model's to say: rewrite them from lab/cloud")
	}
	w := &wired{t: t, called: map[string]bool{}}
	for _, dir := range caseFolders {
		w.from = w.made // the last folder is Cloud Map's
		cases.Run(t, dir, w.fresh)
	}
	if all, _ := countCases(t, caseFolders...); t.Failed() || w.made < all {
		t.Logf("%d of %d cases over the wire", w.made, all) // -run or -skip chose, or one ended early
		return
	}
	w.heldToTheirWord()
	for _, api := range []reflect.Type{
		reflect.TypeFor[conformance.CloudMap](), reflect.TypeFor[cases.ECS](), reflect.TypeFor[cases.STS](), reflect.TypeFor[cases.EC2](), reflect.TypeFor[cases.Route53](),
		reflect.TypeFor[cases.AutoScaling](),
	} {
		for m := range api.Methods() {
			name := api.Name() + "." + m.Name
			switch why, out := uncalled[name]; {
			case out && w.called[name]:
				t.Errorf("%s is called over the wire: it need not be listed as uncalled any more", name)
			case !out && !w.called[name]:
				t.Errorf("no case calls %s over the wire: add one, or list it as uncalled", name)
			case out:
				t.Logf("not called over the wire: %s: %s", name, why)
			}
		}
	}
}

// heldToTheirWord wants that each case on Cloud Map calls what it says it is
// about, and sees an error or another operation at work where it says so.
func (w *wired) heldToTheirWord() {
	w.t.Helper()
	all, err := conformance.Cases()
	if err != nil || len(all) != w.made-w.from {
		w.t.Fatalf("%d cases on Cloud Map ran, of %d: %v", w.made-w.from, len(all), err)
	}
	for i, c := range all {
		for _, a := range c.About {
			got, called := w.shown[w.from+i][a.Operation]
			if !called || a.Error && !got.Error || a.Race && !got.Race {
				w.t.Errorf("%s says it is about %+v; called %v, refused %v, met another operation %v", c.ID(), a, called, got.Error, got.Race)
			}
		}
	}
}

// uncalled are the operations of a Target that no case calls, and why. No case is
// left out over the wire: each one holds there as it stands.
var uncalled = map[string]string{}

// wired makes the targets whose calls go over the wire.
type wired struct {
	t      *testing.T
	made   int // targets: one for each case that began
	from   int // how many were made before this folder
	mu     sync.Mutex
	called map[string]bool // CloudMap.RegisterInstance and so on
	busy   bool            // an operation of Cloud Map had not ended when the present call came
	shown  []map[string]conformance.About
}

// fresh serves a model of its own. Signatures are judged by the real time, by
// which the clients sign; the model's time moves only by Advance.
func (w *wired) fresh(cfg cloud.Config) *cases.Target {
	w.t.Helper()
	w.made++
	w.shown = append(w.shown, map[string]conformance.About{})
	model := cloud.New(cfg)
	at := model.Config()
	var mu sync.Mutex
	locked := func(fn func()) {
		mu.Lock()
		defer mu.Unlock()
		fn()
	}
	h, err := aws.NewHandler(aws.Config{
		Credentials: aws.Credentials{AccessKeyID: "AKIALAB", SecretAccessKey: "s"},
		Region:      at.Region, Account: at.Account,
		Services: services(model), Sessions: model.Session,
		Do: func(fn func()) { locked(func() { w.busy = model.Unfinished() > 0; fn() }) }, Record: w.record,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	client, end := overTheWire(w.t, h, at.Region)
	return &cases.Target{
		CloudMap: servicediscovery.NewFromConfig(client), ECS: ecs.NewFromConfig(client),
		STS: sts.NewFromConfig(client), EC2: ec2.NewFromConfig(client),
		AutoScaling: applicationautoscaling.NewFromConfig(client),
		// Route 53 is signed for one region, whatever the caller's.
		Route53: route53.NewFromConfig(client, func(o *route53.Options) { o.Region = "us-east-1" }),
		Do:      func(fn func(*cloud.Cloud)) { locked(func() { fn(model) }) },
		Advance: func(d time.Duration) { locked(func() { model.Advance(model.Now().Add(d)) }) },
		Close:   end,
	}
}

// overTheWire serves a handler, and is the configuration of clients that take it for
// AWS until end.
func overTheWire(t testing.TB, h http.Handler, region string) (client sdk.Config, end func()) {
	t.Helper()
	srv := httptest.NewUnstartedServer(nil)
	srv.Config = aws.NewServer(h)
	srv.Start()
	proxy, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{Proxy: http.ProxyURL(proxy), DisableCompression: true}
	return sdk.Config{
		Region: region, BaseEndpoint: sdk.String("http://aws.lab.internal"), Retryer: func() sdk.Retryer { return sdk.NopRetryer{} },
		Credentials: credentials.NewStaticCredentialsProvider("AKIALAB", "s", ""), HTTPClient: &http.Client{Transport: tr},
		APIOptions: []func(*middleware.Stack) error{product.PlainBodies},
	}, func() { tr.CloseIdleConnections(); srv.Close() }
}

// record notes what was called.
func (w *wired) record(c aws.Call) {
	api := map[string]string{"servicediscovery": "CloudMap", "ecs": "ECS", "sts": "STS", "ec2": "EC2", "route53": "Route53", "application-autoscaling": "AutoScaling"}[c.Service]
	w.mu.Lock()
	w.called[api+"."+c.Operation] = true
	if api == "CloudMap" {
		a := w.shown[w.made-1][c.Operation]
		a.Error = a.Error || c.ErrorCode != ""
		a.Race = a.Race || w.busy
		w.shown[w.made-1][c.Operation] = a
	}
	w.mu.Unlock()
	w.sane(c)
}

// sane wants that the endpoint finds nothing strange in what the SDK sends.
func (w *wired) sane(c aws.Call) {
	w.t.Helper()
	switch {
	case len(c.Unknown) > 0:
		w.t.Errorf("%s: members that the operation does not have: %v", c.Action(), c.Unknown)
	case c.Principal == "" || c.Status >= 500 || c.ErrorCode == "SerializationException" || c.ErrorCode == "UnknownOperationException":
		w.t.Errorf("%s: %d %s: %s", c.Action(), c.Status, c.ErrorCode, c.Message)
	}
}

// The README says how much of the behaviour is known how well.
func TestReadmeCountsTheCases(t *testing.T) {
	all, marks := countCases(t, append([]string{estateCases}, caseFolders...)...)
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("%d cases: %d documented, %d observed, %d inferred, %d unconfirmed",
		all, marks["documented"], marks["observed"], marks["inferred"], marks["unconfirmed"])
	if !strings.Contains(string(readme), want) {
		t.Errorf("README.md does not say %q", want)
	}
}

// countCases counts the cases of the files, together and by mark.
func countCases(t *testing.T, folders ...string) (all int, marks map[string]int) {
	t.Helper()
	var files []string
	for _, dir := range folders {
		some, err := filepath.Glob(dir + "/*")
		if err != nil || len(some) == 0 {
			t.Fatalf("no cases in %s: %v", dir, err)
		}
		files = append(files, some...)
	}
	marks = map[string]int{}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		mark := ""
		for line := range strings.Lines(string(text)) {
			line = strings.TrimSpace(line)
			if v, ok := strings.CutPrefix(line, "# mark: "); ok {
				mark = v
			}
			if first, _, _ := strings.Cut(line, " "); first == "new" {
				all++
				marks[mark]++
				mark = ""
			}
		}
	}
	return all, marks
}
