package vpc

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var format = mustFormat("${version} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${action} ${tcp-flags} ${flow-direction}")

func mustFormat(s string) Format {
	f, err := ParseFormat(s)
	if err != nil {
		panic(err)
	}
	return f
}

// log is a FlowLog whose lines are kept, with a task and a pod that it knows.
func log(t *testing.T, cfg FlowLogConfig, f Format) (*FlowLog, func() []string) {
	t.Helper()
	var lines []string
	cfg.On = func(due []Flow) {
		for _, r := range due {
			lines = append(lines, f.Line(r))
		}
	}
	cfg.Interface = func(a netip.Addr) (Interface, bool) {
		switch a {
		case netip.MustParseAddr("10.0.1.5"):
			return Interface{
				ID: "eni-task", Account: "111122223333", VPC: "vpc-1", Subnet: "subnet-a", Region: "ap-south-1", ZoneID: "aps1-az1",
				ECS: &ECSFields{
					ClusterARN: "arn:aws:ecs:ap-south-1:111122223333:cluster/lab", ClusterName: "lab", ContainerID: "c-1",
					ServiceName: "orders", TaskDefinitionARN: "arn:aws:ecs:ap-south-1:111122223333:task-definition/orders:1",
					TaskARN: "arn:aws:ecs:ap-south-1:111122223333:task/lab/t1", TaskID: "t1",
				},
			}, true
		case netip.MustParseAddr("10.0.64.7"):
			return Interface{ID: "eni-node", Instance: "i-0abc", Primary: netip.MustParseAddr("10.0.64.1")}, true
		}
		return Interface{}, false
	}
	l := NewFlowLog(cfg)
	return l, func() []string { got := lines; lines = nil; return got }
}

var (
	task    = netip.MustParseAddrPort("10.0.1.5:8080")
	podFrom = netip.MustParseAddrPort("10.0.64.7:40000")
)

func at(d time.Duration) time.Time { return epoch.Truncate(time.Minute).Add(d) }

// One connection over three intervals: the first alone shows who opened it.
func TestFlowLogAggregates(t *testing.T) {
	l, lines := log(t, FlowLogConfig{}, mustFormat("${interface-id} ${srcport} ${dstport} ${packets} ${bytes} ${start} ${end} ${tcp-flags} ${flow-direction}"))
	s := l.opened(at(10*time.Second), podFrom, task)
	s.carried(at(11*time.Second), true, 1000)
	s.carried(at(12*time.Second), false, 3000)
	l.Advance(at(59 * time.Second))
	if got := lines(); len(got) != 0 {
		t.Errorf("before the interval is over: %v", got)
	}
	l.Advance(at(time.Minute))
	want := []string{
		"eni-node 40000 8080 5 1220 1767323050 1767323052 2 egress",
		"eni-node 8080 40000 5 3220 1767323050 1767323052 18 ingress",
		"eni-task 8080 40000 5 3220 1767323050 1767323052 18 egress",
		"eni-task 40000 8080 5 1220 1767323050 1767323052 2 ingress",
	}
	if diff := cmp.Diff(want, lines()); diff != "" {
		t.Errorf("first interval (-want +got):\n%s", diff)
	}
	l.Advance(at(2 * time.Minute))
	if got := lines(); len(got) != 0 {
		t.Errorf("nothing passed in the second: %v", got)
	}
	// Bytes after the boundary count for their own interval, though nobody called Advance.
	s.carried(at(150*time.Second), true, 10)
	s.ended(at(200*time.Second), false)
	l.Close(at(201 * time.Second))
	want = []string{
		"eni-node 40000 8080 1 50 1767323190 1767323190 0 egress",
		"eni-node 40000 8080 2 80 1767323240 1767323240 1 egress",
		"eni-node 8080 40000 1 40 1767323190 1767323190 0 ingress",
		"eni-node 8080 40000 2 80 1767323240 1767323240 1 ingress",
		"eni-task 8080 40000 1 40 1767323190 1767323190 0 egress",
		"eni-task 8080 40000 2 80 1767323240 1767323240 1 egress",
		"eni-task 40000 8080 1 50 1767323190 1767323190 0 ingress",
		"eni-task 40000 8080 2 80 1767323240 1767323240 1 ingress",
	}
	if diff := cmp.Diff(want, lines()); diff != "" {
		t.Errorf("third and fourth interval (-want +got):\n%s", diff)
	}
	if len(l.open) != 0 || len(l.past) != 0 {
		t.Errorf("%d connections and %d records are kept", len(l.open), len(l.past))
	}
}

