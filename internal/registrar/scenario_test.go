package registrar_test

import (
	"fmt"
	"maps"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

var epoch = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

const owner = "cluster-a"

var source = names.Source{Account: "123456789012", Region: "ap-south-1", Cluster: "prod", Service: "orders"}

// desk is one name, the pods that could serve it and an intent.
type desk struct {
	now      time.Time
	settings names.Settings
	inst     map[names.ID]names.Instance
	pods     []names.Endpoint
	podsNo   string // why they are not known
	nameNo   string
	age      time.Duration // of the read
	in       registrar.Intent
}

// TestScenarios holds Merge, Diff and Guard against transcripts:
//
//	name [ttl=60] [types=(A,AAAA)] [routing=WEIGHTED] [description=…] [custom-health]
//	                                              an empty name, nothing else
//	has ID side=ours|source|foreign|plain [health=…] [since=-2m] [service=…] [target=…]
//	                                              plain: as ExternalDNS registers an address
//	pod ID ready|unready|leaving|gone [ipv6=also|only] [port=0] [target=…]
//	                                              with a target it is what leads to one
//	intent ours=All|AtMost|Keep|None [most=2] [floor=2] [ttl=10] [records=60] [hold=…]
//	       [out=(task-1,…) way=…] [back=(task-1)] [running=(task-1)] [crossing] [service=…]
//	       [policy=…] [bound=100] [existing=(ID,…)] [stay=(ID,…)] [abandoned] [carry=(k:v,…)]
//	       [plain] [adopt] [young=(ID,…)] [description=…]
//	sent Register ID at=-5s [failed] [attempt=2]  a write without a seen end; intent forgets them
//	unknown pods=… name=… age=…
//	advance 10s
//	show                                          who is in the name, with what
//	step [do]                                     who should be in it, what is sent, what the guard
//	                                              says; do lets it happen and puts it on record
//	guard KIND ID [lost]                          the last gate alone
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			var d *desk
			datadriven.RunTest(t, path, func(t *testing.T, td *datadriven.TestData) string {
				if td.Cmd == "name" {
					d = newDesk()
					td.MaybeScanArgs(t, "ttl", &d.settings.Records[0].TTL)
					d.settings.CustomHealth = td.HasArg("custom-health")
					td.MaybeScanArgs(t, "routing", &d.settings.Routing)
					if a, ok := td.Arg("types"); ok {
						ttl := d.settings.MaxTTL()
						d.settings.Records = nil
						for _, kind := range a.Vals {
							d.settings.Records = append(d.settings.Records, names.Record{Type: kind, TTL: ttl})
						}
					}
					if text := ""; td.MaybeScanArgs(t, "description", &text) {
						d.settings.Description = &text
					}
					return ""
				}
				return d.do(t, td)
			})
		})
	}
}

func newDesk() *desk {
	return &desk{
		now: epoch, inst: map[names.ID]names.Instance{},
		settings: names.Settings{Name: "orders", Namespace: "shop.internal", Routing: names.Multivalue, Records: []names.Record{{Type: "A", TTL: 60}}},
		in:       registrar.Intent{Owner: owner, Ours: registrar.Admit{Mode: registrar.AdmitAll}, Floor: 1, Proof: 66 * time.Second},
	}
}

func (d *desk) do(t *testing.T, td *datadriven.TestData) string {
	switch td.Cmd {
	case "has":
		d.has(t, td)
	case "pod":
		d.pod(t, td)
	case "intent":
		d.intent(t, td)
	case "sent":
		d.sent(t, td)
	case "unknown":
		d.podsNo, d.nameNo, d.age = "", "", 0
		td.MaybeScanArgs(t, "pods", &d.podsNo)
		td.MaybeScanArgs(t, "name", &d.nameNo)
		if s := ""; td.MaybeScanArgs(t, "age", &s) {
			d.age = duration(t, td, s)
		}
	case "advance":
		d.now = d.now.Add(duration(t, td, td.CmdArgs[0].Key))
	case "step":
		return d.step(td.HasArg("do"))
	case "show":
		return d.show()
	case "guard":
		des := registrar.Merge(d.source(), d.in, d.view(), d.now)
		op := registrar.Op{Kind: registrar.Kind(td.CmdArgs[0].Key), ID: names.ID(td.CmdArgs[1].Key), Lost: td.HasArg("lost")}
		if err := registrar.Guard(op, des, d.view(), d.now); err != nil {
			return err.Error() + "\n"
		}
		return "may go\n"
	default:
		td.Fatalf(t, "no command %q", td.Cmd)
	}
	return ""
}

func duration(t *testing.T, td *datadriven.TestData, s string) time.Duration {
	v, err := time.ParseDuration(s)
	if err != nil {
		td.Fatalf(t, "%v", err)
	}
	return v
}

func podOf(uid string) names.Endpoint {
	n, _ := strconv.Atoi(strings.TrimPrefix(uid, "pod-"))
	return names.Endpoint{
		Namespace: "shop", Service: "orders", Pod: uid, UID: uid, IPv4: netip.AddrFrom4([4]byte{10, 0, 64, byte(n)}), Port: 8080, Ready: true,
	}
}

