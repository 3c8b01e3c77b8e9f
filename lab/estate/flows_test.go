package estate_test

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/tranship/tranship/lab/estate"
	"github.com/tranship/tranship/lab/vpc"
)

// Connects, as the fabric saw them, and flow records that open one, as a query
// over the delivered log counts them, are the same in number.
func TestFlowsAndConnects(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	now := start
	e := estate.New(estate.Config{Start: start, Timing: estate.Fast()})
	group := "flows"
	log, err := e.Deliver(estate.Delivery{Group: group, LogsLag: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	format, err := vpc.ParseFormat(vpc.DefaultFields + " ${tcp-flags} ${flow-direction}")
	if err != nil {
		t.Fatal(err)
	}
	flows := vpc.NewFlowLog(vpc.FlowLogConfig{On: func(due []vpc.Flow) {
		for _, f := range due {
			log.Write(now, f.Interface.ID, format.Line(f))
		}
	}})
	connects := map[string]int{}
	fabric := vpc.NewFabric(vpc.Config{
		Clock: func() time.Time { return now }, Flows: flows,
		OnConnect: func(c vpc.Connect) {
			if c.Err == "" {
				connects[c.Dst.Addr().String()]++
			}
		},
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	for n, dst := range []string{"10.0.1.4:8080", "10.0.2.4:8080", "10.0.1.4:8080", "10.0.1.4:8080"} {
		to := netip.MustParseAddrPort(dst)
		if err := fabric.Attach(to, ln.Addr().String()); err != nil {
			t.Fatal(err)
		}
		c, err := fabric.Dial(context.Background(), netip.AddrFrom4([4]byte{10, 0, 3, byte(n + 1)}), to)
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
		now = now.Add(20 * time.Second)
	}
	now = now.Add(2 * time.Minute)
	e.Advance(now)
	flows.Advance(now)
	e.Advance(now.Add(time.Second))

	from, to := start.Unix(), now.Unix()+60
	text := "parse @message '* * * * * * * * * * * * * * * *' as v, a, i, s, d, sp, dp, p, packets, bytes, st, en, action, status, flags, direction" +
		" | filter direction = 'ingress' and flags in [2, 3, 6, 7] | stats count(*) as n by d | sort d asc"
	q, err := e.Logs().StartQuery(t.Context(), &cloudwatchlogs.StartQueryInput{LogGroupName: &group, StartTime: &from, EndTime: &to, QueryString: &text})
	if err != nil {
		t.Fatal(err)
	}
	e.Advance(e.Now().Add(time.Minute))
	out, err := e.Logs().GetQueryResults(t.Context(), &cloudwatchlogs.GetQueryResultsInput{QueryId: q.QueryId})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, r := range out.Results {
		got[*r[0].Value] = *r[1].Value
	}
	if len(got) != len(connects) || connects["10.0.1.4"] != 3 || got["10.0.1.4"] != "3" || got["10.0.2.4"] != "1" {
		t.Errorf("flows opened by destination: %v, connects: %v", got, connects)
	}
}