// A pod's address is not its interface's first: the log says both.
func TestFlowLogFormats(t *testing.T) {
	for _, c := range []struct{ format, want string }{
		{"", "2 111122223333 eni-task 10.0.64.7 10.0.1.5 40000 8080 6 2 100 1767323040 1767323040 ACCEPT OK"},
		{"${version} ${srcaddr} ${pkt-srcaddr}", "3 10.0.64.7 10.0.64.7"},
		{AllFields, "7 111122223333 eni-task 10.0.64.7 10.0.1.5 40000 8080 6 2 100 1767323040 1767323040 ACCEPT OK " +
			"vpc-1 subnet-a - 2 IPv4 10.0.64.7 10.0.1.5 ap-south-1 aps1-az1 - - - - ingress - " +
			"arn:aws:ecs:ap-south-1:111122223333:cluster/lab lab - - c-1 - orders " +
			"arn:aws:ecs:ap-south-1:111122223333:task-definition/orders:1 arn:aws:ecs:ap-south-1:111122223333:task/lab/t1 t1"},
	} {
		f := mustFormat(c.format)
		if again, err := ParseFormat(f.String()); err != nil || again.Header() != f.Header() {
			t.Errorf("%s: read back as %s, %v", f, again, err)
		}
		l, lines := log(t, FlowLogConfig{}, f)
		l.opened(at(0), podFrom, task)
		l.Advance(at(time.Minute))
		if got := lines(); len(got) != 4 || got[3] != c.want {
			t.Errorf("%s:\n%s\nwant at last\n%s", f, strings.Join(got, "\n"), c.want)
		}
	}
	l, lines := log(t, FlowLogConfig{}, mustFormat("${srcaddr} ${pkt-srcaddr} ${dstaddr} ${pkt-dstaddr} ${instance-id} ${traffic-path}"))
	l.opened(at(0), podFrom, task)
	l.Advance(at(time.Minute))
	want := []string{
		"10.0.64.1 10.0.64.7 10.0.1.5 10.0.1.5 i-0abc 1", "10.0.1.5 10.0.1.5 10.0.64.1 10.0.64.7 i-0abc -",
		"10.0.1.5 10.0.1.5 10.0.64.7 10.0.64.7 - 1", "10.0.64.7 10.0.64.7 10.0.1.5 10.0.1.5 - -",
	}
	if diff := cmp.Diff(want, lines()); diff != "" {
		t.Errorf("a pod that calls a task (-want +got):\n%s", diff)
	}
	for _, bad := range []string{"srcaddr", "${srcaddr", "${no-such-field}", "${srcaddr},${dstaddr}"} {
		if f, err := ParseFormat(bad); err == nil {
			t.Errorf("%q was read as %s", bad, f)
		}
	}
}

func TestFlowLogSaysWhatWasRefused(t *testing.T) {
	l, lines := log(t, FlowLogConfig{}, format)
	l.refused(at(0), podFrom, task, true)
	l.refused(at(0), podFrom, netip.MustParseAddrPort("10.0.2.9:80"), false) // no such interface
	l.Close(at(time.Second))
	want := []string{
		"5 eni-node 10.0.64.1 10.0.1.5 40000 8080 ACCEPT 2 egress",
		"5 eni-node 10.0.64.1 10.0.2.9 40000 80 ACCEPT 2 egress",
		"5 eni-task 10.0.64.7 10.0.1.5 40000 8080 REJECT 2 ingress",
	}
	if diff := cmp.Diff(want, lines()); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}
}

// A port that is used again in one interval is one record; a reset shows.
func TestFlowLogMerges(t *testing.T) {
	l, lines := log(t, FlowLogConfig{}, mustFormat("${interface-id} ${packets} ${start} ${end} ${tcp-flags} ${flow-direction}"))
	for n := range 2 {
		s := l.opened(at(time.Duration(n)*time.Second), podFrom, task)
		s.ended(at(time.Duration(n)*time.Second), n == 1)
	}
	l.Advance(at(time.Minute))
	want := []string{
		"eni-node 6 1767323040 1767323041 3 egress", "eni-node 5 1767323040 1767323041 23 ingress",
		"eni-task 5 1767323040 1767323041 23 egress", "eni-task 6 1767323040 1767323041 3 ingress",
	}
	if diff := cmp.Diff(want, lines()); diff != "" {
		t.Errorf("two connections from one port (-want +got):\n%s", diff)
	}
}

// What a busy interval needed is not kept once it is written.
func TestFlowLogLetsGoOfABusyInterval(t *testing.T) {
	l, lines := log(t, FlowLogConfig{}, format)
	for n := range 10_000 {
		l.refused(at(time.Second), netip.AddrPortFrom(podFrom.Addr(), uint16(30_000+n)), task, true)
	}
	l.refused(at(61*time.Second), podFrom, task, false) // of the next one
	l.Advance(at(time.Minute))
	if n := len(lines()); n != 20_000 {
		t.Errorf("%d lines, want 20000", n)
	}
	if len(l.past) != 1 || cap(l.past) > 16 {
		t.Errorf("%d records are kept, in room for %d", len(l.past), cap(l.past))
	}
}

func TestFlowLogQuiet(t *testing.T) {
	l, lines := log(t, FlowLogConfig{Quiet: true}, DefaultFormat())
	l.opened(at(0), podFrom, task)
	l.Advance(at(time.Minute))
	lines()
	l.Advance(at(2 * time.Minute))
	want := []string{
		"2 123456789012 eni-node - - - - - - - 1767323100 1767323159 - NODATA",
		"2 111122223333 eni-task - - - - - - - 1767323100 1767323159 - NODATA",
	}
	if diff := cmp.Diff(want, lines()); diff != "" {
		t.Errorf("an interval without traffic (-want +got):\n%s", diff)
	}
}