// targetOf is an endpoint of a load balancer's address or the like.
func targetOf(target string) names.Endpoint {
	return names.Endpoint{Namespace: "shop", Service: "orders", Target: target, Ready: true}
}

// fit is an instance of ours.
func fit(t interface{ Fatal(...any) }, e names.Endpoint, s names.Settings) names.Instance {
	i, err := names.Fit(e, s, owner)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func taskOf(id string) names.Instance {
	return names.Instance{ID: names.ID(id), Attributes: map[string]string{
		names.AttrIPv4: "10.0.1.1", names.AttrECSCluster: source.Cluster, names.AttrECSService: source.Service,
	}}
}

func (d *desk) has(t *testing.T, td *datadriven.TestData) {
	id := td.CmdArgs[0].Key
	side, health, since, service := "", "UNKNOWN", "", "orders"
	td.ScanArgs(t, "side", &side)
	if d.settings.CustomHealth {
		health = "HEALTHY"
	}
	td.MaybeScanArgs(t, "health", &health)
	td.MaybeScanArgs(t, "since", &since)
	td.MaybeScanArgs(t, "service", &service)
	var i names.Instance
	switch side {
	case "plain":
		var err error
		if i, err = names.FitPlain(names.Endpoint{Target: id}, d.settings); err != nil {
			td.Fatalf(t, "%v", err)
		}
	case "ours":
		e := podOf(id)
		e.Service = service
		if td.HasArg("target") {
			e = targetOf(id)
		}
		i = fit(t, e, d.settings)
		if since != "" {
			i = i.WithSince(d.now.Add(duration(t, td, since)))
		}
	case "source":
		i = taskOf(id)
	default:
		i = names.Instance{ID: names.ID(id), Attributes: map[string]string{names.AttrIPv4: "10.9.9.9"}}
	}
	i.Health = names.Health(health)
	d.inst[i.ID] = i
}

func (d *desk) pod(t *testing.T, td *datadriven.TestData) {
	uid := td.CmdArgs[0].Key
	d.pods = slices.DeleteFunc(d.pods, func(e names.Endpoint) bool { return e.UID == uid })
	d.pods = slices.DeleteFunc(d.pods, func(e names.Endpoint) bool { return e.Target != "" && e.Target == uid })
	e := podOf(uid)
	if td.HasArg("target") {
		e = targetOf(uid)
	}
	td.MaybeScanArgs(t, "port", &e.Port)
	if family := ""; td.MaybeScanArgs(t, "ipv6", &family) {
		e.IPv6 = netip.MustParseAddr("fd00::" + strconv.Itoa(int(e.IPv4.As4()[3])))
		if family == "only" {
			e.IPv4 = netip.Addr{}
		}
	}
	switch td.CmdArgs[1].Key {
	case "ready":
	case "unready":
		e.Ready = false
	case "leaving":
		e.Leaving = true
	case "gone":
		return
	default:
		td.Fatalf(t, "a pod is not %q", td.CmdArgs[1].Key)
	}
	d.pods = append(d.pods, e)
}

func (d *desk) intent(t *testing.T, td *datadriven.TestData) {
	in := registrar.Intent{Owner: owner, Floor: 1, Proof: 66 * time.Second}
	mode, way := "All", string(registrar.Deregister)
	td.MaybeScanArgs(t, "ours", &mode)
	td.MaybeScanArgs(t, "most", &in.Ours.Max)
	td.MaybeScanArgs(t, "floor", &in.Floor)
	td.MaybeScanArgs(t, "hold", &in.Hold)
	td.MaybeScanArgs(t, "way", &way)
	td.MaybeScanArgs(t, "service", &in.Service)
	in.Ours.Mode = registrar.Mode(mode)
	if n := int64(0); td.MaybeScanArgs(t, "ttl", &n) {
		in.TTL = &n
	}
	if n := int64(0); td.MaybeScanArgs(t, "records", &n) {
		in.Records = []names.Record{{Type: "A", TTL: n}}
	}
	list := func(key string) []string {
		a, _ := td.Arg(key)
		return a.Vals
	}
	for _, id := range list("out") {
		in.Out = append(in.Out, registrar.Out{ID: names.ID(id), Way: registrar.Way(way)})
	}
	for _, id := range list("back") {
		in.Back = append(in.Back, taskOf(id))
	}
	if td.HasArg("crossing") {
		in.Source, in.Running = &source, []names.ID{}
	}
	for _, id := range list("running") {
		in.Running = append(in.Running, names.ID(id))
	}
	ids := func(key string) (out []names.ID) {
		for _, id := range list(key) {
			out = append(out, names.ID(id))
		}
		return out
	}
	in.Existing, in.Stay, in.Young = ids("existing"), ids("stay"), ids("young")
	in.Abandoned, in.Plain, in.Adopt = td.HasArg("abandoned"), td.HasArg("plain"), td.HasArg("adopt")
	td.MaybeScanArgs(t, "bound", &in.Most)
	if policy := ""; td.MaybeScanArgs(t, "policy", &policy) {
		in.Policy = registrar.Policy(policy)
	}
	if text := ""; td.MaybeScanArgs(t, "description", &text) {
		in.Description = &text
	}
	for _, kv := range list("carry") {
		if in.Carry == nil {
			in.Carry = map[string]string{}
		}
		k, v, _ := strings.Cut(kv, ":")
		in.Carry[k] = v
	}
	d.in = in
}

func (d *desk) sent(t *testing.T, td *datadriven.TestData) {
	at, attempt := "0s", 1
	td.MaybeScanArgs(t, "at", &at)
	td.MaybeScanArgs(t, "attempt", &attempt)
	d.in.Sent = append(d.in.Sent, registrar.Sent{
		Kind: registrar.Kind(td.CmdArgs[0].Key), ID: names.ID(td.CmdArgs[1].Key), At: d.now.Add(duration(t, td, at)),
		Failed: td.HasArg("failed"), Attempt: attempt,
	})
}

func (d *desk) source() names.Fact[[]names.Endpoint] {
	if d.podsNo != "" {
		return names.Unknown[[]names.Endpoint](d.podsNo, d.now)
	}
	return names.Known(d.pods, d.now)
}

func (d *desk) view() names.Fact[names.View] {
	if d.nameNo != "" {
		return names.Unknown[names.View](d.nameNo, d.now)
	}
	v := names.View{Settings: d.settings}
	for _, i := range d.inst {
		v.Instances = append(v.Instances, i.Clone())
	}
	names.SortInstances(v.Instances)
	return names.Known(v, d.now.Add(-d.age))
}

func (d *desk) step(do bool) string {
	var b strings.Builder
	des := registrar.Merge(d.source(), d.in, d.view(), d.now)
	if des.Intent.Hold != "" {
		fmt.Fprintf(&b, "held: %s\n", des.Intent.Hold)
	}
	var in []string
	for _, i := range des.Register {
		in = append(in, string(i.ID))
	}
	fmt.Fprintf(&b, "in: %s", strings.Join(in, " "))
	for _, l := range des.Leave {
		fmt.Fprintf(&b, "; %s leaves: %s", l.ID, l.Why)
	}
	if des.FailOpen {
		b.WriteString("; fail open")
	}
	if des.Waiting > 0 {
		fmt.Fprintf(&b, "; %d wait", des.Waiting)
	}
	if des.Foreign > 0 {
		fmt.Fprintf(&b, "; %d foreign", des.Foreign)
	}
	if des.Over > 0 {
		fmt.Fprintf(&b, "; %d over", des.Over)
	}
	for _, m := range des.Misfits {
		fmt.Fprintf(&b, "\n%s: %v", m.Endpoint.ID(), m.Err)
	}
	batch := registrar.Diff(des, d.view(), d.now)
	fmt.Fprintf(&b, "\n%s\n", batch.Stage)
	for _, op := range batch.Ops {
		fmt.Fprintf(&b, "  %s %s (%s)", op.Kind, op.ID, op.Why)
		if op.Sent != nil {
			fmt.Fprintf(&b, ", again after %s", d.now.Sub(op.Sent.At))
		}
		if err := registrar.Guard(op, des, d.view(), d.now); err != nil {
			fmt.Fprintf(&b, " REFUSED: %v\n", err)
			continue
		}
		b.WriteString("\n")
		s := registrar.Sent{ID: op.ID, Kind: op.Kind, At: d.now, Attempt: 1}
		des.Intent.Sent = append(slices.Clone(des.Intent.Sent), s)
		if do {
			d.effect(op)
		}
	}
	return b.String()
}

// show lists the name's instances and their attributes, but for when.
func (d *desk) show() string {
	var b strings.Builder
	for _, i := range d.view().V.Instances {
		b.WriteString(string(i.ID))
		for _, k := range slices.Sorted(maps.Keys(i.Attributes)) {
			if k != names.AttrSince {
				fmt.Fprintf(&b, " %s=%s", strings.TrimPrefix(k, "tranship.dev/"), i.Attributes[k])
			}
		}
		b.WriteString("\n")
	}
	if d.settings.Description != nil {
		fmt.Fprintf(&b, "description: %s\n", *d.settings.Description)
	}
	return b.String()
}

// effect lets a write happen at once and be seen.
func (d *desk) effect(op registrar.Op) {
	switch op.Kind {
	case registrar.Register:
		i := op.Instance.Clone()
		i.Health = names.HealthUnknown
		if d.settings.CustomHealth {
			i.Health = names.Healthy
		}
		d.inst[op.ID] = i
	case registrar.Remove:
		delete(d.inst, op.ID)
	case registrar.SetHealthy, registrar.SetUnhealthy:
		i := d.inst[op.ID]
		i.Health = names.Healthy
		if op.Kind == registrar.SetUnhealthy {
			i.Health = names.Unhealthy
		}
		d.inst[op.ID] = i
	case registrar.SetRecords:
		d.settings = op.Settings
	case registrar.ScaleSource:
	}
}
