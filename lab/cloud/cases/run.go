package cases

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	sdtypes "github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
	"github.com/aws/smithy-go"
	"github.com/cockroachdb/datadriven"

	"github.com/tranship/tranship/lab/cloud"
)

// Run runs every file of dir, each case against a Target of its own.
func Run(t *testing.T, dir string, fresh func(cloud.Config) *Target) {
	t.Helper()
	datadriven.Walk(t, dir, func(t *testing.T, path string) {
		r := &runner{t: t}
		t.Cleanup(r.close)
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			r.d = d
			if d.Cmd == "new" {
				r.begin(fresh)
				return ""
			}
			fn := cloudMapCommands[d.Cmd]
			if fn == nil {
				fn = ecsCommands[d.Cmd]
			}
			if fn == nil {
				d.Fatalf(t, "unknown command %q", d.Cmd)
			}
			if r.target == nil {
				d.Fatalf(t, "a case begins with new")
			}
			out, err := fn(r, context.Background())
			if err != nil {
				out += failure(err) + "\n"
			}
			return r.symbolic(out)
		})
	})
}

// runner is the state of one case.
type runner struct {
	t       *testing.T
	d       *datadriven.TestData
	target  *Target
	start   time.Time
	region  string
	account string
	last    string            // id of the latest operation
	calls   int               // makes each CreatorRequestId new
	symbols map[string]string // id to the name it is printed as
	order   []string
	counts  map[string]int
}

func (r *runner) begin(fresh func(cloud.Config) *Target) {
	r.close()
	cfg := cloud.Config{Seed: 1, Servers: 2, Timing: cloud.AWS()}
	if s := r.arg("seed", ""); s != "" {
		cfg.Seed = uint64(r.number("seed", 1))
	}
	cfg.Servers = r.number("servers", 2)
	if r.arg("timing", "") == "fast" {
		cfg.Timing = cloud.Fast()
	}
	switch r.arg("rates", "") {
	case "mcs":
		cfg.Rates = cloud.MCS()
	case "tight":
		cfg.Rates = cloud.Rates{CloudMap: map[string]cloud.Rate{"RegisterInstance": {PerSecond: 0.1, Burst: 1}}}
	}
	reactions := map[string]cloud.Reaction{"": cloud.Ignore, "ignore": cloud.Ignore, "reregister": cloud.Reregister, "reassert": cloud.Reassert, "replace": cloud.Replace}
	cfg.Reactions = cloud.Reactions{
		Deregister: reactions[r.arg("deregister", "")], Health: reactions[r.arg("health", "")],
		After: r.duration("after", 0),
	}
	cfg.Switches = cloud.Switches{
		ForgetCreator: r.d.HasArg("forget-creator"), ClearDescription: r.d.HasArg("clear-description"),
		DiscoverAll: r.d.HasArg("discover-all"), RecordLimit: r.d.HasArg("record-limit"),
		SignalAfterSuccess: r.d.HasArg("signal-after-success"),
	}
	r.target = fresh(cfg)
	r.symbols, r.order, r.counts, r.last = map[string]string{}, nil, map[string]int{}, ""
	r.target.Do(func(c *cloud.Cloud) {
		r.start, r.region, r.account = c.Now(), c.Config().Region, c.Config().Account
	})
}

func (r *runner) close() {
	if r.target != nil && r.target.Close != nil {
		r.target.Close()
	}
	r.target = nil
}

func (r *runner) arg(key, otherwise string) string {
	for _, a := range r.d.CmdArgs {
		if a.Key == key && len(a.Vals) > 0 {
			return a.Vals[0]
		}
	}
	return otherwise
}

// word is the nth argument without a value.
func (r *runner) word(n int) string {
	for _, a := range r.d.CmdArgs {
		if len(a.Vals) == 0 {
			if n == 0 {
				return a.Key
			}
			n--
		}
	}
	r.d.Fatalf(r.t, "%s: an argument is missing", r.d.Cmd)
	return ""
}

func (r *runner) number(key string, otherwise int) int {
	s := r.arg(key, "")
	if s == "" {
		return otherwise
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		r.d.Fatalf(r.t, "%s: %v", key, err)
	}
	return n
}

func (r *runner) duration(key string, otherwise time.Duration) time.Duration {
	s := r.arg(key, "")
	if s == "" {
		return otherwise
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		r.d.Fatalf(r.t, "%s: %v", key, err)
	}
	return d
}

// name gives an id a name to be printed as, such as t1.
func (r *runner) name(id, prefix string) string {
	if id == "" {
		return ""
	}
	if s := r.symbols[id]; s != "" {
		return s
	}
	r.counts[prefix]++
	s := prefix + strconv.Itoa(r.counts[prefix])
	r.symbols[id] = s
	r.order = append(r.order, id)
	return s
}

// id is what a name stands for; other text stands for itself.
func (r *runner) id(name string) string {
	for id, s := range r.symbols {
		if s == name {
			return id
		}
	}
	return name
}

func (r *runner) symbolic(out string) string {
	for _, id := range r.order {
		out = strings.ReplaceAll(out, id, r.symbols[id])
	}
	return out
}

// at is a time as seconds after the start of the case, rounded.
func (r *runner) at(t time.Time) string {
	return "+" + t.Sub(r.start).Round(100*time.Millisecond).String()
}

func failure(err error) string {
	var dup *sdtypes.DuplicateRequest
	if errors.As(err, &dup) {
		return "DuplicateRequest " + *dup.DuplicateOperationId
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode() + ": " + api.ErrorMessage()
	}
	return "error: " + err.Error()
}

func sorted(m map[string]string) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(m)) {
		fmt.Fprintf(&b, " %s=%s", k, m[k])
	}
	return b.String()
}

func text(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

func ptr[T any](v T) *T { return &v }
