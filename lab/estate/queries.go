package estate

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

// Limits of Logs Insights.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
const (
	usualResults   = 10_000
	maxResults     = 100_000
	maxQueryGroups = 50
	maxRunning     = 100
	pageResults    = 10_000 // of GetQueryResults
)

// query is one of Logs Insights.
type query struct {
	id       string
	parsed   *insights
	groups   []*logGroup
	from, to int64 // ms
	limit    int
	done     time.Time
	upTo     []int64 // per group, the events there were when it started
	cancel   bool
	results  [][]types.ResultField
	stats    types.QueryStatistics
	ran      bool
}

func (q *query) running(now time.Time) bool { return !q.cancel && now.Before(q.done) }

// StartQuery has the signature of the client's method. Times are seconds, both
// included. The lab knows a subset of the language; what is not in it is a
// MalformedQueryException, never an empty result.
func (l *Logs) StartQuery(ctx context.Context, in *cloudwatchlogs.StartQueryInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.StartQueryOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if in.QueryLanguage != "" && in.QueryLanguage != types.QueryLanguageCwli {
		return nil, logsInvalid("The lab knows the query language CWLI alone.")
	}
	if in.StartTime == nil || in.EndTime == nil || *in.StartTime < 0 || *in.StartTime > *in.EndTime {
		return nil, logsInvalid("startTime and endTime are seconds since 1970, the start not after the end.")
	}
	groups, err := l.queried(in)
	if err != nil {
		return nil, err
	}
	limit := usualResults
	if in.Limit != nil {
		if *in.Limit < 1 || *in.Limit > maxResults {
			return nil, logsInvalid("limit must be between 1 and " + strconv.Itoa(maxResults))
		}
		limit = int(*in.Limit)
	}
	parsed, err := parseInsights(val(in.QueryString))
	if err != nil {
		return nil, malformedQuery(err)
	}
	if parsed.limit > 0 {
		limit = parsed.limit
	}
	running := 0
	for _, q := range l.queries {
		if q.running(l.e.now) {
			running++
		}
	}
	if running >= maxRunning {
		return nil, &types.LimitExceededException{Message: ptr("Account maximum query concurrency limit of " + strconv.Itoa(maxRunning) + " reached.")}
	}
	l.started++
	q := &query{
		id: uuid("query", l.e.cfg.Account, strconv.Itoa(l.started)), parsed: parsed, groups: groups, limit: limit,
		from: *in.StartTime * 1000, to: *in.EndTime*1000 + 999, done: l.e.now.Add(l.e.cfg.Timing.Query),
	}
	for _, g := range groups {
		q.upTo = append(q.upTo, g.seq)
	}
	l.queries = append(l.queries, q)
	if n := len(l.queries) - l.e.cfg.Keep.Queries; n > 0 {
		l.queries = slices.Delete(l.queries, 0, n)
	}
	return &cloudwatchlogs.StartQueryOutput{QueryId: ptr(q.id)}, nil
}

// queried are the log groups that a query names.
func (l *Logs) queried(in *cloudwatchlogs.StartQueryInput) ([]*logGroup, error) {
	ways := 0
	for _, given := range []bool{in.LogGroupName != nil, len(in.LogGroupNames) > 0, len(in.LogGroupIdentifiers) > 0} {
		if given {
			ways++
		}
	}
	if ways != 1 {
		return nil, logsInvalid("Exactly one of logGroupName, logGroupNames and logGroupIdentifiers must be given.")
	}
	names := in.LogGroupNames
	if in.LogGroupName != nil {
		names = []string{*in.LogGroupName}
	}
	if len(names)+len(in.LogGroupIdentifiers) > maxQueryGroups {
		return nil, logsInvalid("At most " + strconv.Itoa(maxQueryGroups) + " log groups can be queried.")
	}
	var groups []*logGroup
	for _, n := range names {
		g, err := l.there(&n, nil)
		if err != nil {
			return nil, err
		}
		groups = append(groups, g)
	}
	for _, id := range in.LogGroupIdentifiers {
		g, err := l.there(nil, &id)
		if err != nil {
			return nil, err
		}
		groups = append(groups, g)
	}
	return groups, nil
}

func malformedQuery(err error) error {
	out := &types.MalformedQueryException{Message: ptr(err.Error())}
	var m *malformed
	if errors.As(err, &m) {
		out.QueryCompileError = &types.QueryCompileError{
			Message: ptr(m.message), Location: &types.QueryCompileErrorLocation{StartCharOffset: ptr(int32(m.from)), EndCharOffset: ptr(int32(m.to))},
		}
	}
	return out
}

