package cases

import (
	"context"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/tranship/tranship/internal/aws/conformance"
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
			if r.target == nil {
				d.Fatalf(t, "a case begins with new")
			}
			if conformance.Knows(d.Cmd) {
				out, err := r.s.Do(context.Background(), r.command())
				if err != nil {
					d.Fatalf(t, "%v", err)
				}
				return out
			}
			fn := modelCommands[d.Cmd]
			if fn == nil {
				fn = ecsCommands[d.Cmd]
			}
			if fn == nil {
				fn = readCommands[d.Cmd]
			}
			if fn == nil {
				d.Fatalf(t, "unknown command %q", d.Cmd)
			}
			out, err := fn(r, context.Background())
			if err != nil {
				out += conformance.Failure(err) + "\n"
			}
			return r.symbolic(out)
		})
	})
}

// command does what only the model can do, or has for others.
type command func(r *runner, ctx context.Context) (string, error)

// command is the one at work, as a Session reads it.
func (r *runner) command() conformance.Command {
	c := conformance.Command{Name: r.d.Cmd, Input: r.d.Input}
	for _, a := range r.d.CmdArgs {
		c.Args = append(c.Args, conformance.Arg{Key: a.Key, Values: a.Vals})
	}
	return c
}

// runner is the state of one case.
type runner struct {
	t       *testing.T
	d       *datadriven.TestData
	target  *Target
	s       *conformance.Session
	start   time.Time
	region  string
	account string
}

// otherRole is a role of another account that may be assumed.
const otherRole = "arn:aws:iam::111122223333:role/team/tranship"

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
	case "route53":
		cfg.Rates = cloud.Rates{Route53: map[string]cloud.Rate{"*": {PerSecond: 5, Burst: 5}}}
	case "tight":
		cfg.Rates = cloud.Rates{CloudMap: map[string]cloud.Rate{"RegisterInstance": {PerSecond: 0.1, Burst: 1}}}
	}
	cfg.Roles = []cloud.Role{{ARN: otherRole}, {ARN: otherRole + "-of-many", ExternalID: "ours:1"}}
	cfg.EC2Instances = map[string]netip.Addr{"i-0123456789abcdef0": netip.AddrFrom4([4]byte{10, 0, 9, 9})}
	reactions := map[string]cloud.Reaction{"": cloud.Ignore, "ignore": cloud.Ignore, "reregister": cloud.Reregister, "reassert": cloud.Reassert, "replace": cloud.Replace}
	cfg.Reactions = cloud.Reactions{
		Deregister: reactions[r.arg("deregister", "")], Health: reactions[r.arg("health", "")],
		After: r.duration("after"),
	}
	cfg.Switches = cloud.Switches{
		ForgetCreator: r.d.HasArg("forget-creator"), ClearDescription: r.d.HasArg("clear-description"),
		DiscoverAll: r.d.HasArg("discover-all"), RecordLimit: r.d.HasArg("record-limit"),
		SignalAfterSuccess:        r.d.HasArg("signal-after-success"),
		RegisterIgnoresSuspension: r.d.HasArg("register-ignores-suspension"),
	}
	r.target = fresh(cfg)
	vpc := ""
	r.target.Do(func(c *cloud.Cloud) {
		cfg := c.Config()
		r.start, r.region, r.account, vpc = c.Now(), cfg.Region, cfg.Account, cfg.VPC.ID
	})
	r.s = conformance.NewSession(r.target.CloudMap, conformance.Options{
		VPC: vpc,
		Advance: func(_ context.Context, d time.Duration) (string, error) {
			r.target.Advance(d)
			return r.effects(), nil
		},
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

func (r *runner) duration(key string) time.Duration {
	s := r.arg(key, "")
	if s == "" {
		return 0
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		r.d.Fatalf(r.t, "%s: %v", key, err)
	}
	return d
}

// name gives an id a name to be printed as, such as t1.
func (r *runner) name(id, prefix string) { r.s.Name(id, prefix) }

// id is what a name stands for; other text stands for itself.
func (r *runner) id(name string) string { return r.s.ID(name) }

// symbol is the name of an id, "" if it has none.
func (r *runner) symbol(id string) string { return r.s.Symbol(id) }

func (r *runner) symbolic(out string) string { return r.s.Symbolic(out) }

// serviceID resolves a Cloud Map service's name in ns=NAME.
func (r *runner) serviceID(ctx context.Context, name string) string {
	return r.s.ServiceID(ctx, r.arg("ns", usualNamespace), name)
}

const usualNamespace = "shop.internal"

// at is a time as seconds after the start of the case, rounded.
func (r *runner) at(t time.Time) string {
	return "+" + t.Sub(r.start).Round(100*time.Millisecond).String()
}

func text(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

func ptr[T any](v T) *T { return &v }
