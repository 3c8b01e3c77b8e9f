package cases

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go"
	"github.com/cockroachdb/datadriven"
	"sigs.k8s.io/yaml"

	"github.com/tranship/tranship/lab/cloud/cases"
	"github.com/tranship/tranship/lab/estate"
)

// Target is one fresh estate and the ways to it. Clients must not retry.
type Target struct {
	// Clients are elb, iam, cloudwatch, logs, s3 and eks, with the signatures of
	// the SDK's clients.
	Clients map[string]any
	// Do reaches the estate itself: what is stated, and the lines of its logs.
	Do func(fn func(*estate.Estate))
	// Advance lets d pass.
	Advance func(d time.Duration)
	// Close, where set, ends the target.
	Close func()
}

// Facades are the clients of an estate without anything between.
func Facades(e *estate.Estate) map[string]any {
	return map[string]any{
		"elb": e.ELB(), "iam": e.IAM(), "cloudwatch": e.CloudWatch(), "logs": e.Logs(), "s3": e.S3(), "eks": e.EKS(),
	}
}

// Direct is the estate without anything between.
func Direct(cfg estate.Config) *Target {
	e := estate.New(cfg)
	return &Target{
		Clients: Facades(e),
		Do:      func(fn func(*estate.Estate)) { fn(e) },
		Advance: func(d time.Duration) { e.Advance(e.Now().Add(d)) },
	}
}

// Run runs every file of dir, each case against a Target of its own.
func Run(t *testing.T, dir string, fresh func(estate.Config) *Target) {
	t.Helper()
	datadriven.Walk(t, dir, func(t *testing.T, path string) {
		r := &runner{t: t}
		t.Cleanup(r.close)
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			r.d = d
			fn := commands[d.Cmd]
			switch {
			case d.Cmd == "new":
				r.begin(fresh)
				return ""
			case fn == nil:
				d.Fatalf(t, "unknown command %q", d.Cmd)
			case r.target == nil:
				d.Fatalf(t, "a case begins with new")
			}
			out, err := fn(r, context.Background())
			if err != nil {
				out += failure(err) + "\n"
			}
			for _, s := range r.symbols {
				out = strings.ReplaceAll(out, s.id, s.name)
			}
			return out
		})
	})
}

// runner is the state of one case.
type runner struct {
	t       *testing.T
	d       *datadriven.TestData
	target  *Target
	start   time.Time
	logs    map[string]*estate.Log
	symbols []symbol
}

type symbol struct{ name, id string }

func (r *runner) begin(fresh func(estate.Config) *Target) {
	r.close()
	cfg := estate.Config{Keep: estate.Keep{Events: r.number("events"), Queries: r.number("queries"), Objects: int64(r.number("objects")), Points: r.number("points")}}
	if r.arg("timing") == "fast" {
		cfg.Timing = estate.Fast()
	}
	r.target, r.logs, r.symbols = fresh(cfg), map[string]*estate.Log{}, nil
	r.target.Do(func(e *estate.Estate) { r.start = e.Now() })
}

func (r *runner) close() {
	if r.target != nil && r.target.Close != nil {
		r.target.Close()
	}
	r.target = nil
}

func (r *runner) arg(key string) (v string) {
	if r.d.HasArg(key) {
		r.d.ScanArgs(r.t, key, &v)
	}
	return v
}

func (r *runner) number(key string) (n int) {
	if r.d.HasArg(key) {
		r.d.ScanArgs(r.t, key, &n)
	}
	return n
}

func (r *runner) duration(key string) time.Duration {
	s := r.arg(key)
	if s == "" {
		return 0
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		r.d.Fatalf(r.t, "%s: %v", key, err)
	}
	return d
}

// id is what a symbol in a text stands for.
func (r *runner) id(text string) string {
	for _, s := range r.symbols {
		text = strings.ReplaceAll(text, s.name, s.id)
	}
	return text
}

// at is a time as seconds after the start of the case, rounded.
func (r *runner) at(t time.Time) string {
	return "+" + t.Sub(r.start).Round(100*time.Millisecond).String()
}

func failure(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode() + ": " + api.ErrorMessage()
	}
	return "error: " + err.Error()
}

var commands = map[string]func(r *runner, ctx context.Context) (string, error){
	"call": call, "state": state, "advance": advance, "deliver": deliver, "write": write,
}

