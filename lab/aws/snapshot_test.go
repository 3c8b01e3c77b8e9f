package aws

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

// modules are the SDK's modules by the names of their services in signatures.
var modules = map[string]string{
	"application-autoscaling": "applicationautoscaling", "ec2": "ec2", "ecs": "ecs", "eks": "eks",
	"elasticloadbalancing": "elasticloadbalancingv2", "iam": "iam", "logs": "cloudwatchlogs", "monitoring": "cloudwatch",
	"route53": "route53", "s3": "s3", "servicediscovery": "servicediscovery", "sts": "sts",
}

// snapshots is the folder of an SDK module in which the SDK keeps what its own
// clients send, or read. Nothing of it is ours: it is read where the module lies.
func snapshots(t *testing.T, service, kind string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/aws/aws-sdk-go-v2/service/"+modules[service]).Output()
	dir := filepath.Join(strings.TrimSpace(string(out)), kind)
	if _, serr := os.Stat(dir); err != nil || serr != nil {
		t.Skipf("SKIPPED: the SDK's module of %s has no %s here: %v", service, kind, errors.Join(err, serr))
	}
	return dir
}

// snapshot is a file of a first line, headers and a body.
func snapshot(t *testing.T, file string) (first string, head http.Header, body []byte) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(bytes.NewReader(raw))
	line := func() string {
		s, err := r.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		return strings.TrimRight(s, "\r\n")
	}
	first, head = line(), http.Header{}
	for l := line(); ; l = line() {
		name, value, ok := strings.Cut(l, ": ")
		if ok {
			head.Add(name, value)
		} else if len(head) > 0 || l != "" || r.Buffered() == 0 {
			break
		}
		if strings.HasSuffix(file, "request.snap") && !ok {
			break
		}
	}
	if body, err = io.ReadAll(r); err != nil {
		t.Fatal(err)
	}
	return first, head, bytes.TrimSuffix(body, []byte("\n"))
}

// What the SDK's own clients send, with every member set, is taken for the
// operation that it is, and read whole.
func TestRequestSnapshots(t *testing.T) {
	for _, s := range (&fake{}).services() {
		t.Run(s.Name, func(t *testing.T) {
			dir := snapshots(t, s.Name, "request_snapshot")
			svc, err := newService(s)
			if err != nil {
				t.Fatal(err)
			}
			read := 0
			for _, name := range sortedKeys(svc.operations) {
				file := filepath.Join(dir, name+".request.snap")
				if _, err := os.Stat(file); err != nil {
					continue // operations with bodies that stream have none
				}
				read++
				t.Run(name, func(t *testing.T) { readsSnapshot(t, svc, svc.operations[name], file) })
			}
			if read < len(svc.operations)*9/10 {
				t.Errorf("only %d of %d operations have a snapshot", read, len(svc.operations))
			}
		})
	}
}

func readsSnapshot(t *testing.T, svc *service, op *operation, file string) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	first, rest, _ := strings.Cut(string(raw), "\n")
	headers, body, _ := strings.Cut(strings.TrimPrefix(rest, "\n"), "\n\n")
	body = strings.TrimSuffix(body, "\n")
	method, uri, _ := strings.Cut(first, " ")
	u, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	r := &http.Request{Method: method, URL: u, Header: http.Header{}, Host: defaultHost}
	for l := range strings.Lines(headers) {
		if name, value, ok := strings.Cut(strings.TrimSpace(l), ": "); ok {
			r.Header.Set(name, value)
		}
	}
	if svc.name == "s3" && op.name != "ListBuckets" {
		r.Host = "bucket." + defaultHost
	}
	plain, err := inflate(r, []byte(body), defaultMaxBody)
	if err != nil {
		t.Skipf("the body is kept in a form that cannot be unpacked: %v", err)
	}
	req := newRequest(r, plain, defaultHost)
	w := svc.def.speaks(req)
	if got := w.operation(req); got != op.name {
		t.Fatalf("%s is taken for %q", first, got)
	}
	in := reflect.New(op.in)
	unknown, err := w.decode(svc.def, req, in.Elem())
	if err != nil || len(unknown) > 0 {
		t.Fatalf("%v, unknown: %v", err, unknown)
	}
	if missing := svc.missing(t.Context(), op, in); len(missing) > 0 {
		t.Errorf("missing: %v", missing)
	}
	switch w.(type) {
	case *jsonWire:
		again, err := encodeJSON(svc.def.in, in)
		if err != nil {
			t.Fatal(err)
		}
		sameJSON(t, plain, again)
	case *xmlWire:
		again := url.Values{"Action": req.form["Action"], "Version": req.form["Version"]}
		encodeQuery(svc.def.in, again, "", field{}, in.Elem())
		// Times come without fractions there.
		for name, values := range again {
			if strings.HasSuffix(values[0], ".000Z") {
				again.Set(name, strings.Replace(values[0], ".000Z", "Z", 1))
			}
		}
		if d := cmp.Diff(req.form, again); d != "" {
			t.Errorf("what was sent is not what was read (-sent +read):\n%s", d)
		}
	default:
		for i := range in.Elem().NumField() {
			if f := op.in.Field(i); f.IsExported() && in.Elem().Field(i).IsZero() {
				t.Errorf("%s was sent and is not set", f.Name)
			}
		}
	}
}