func (l *Logs) queryBy(id *string) (*query, error) {
	for _, q := range l.queries {
		if q.id == val(id) {
			return q, nil
		}
	}
	return nil, &types.ResourceNotFoundException{Message: ptr("The query " + val(id) + " does not exist.")}
}

// GetQueryResults has the signature of the client's method. A query that runs
// has no results yet.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetQueryResults.html
func (l *Logs) GetQueryResults(ctx context.Context, in *cloudwatchlogs.GetQueryResultsInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.GetQueryResultsOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	q, err := l.queryBy(in.QueryId)
	if err != nil {
		return nil, err
	}
	most := pageResults
	if in.MaxItems != nil {
		if *in.MaxItems < 1 || *in.MaxItems > pageResults {
			return nil, logsInvalid("maxItems must be between 1 and " + strconv.Itoa(pageResults))
		}
		most = int(*in.MaxItems)
	}
	out := &cloudwatchlogs.GetQueryResultsOutput{
		QueryLanguage: types.QueryLanguageCwli, Status: types.QueryStatusRunning, Statistics: &types.QueryStatistics{}, Results: [][]types.ResultField{},
	}
	switch {
	case q.cancel:
		out.Status = types.QueryStatusCancelled
		return out, nil
	case q.running(l.e.now):
		return out, nil
	}
	q.run(l.e)
	from := 0
	if t := val(in.NextToken); t != "" {
		if from, err = strconv.Atoi(t); err != nil || from < 0 || from > len(q.results) {
			return nil, logsInvalid("The specified nextToken is invalid.")
		}
	}
	to := min(len(q.results), from+most)
	if to < len(q.results) {
		out.NextToken = ptr(strconv.Itoa(to))
	}
	stats := q.stats
	out.Status, out.Statistics, out.Results = types.QueryStatusComplete, &stats, q.results[from:to]
	return out, nil
}

// StopQuery has the signature of the client's method.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StopQuery.html
func (l *Logs) StopQuery(ctx context.Context, in *cloudwatchlogs.StopQueryInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.StopQueryOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	q, err := l.queryBy(in.QueryId)
	if err != nil {
		return nil, err
	}
	if !q.running(l.e.now) {
		return nil, logsInvalid("The query " + q.id + " is not running.")
	}
	q.cancel = true
	return &cloudwatchlogs.StopQueryOutput{Success: true}, nil
}

// run computes the results, once.
func (q *query) run(e *Estate) {
	if q.ran {
		return
	}
	q.ran = true
	var rows []row
	for n, g := range q.groups {
		for i := range g.events {
			ev := &g.events[i]
			if ev.seq >= q.upTo[n] {
				break
			}
			q.stats.RecordsScanned++
			q.stats.BytesScanned += float64(len(ev.message))
			if ev.at < q.from || ev.at > q.to {
				continue
			}
			rows = append(rows, row{
				event: ev, group: e.cfg.Account + ":" + g.name, made: map[string]any{}, body: new(any),
				ptr: base64.StdEncoding.EncodeToString([]byte(g.name + "/" + ev.id())),
			})
		}
	}
	q.stats.LogGroupsScanned = float64(len(q.groups))
	// The latest come first, unless the query sorts.
	slices.SortStableFunc(rows, func(a, b row) int { return byTime(*b.event, *a.event) })
	q.stats.RecordsMatched = float64(len(rows))
	for n, s := range q.parsed.steps {
		rows = s(rows)
		if !q.parsed.stats || n < q.parsed.statsStep {
			q.stats.RecordsMatched = float64(len(rows))
		}
	}
	rows = rows[:min(len(rows), q.limit)]
	fields := q.parsed.fields
	if fields == nil {
		fields = []string{"@timestamp", "@message"}
	}
	if !q.parsed.stats {
		fields = append(slices.Clone(fields), "@ptr")
	}
	q.results = make([][]types.ResultField, 0, len(rows))
	for _, r := range rows {
		var one []types.ResultField
		for _, f := range fields {
			if v := r.get(f); v != nil {
				one = append(one, types.ResultField{Field: ptr(f), Value: ptr(display(v))})
			}
		}
		q.results = append(q.results, one)
	}
	q.stats.ResultCount = float64(len(q.results))
	q.groups = nil
}
