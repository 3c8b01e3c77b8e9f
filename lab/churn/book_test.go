package churn

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/lab/aws"
	"github.com/tranship/tranship/lab/fault"
	"github.com/tranship/tranship/lab/node"
)

var t0 = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func at(ms int) time.Time { return t0.Add(time.Duration(ms) * time.Millisecond) }

const (
	uidA = "aaaaaaaa-0000-4000-8000-000000000001"
	uidB = "bbbbbbbb-0000-4000-8000-000000000002"
	uidC = "cccccccc-0000-4000-8000-000000000003"
)

func readyPod(uid, name, addr string, ms, took int) node.Event {
	return node.Event{
		Kind: node.Ready, At: at(ms), Took: time.Duration(took) * time.Millisecond, UID: uid, Instance: name,
		Addr: netip.AddrPortFrom(netip.MustParseAddr(addr), 8080),
	}
}

func register(ms int, instance, code string) aws.Call {
	return aws.Call{At: at(ms), Service: cloudMap, Operation: registerInstance, Instance: instance, ErrorCode: code}
}

// The book keeps what Cloud Map was asked, and the first time that a pod was ready.
func TestBook(t *testing.T) {
	b := &book{}
	for _, c := range []aws.Call{
		register(200, "late", ""), register(100, "early", ""),
		{At: at(150), Service: "ecs", Operation: "DescribeTasks"},
		{At: at(300), Service: cloudMap, Operation: "GetOperation"},
	} {
		b.call(c)
	}
	for _, e := range []node.Event{
		readyPod(uidA, "a", "10.0.64.4", 50, 1), readyPod(uidB, "b", "10.0.64.5", 200, 1), readyPod(uidA, "a", "10.0.64.4", 250, 1),
		{Kind: node.Serving, At: at(260), Instance: "c"},
	} {
		b.pod(e)
	}
	var got []string
	for _, c := range b.between(at(100), at(300)) {
		got = append(got, c.Instance)
	}
	if diff := cmp.Diff([]string{"early", "late"}, got); diff != "" {
		t.Errorf("calls by time (-want +got):\n%s", diff)
	}
	if n := b.since(at(150), registerInstance, "GetOperation"); n != 2 {
		t.Errorf("%d calls since, want 2", n)
	}
	if r := b.readied(at(100)); len(r) != 1 || r[uidB].Instance != "b" {
		t.Errorf("ready for the first time: %v, want b alone", r)
	}
	if diff := cmp.Diff(map[string]int{"GetOperation": 1, registerInstance: 2}, byOperation(b.between(at(0), at(1000)))); diff != "" {
		t.Errorf("by operation (-want +got):\n%s", diff)
	}
}

func TestPodOf(t *testing.T) {
	ready := map[string]node.Event{
		uidA: readyPod(uidA, "a", "10.0.64.4", 0, 0),
		uidB: readyPod(uidB, "b", "10.0.64.5", 0, 0),
		uidC: readyPod(uidC, "c", "10.0.64.5", 500, 0), // after b, at the same address
	}
	for _, tt := range []struct {
		id   string
		ms   int
		want string
	}{
		{"eks-" + uidA, 100, "a"},
		{uidA, 100, "a"},
		{"x-" + uidA + "-y", 100, "a"},
		{"10.0.64.4", 100, "a"},
		{"10.0.64.5", 100, "b"},
		{"10.0.64.5", 600, "c"},
		{"10.0.64.9", 600, ""},
		{"", 600, ""},
	} {
		e, ok := podOf(ready, tt.id, at(tt.ms))
		if e.Instance != tt.want || ok != (tt.want != "") {
			t.Errorf("%q after %d ms is %q, want %q", tt.id, tt.ms, e.Instance, tt.want)
		}
	}
}

func TestAccepted(t *testing.T) {
	for _, tt := range []struct {
		call aws.Call
		want bool
	}{
		{aws.Call{}, true},
		{aws.Call{ErrorCode: "ThrottlingException"}, false},
		{aws.Call{Fault: fault.TimeoutBefore}, false},
		{aws.Call{Fault: fault.LostAnswer}, true}, // the effect is there, the answer is not
	} {
		if got := accepted(tt.call); got != tt.want {
			t.Errorf("%+v: %t, want %t", tt.call, got, tt.want)
		}
	}
}

// A pod's lag begins when a watch of the API server has told of the agent's report; what AWS refuses,
// and what is sent again, is in the budget and is nobody's lag.
func TestLagOf(t *testing.T) {
	ready := map[string]node.Event{
		uidA: readyPod(uidA, "a", "10.0.64.4", 0, 20),
		uidB: readyPod(uidB, "b", "10.0.64.5", 100, 10),
		uidC: readyPod(uidC, "c", "10.0.64.6", 100, 30),
	}
	calls := []aws.Call{
		register(30, "eks-"+uidA, ""), register(40, "eks-"+uidA, ""),
		register(120, "eks-"+uidB, "ThrottlingException"), register(310, "eks-"+uidB, ""),
		{At: at(500), Service: cloudMap, Operation: "DeregisterInstance", Instance: "eks-" + uidC},
	}
	want := LagReport{
		Pods: 3, Missing: []string{"c"},
		Own:            Spread{0.01, 0.15, 0.15, 0.15},
		OwnAndWatching: Spread{0.01, 0.2, 0.2, 0.2},
		Reporting:      Spread{0.02, 0.03, 0.03, 0.03},
		Watching:       Spread{0, 0.05, 0.05, 0.05},
		Worst:          []PodLag{{Pod: "b", ReadySeconds: 0.16, OwnSeconds: 0.15}, {Pod: "a", ReadySeconds: 0.02, OwnSeconds: 0.01}},
	}
	if diff := cmp.Diff(want, lagOf(t0, ready, map[string]time.Time{uidA: at(5), uidB: at(160)}, calls)); diff != "" {
		t.Errorf("lag (-want +got):\n%s", diff)
	}
}

// What the calls made of the budgets, by operation.
func TestSpentByOperation(t *testing.T) {
	var calls []aws.Call
	b := budget("GetService")
	for range b.Burst {
		calls = append(calls, aws.Call{At: t0, Operation: "GetService"})
	}
	calls = append(calls, register(0, "x", ""))
	want := map[string]float64{"GetService": 1 / b.PerSecond}
	if diff := cmp.Diff(want, spent(calls)); diff != "" {
		t.Errorf("spent (-want +got):\n%s", diff)
	}
}

// Many at once wait for the budget: that is a queue, and as long as the arithmetic
// says.
func TestLagOfMany(t *testing.T) {
	b := budget(registerInstance)
	ready, calls := map[string]node.Event{}, []aws.Call(nil)
	every := time.Duration(float64(time.Second) / b.PerSecond)
	for n := range b.Burst + 100 {
		uid := uidA[:len(uidA)-3] + string(rune('0'+n/100)) + string(rune('0'+n/10%10)) + string(rune('0'+n%10))
		ready[uid] = readyPod(uid, uid, "10.0.64.4", 0, 0)
		c := register(0, "eks-"+uid, "")
		c.At = t0.Add(5*time.Millisecond + every*time.Duration(max(0, n+1-b.Burst)))
		calls = append(calls, c)
	}
	r := lagOf(t0, ready, nil, calls)
	if r.Own != (Spread{0.005, 0.005, 0.005, 0.005}) || r.QueueModelledSeconds != (100*every).Seconds() || r.QueueOff > 0.01 || len(r.Missing) > 0 {
		t.Errorf("%+v", r)
	}
}