func sameJSON(t *testing.T, want, got []byte) {
	t.Helper()
	var w, g any
	if err := errors.Join(json.Unmarshal(want, &w), json.Unmarshal(got, &g)); err != nil {
		t.Fatalf("%v in %s or %s", err, want, got)
	}
	if d := cmp.Diff(w, g); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// registries know the errors of the services whose answers the SDK keeps, and
// clients read them.
var registries = map[string]struct {
	errors *smithy.TypeRegistry
	client func(sdk.Config) any
}{
	"application-autoscaling": {applicationautoscaling.TypeRegistry, func(c sdk.Config) any { return applicationautoscaling.NewFromConfig(c) }},
	"ecs":                     {ecs.TypeRegistry, func(c sdk.Config) any { return ecs.NewFromConfig(c) }},
	"eks":                     {eks.TypeRegistry, func(c sdk.Config) any { return eks.NewFromConfig(c) }},
	"elasticloadbalancing":    {elasticloadbalancingv2.TypeRegistry, func(c sdk.Config) any { return elasticloadbalancingv2.NewFromConfig(c) }},
	"iam":                     {iam.TypeRegistry, func(c sdk.Config) any { return iam.NewFromConfig(c) }},
	"logs":                    {cloudwatchlogs.TypeRegistry, func(c sdk.Config) any { return cloudwatchlogs.NewFromConfig(c) }},
	"monitoring":              {cloudwatch.TypeRegistry, func(c sdk.Config) any { return cloudwatch.NewFromConfig(c) }},
}

// What the SDK reads as an answer with every member set, ours says too: written
// by us and read by the SDK again it is the same.
func TestResponseSnapshots(t *testing.T) {
	for _, s := range (&fake{}).services() {
		reg, ok := registries[s.Name]
		if !ok {
			continue // the SDK keeps none for the others
		}
		t.Run(s.Name, func(t *testing.T) {
			dir := snapshots(t, s.Name, "response_snapshot")
			svc, err := newService(s)
			if err != nil {
				t.Fatal(err)
			}
			read := 0
			for _, name := range sortedKeys(svc.operations) {
				file := filepath.Join(dir, name+".response.snap")
				if _, err := os.Stat(file); err != nil {
					continue
				}
				read++
				t.Run(name, func(t *testing.T) {
					status, head, body := snapshot(t, file)
					out := readAnswer(t, reg.client, svc.operations[name], status, head, body)
					wires := svc.def.wires
					ans, err := wires[len(wires)-1].success(svc.def, svc.operations[name], "id", out)
					if err != nil {
						t.Fatal(err)
					}
					ours := http.Header{"Content-Type": {ans.contentType}}
					for k, v := range ans.header {
						ours[k] = v
					}
					again := readAnswer(t, reg.client, svc.operations[name], strconv.Itoa(ans.status), ours, ans.body)
					if d := cmp.Diff(out.Interface(), again.Interface(), sameAPI()); d != "" {
						t.Errorf("-theirs +ours:\n%s", d)
					}
				})
			}
			if read < len(svc.operations)*9/10 {
				t.Errorf("only %d of %d operations have a snapshot", read, len(svc.operations))
			}
		})
	}
}

type replay struct {
	status int
	header http.Header
	body   []byte
}

func (r replay) Do(req *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: r.status, Status: http.StatusText(r.status), Header: r.header, Request: req,
		Body: io.NopCloser(bytes.NewReader(r.body)), ContentLength: int64(len(r.body)),
	}, nil
}

// readAnswer is what the real client makes of an answer.
func readAnswer(t *testing.T, client func(sdk.Config) any, op *operation, status string, head http.Header, body []byte) reflect.Value {
	t.Helper()
	code, err := strconv.Atoi(status)
	if err != nil {
		t.Fatal(err)
	}
	in := reflect.New(op.in)
	f := &filler{rng: newRand(3), texts: []string{"plain"}}
	f.fill(in.Elem())
	cfg := sdk.Config{
		Region: testRegion, BaseEndpoint: sdk.String("http://" + defaultHost), Credentials: sdk.AnonymousCredentials{},
		HTTPClient: replay{code, head, body}, RetryMaxAttempts: 1,
	}
	res := reflect.ValueOf(client(cfg)).MethodByName(op.name).Call([]reflect.Value{reflect.ValueOf(t.Context()), in})
	if err, _ := res[1].Interface().(error); err != nil {
		t.Fatalf("the client cannot read it: %v\n%s", err, body)
	}
	return res[0]
}

// Every error that a service's model has gets the HTTP status that it has there.
func TestStatusesOfErrors(t *testing.T) {
	for _, name := range sortedKeys(registries) {
		t.Run(name, func(t *testing.T) {
			dir := snapshots(t, name, "response_snapshot")
			d, seen := definitions[name], 0
			for _, id := range sortedKeys(registries[name].errors.Entries) {
				_, shape, _ := strings.Cut(id, "#")
				file := filepath.Join(dir, shape+".error.snap")
				err, ok := registries[name].errors.Entries[id].New().(error)
				if _, serr := os.Stat(file); serr != nil || !ok {
					continue
				}
				seen++
				status, _, _ := snapshot(t, file)
				w := d.wires[len(d.wires)-1]
				ans := w.failure(d, &request{http: &http.Request{}}, "id", implFault(err))
				if strconv.Itoa(ans.status) != status {
					t.Errorf("%s is answered with %d, and the SDK's snapshot has %s", shape, ans.status, status)
				}
			}
			if seen == 0 {
				t.Error("no error has a snapshot")
			}
		})
	}
}