func advance(r *runner, _ context.Context) (string, error) {
	d, err := time.ParseDuration(r.d.CmdArgs[0].Key)
	if err == nil {
		r.target.Advance(d)
	}
	return "", err
}

// call CLIENT OPERATION calls, with its input in YAML. name=SYMBOL:MEMBER makes
// SYMBOL stand for what the output has as MEMBER.
func call(r *runner, ctx context.Context) (string, error) {
	client := r.target.Clients[r.d.CmdArgs[0].Key]
	if client == nil {
		return "", fmt.Errorf("no client %s", r.d.CmdArgs[0].Key)
	}
	out, err := cases.Call(ctx, client, r.d.CmdArgs[1].Key, r.d.Input, r.id, r.at)
	if err != nil {
		return out, err
	}
	return out, r.named(out)
}

func (r *runner) named(out string) error {
	if !r.d.HasArg("name") {
		return nil
	}
	var tree map[string]any
	if err := yaml.Unmarshal([]byte(out), &tree); err != nil {
		return err
	}
	name, path, _ := strings.Cut(r.arg("name"), ":")
	var v any = tree
	for _, p := range strings.Split(path, ".") {
		m, _ := v.(map[string]any)
		v = m[p]
	}
	r.symbols = append(r.symbols, symbol{name, fmt.Sprint(v)})
	return nil
}

// state FACADE METHOD says what there is: the arguments are a list in YAML.
// as=SYMBOL makes SYMBOL stand for the result.
func state(r *runner, _ context.Context) (string, error) {
	var arguments []any
	if err := yaml.Unmarshal([]byte(r.id(r.d.Input)), &arguments); err != nil {
		return "", err
	}
	var out []reflect.Value
	var err error
	r.target.Do(func(e *estate.Estate) {
		method := reflect.ValueOf(Facades(e)[r.d.CmdArgs[0].Key]).MethodByName(r.d.CmdArgs[1].Key)
		var in []reflect.Value
		for i, a := range arguments {
			t := method.Type().In(min(i, method.Type().NumIn()-1))
			if method.Type().IsVariadic() && i >= method.Type().NumIn()-1 {
				t = t.Elem()
			}
			v := reflect.New(t)
			var raw []byte
			if raw, err = json.Marshal(a); err != nil {
				return
			}
			d := json.NewDecoder(bytes.NewReader(raw))
			d.DisallowUnknownFields()
			if err = d.Decode(v.Interface()); err != nil {
				return
			}
			in = append(in, v.Elem())
		}
		out = method.Call(in)
	})
	if err != nil {
		return "", err
	}
	text := ""
	for _, v := range out {
		switch x := v.Interface().(type) {
		case error:
			return "", x
		case string:
			text += x + "\n"
			if r.d.HasArg("as") {
				r.symbols = append(r.symbols, symbol{r.arg("as"), x})
			}
		}
	}
	return text, nil
}

// deliver log=NAME [group=G lag=D] [bucket=B every=D files=D keys=query|flow prefix=P] makes a
// log; its header is the input.
func deliver(r *runner, _ context.Context) (string, error) {
	var err error
	r.target.Do(func(e *estate.Estate) {
		cfg := e.Config()
		d := estate.Delivery{
			Group: r.arg("group"), LogsLag: r.duration("lag"), Bucket: r.arg("bucket"), Every: r.duration("every"), FilesLag: r.duration("files"),
			Header: strings.TrimSpace(r.d.Input),
		}
		switch r.arg("keys") {
		case "query":
			d.Key = estate.QueryLogKeys(r.arg("prefix"), cfg.Account, cfg.VPC)
		case "flow":
			d.Key = estate.FlowLogKeys(r.arg("prefix"), cfg.Account, cfg.Region, "fl-0a1b2c3d4e5f60718")
		}
		r.logs[r.arg("log")], err = e.Deliver(d)
	})
	return "", err
}

// write log=NAME stream=S writes each line of the input now, or times=N often.
func write(r *runner, _ context.Context) (string, error) {
	r.target.Do(func(e *estate.Estate) {
		for n := range max(1, r.number("times")) {
			for line := range strings.Lines(r.d.Input) {
				r.logs[r.arg("log")].Write(e.Now(), r.arg("stream"), strings.ReplaceAll(strings.TrimSuffix(line, "\n"), "%n", fmt.Sprint(n)))
			}
		}
	})
	return "", nil
}
