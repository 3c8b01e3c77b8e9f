package estate_test

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/tranship/tranship/lab/estate"
)

// written is an estate with a few lines in the group g.
func written(t *testing.T) *estate.Estate {
	t.Helper()
	e := estate.New(estate.Config{Timing: estate.Fast()})
	l, err := e.Deliver(estate.Delivery{Group: "g"})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{`{"a":1,"b":{"c":["x"]}}`, "plain text", "2 1 eni-1 10.0.0.1 10.0.0.2 1 2 6 3 4 5 6 ACCEPT OK", "{broken"} {
		l.Write(e.Now(), "s", line)
	}
	e.Advance(e.Now().Add(time.Minute))
	return e
}

// Whatever a query is, it is refused as malformed, or it completes with no more
// rows than there are events and no more than its limit.
func FuzzInsights(f *testing.F) {
	for _, q := range []string{
		"fields @timestamp, a | filter b.c.0 = 'x' | sort a desc | limit 2", "stats count(*) by bin(5m), a", "filter @message like /text/",
		"parse @message '* *' as x, y | display x", "filter not (a in [1,2] or ispresent(b))", "stats avg(a), latest(a)", "fields `a b`, strlen(a) as n",
	} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, q string) {
		e := written(t)
		group, from, to := "g", int64(0), int64(1<<40)
		out, err := e.Logs().StartQuery(t.Context(), &cloudwatchlogs.StartQueryInput{LogGroupName: &group, StartTime: &from, EndTime: &to, QueryString: &q})
		if err != nil {
			var m *types.MalformedQueryException
			if !errors.As(err, &m) {
				t.Fatalf("%q: %v is no MalformedQueryException", q, err)
			}
			return
		}
		e.Advance(e.Now().Add(time.Minute))
		res, err := e.Logs().GetQueryResults(t.Context(), &cloudwatchlogs.GetQueryResultsInput{QueryId: out.QueryId})
		if err != nil || res.Status != types.QueryStatusComplete || len(res.Results) > 4 {
			t.Fatalf("%q: %v, %+v", q, err, res)
		}
	})
}

// Whatever a filter pattern is, it is refused as invalid, or what it finds is a
// part of what there is, in order.
func FuzzFilterPattern(f *testing.F) {
	for _, p := range []string{"plain", `"10.0.0.1"`, "?a ?b", "-plain", `{ $.a = 1 && $.b.c[0] = "x*" }`, "{ $.a NOT EXISTS }", "{ ($.a > 0) || $.a IS NULL }"} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, p string) {
		e := written(t)
		group := "g"
		out, err := e.Logs().FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &group, FilterPattern: &p})
		if err != nil {
			var i *types.InvalidParameterException
			if !errors.As(err, &i) {
				t.Fatalf("%q: %v is no InvalidParameterException", p, err)
			}
			return
		}
		last := ""
		for _, ev := range out.Events {
			if *ev.EventId <= last {
				t.Fatalf("%q: %s after %s", p, *ev.EventId, last)
			}
			last = *ev.EventId
		}
		if len(out.Events) > 4 {
			t.Fatalf("%q finds %d of 4 events", p, len(out.Events))
		}
	})
}
