package estate

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

// Logs has the methods of cloudwatchlogs.Client that are needed to find log
// groups and to read and query them.
type Logs struct {
	e       *Estate
	groups  []*logGroup // by name
	queries []*query    // oldest first
	started int         // queries so far
}

// logGroup keeps its events as they came in.
type logGroup struct {
	name    string
	created time.Time
	streams []*logStream // by name
	events  []event
	bytes   int64
	seq     int64 // of the next event
}

type logStream struct {
	name            string
	created         time.Time
	firstAt, lastAt int64 // ms, of its events
	lastIngestion   int64 // ms
	anything        bool
	kept            int // events
}

// event is one line. Times are milliseconds since 1970.
type event struct {
	at, ingested, seq int64
	stream            *logStream
	message           string
}

// AddGroup makes a log group, if it is not there.
func (l *Logs) AddGroup(name string) { l.group(name) }

func (l *Logs) find(name string) (int, bool) {
	return slices.BinarySearchFunc(l.groups, name, func(g *logGroup, name string) int { return cmp.Compare(g.name, name) })
}

func (l *Logs) group(name string) *logGroup {
	n, found := l.find(name)
	if !found {
		l.groups = slices.Insert(l.groups, n, &logGroup{name: name, created: l.e.now})
	}
	return l.groups[n]
}

// put adds one event, and lets the oldest go where there are too many.
func (l *Logs) put(group, stream string, at, ingested time.Time, message string) {
	g := l.group(group)
	n, found := slices.BinarySearchFunc(g.streams, stream, func(s *logStream, name string) int { return cmp.Compare(s.name, name) })
	if !found {
		g.streams = slices.Insert(g.streams, n, &logStream{name: stream, created: ingested})
	}
	s := g.streams[n]
	ev := event{at: at.UnixMilli(), ingested: ingested.UnixMilli(), seq: g.seq, stream: s, message: message}
	g.seq++
	if !s.anything || ev.at < s.firstAt {
		s.firstAt = ev.at
	}
	s.lastAt, s.lastIngestion, s.anything = max(s.lastAt, ev.at), ev.ingested, true
	s.kept++
	g.events = append(g.events, ev)
	g.bytes += int64(len(message))
	g.forget(l.e.now, l.e.cfg.Keep)
}

// forget lets the oldest events go where there are too many, and those that are
// too old; a stream goes with its last event.
func (g *logGroup) forget(now time.Time, keep Keep) {
	drop := 0
	old := func(e *event) bool { return keep.For > 0 && e.ingested < now.Add(-keep.For).UnixMilli() }
	for drop < len(g.events) && (len(g.events)-drop > keep.Events || g.bytes > keep.Bytes && len(g.events)-drop > 1 || old(&g.events[drop])) {
		e := &g.events[drop]
		g.bytes -= int64(len(e.message))
		if e.stream.kept--; e.stream.kept == 0 {
			gone := e.stream
			g.streams = slices.DeleteFunc(g.streams, func(s *logStream) bool { return s == gone })
		}
		*e = event{} // let its message go
		drop++
	}
	g.events = g.events[drop:]
}

// id is a number of 56 digits, as CloudWatch Logs gives.
func (e *event) id() string { return fmt.Sprintf("%032d%024d", e.at, e.seq) }

func logsInvalid(message string) error {
	return &types.InvalidParameterException{Message: ptr(message)}
}

func (g *logGroup) arn(e *Estate) string { return e.arn("logs", "log-group:"+g.name) }

// there finds a group by its name, or by a name or ARN as identifier.
func (l *Logs) there(name, identifier *string) (*logGroup, error) {
	if name != nil && identifier != nil {
		return nil, logsInvalid("Exactly one of logGroupName and logGroupIdentifier must be given.")
	}
	want := val(name)
	if identifier != nil {
		want = *identifier
		if _, after, isARN := strings.Cut(want, ":log-group:"); isARN {
			want = strings.TrimSuffix(after, ":*")
		}
	}
	if n, found := l.find(want); found {
		return l.groups[n], nil
	}
	return nil, &types.ResourceNotFoundException{Message: ptr("The specified log group does not exist.")}
}

// DescribeLogGroups has the signature of the client's method: by name, up to 50.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html
func (l *Logs) DescribeLogGroups(ctx context.Context, in *cloudwatchlogs.DescribeLogGroupsInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.DescribeLogGroupsOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if in.LogGroupNamePrefix != nil && in.LogGroupNamePattern != nil {
		return nil, logsInvalid("logGroupNamePrefix and logGroupNamePattern are mutually exclusive parameters.")
	}
	n, err := logsLimit(in.Limit, 50, 50)
	if err != nil {
		return nil, err
	}
	out := &cloudwatchlogs.DescribeLogGroupsOutput{LogGroups: []types.LogGroup{}}
	for _, g := range l.groups {
		if !strings.HasPrefix(g.name, val(in.LogGroupNamePrefix)) || !strings.Contains(strings.ToLower(g.name), strings.ToLower(val(in.LogGroupNamePattern))) ||
			g.name <= val(in.NextToken) {
			continue
		}
		if len(out.LogGroups) == n {
			out.NextToken = out.LogGroups[n-1].LogGroupName
			break
		}
		out.LogGroups = append(out.LogGroups, types.LogGroup{
			LogGroupName: ptr(g.name), Arn: ptr(g.arn(l.e) + ":*"), LogGroupArn: ptr(g.arn(l.e)), CreationTime: ptr(g.created.UnixMilli()),
			LogGroupClass: types.LogGroupClassStandard, MetricFilterCount: ptr(int32(0)), StoredBytes: ptr(g.bytes),
		})
	}
	return out, nil
}

// logsLimit reads the size of a page.
func logsLimit(n *int32, otherwise, most int) (int, error) {
	if n == nil {
		return otherwise, nil
	}
	if *n < 1 || int(*n) > most {
		return 0, logsInvalid(fmt.Sprintf("Value '%d' at 'limit' failed to satisfy constraint: Member must have value between 1 and %d", *n, most))
	}
	return int(*n), nil
}

// DescribeLogStreams has the signature of the client's method.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogStreams.html
func (l *Logs) DescribeLogStreams(ctx context.Context, in *cloudwatchlogs.DescribeLogStreamsInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.DescribeLogStreamsOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	g, err := l.there(in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	latest := in.OrderBy == types.OrderByLastEventTime
	if latest && in.LogStreamNamePrefix != nil {
		return nil, logsInvalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
	}
	n, err := logsLimit(in.Limit, 50, 50)
	if err != nil {
		return nil, err
	}
	found := slices.DeleteFunc(slices.Clone(g.streams), func(s *logStream) bool { return !strings.HasPrefix(s.name, val(in.LogStreamNamePrefix)) })
	if latest {
		slices.SortStableFunc(found, func(a, b *logStream) int { return cmp.Compare(a.lastAt, b.lastAt) })
	}
	if val(in.Descending) {
		slices.Reverse(found)
	}
	if t := val(in.NextToken); t != "" {
		at := slices.IndexFunc(found, func(s *logStream) bool { return s.name == t })
		if at < 0 {
			return nil, logsInvalid("The specified nextToken is invalid.")
		}
		found = found[at+1:]
	}
	out := &cloudwatchlogs.DescribeLogStreamsOutput{LogStreams: []types.LogStream{}}
	if len(found) > n {
		out.NextToken = ptr(found[n-1].name)
		found = found[:n]
	}
	for _, s := range found {
		one := types.LogStream{LogStreamName: ptr(s.name), Arn: ptr(g.arn(l.e) + ":log-stream:" + s.name), CreationTime: ptr(s.created.UnixMilli())}
		if s.anything {
			one.FirstEventTimestamp, one.LastEventTimestamp, one.LastIngestionTime = ptr(s.firstAt), ptr(s.lastAt), ptr(s.lastIngestion)
		}
		out.LogStreams = append(out.LogStreams, one)
	}
	return out, nil
}

// Bounds of a page of FilterLogEvents.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
const (
	maxFilterEvents = 10_000
	maxFilterBytes  = 1 << 20
	maxFilterNames  = 100
)

// FilterLogEvents has the signature of the client's method: by time, up to
// 10,000 events or 1 MiB a page. Times are milliseconds; the end is included.
func (l *Logs) FilterLogEvents(ctx context.Context, in *cloudwatchlogs.FilterLogEventsInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.FilterLogEventsOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	g, err := l.there(in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	switch {
	case in.LogStreamNamePrefix != nil && len(in.LogStreamNames) > 0:
		return nil, logsInvalid("logStreamNamePrefix and logStreamNames are mutually exclusive parameters.")
	case len(in.LogStreamNames) > maxFilterNames:
		return nil, logsInvalid("At most 100 logStreamNames can be given.")
	case in.StartTime != nil && in.EndTime != nil && *in.StartTime > *in.EndTime:
		return nil, logsInvalid("startTime must not be after endTime.")
	}
	for _, name := range in.LogStreamNames {
		if !slices.ContainsFunc(g.streams, func(s *logStream) bool { return s.name == name }) {
			return nil, &types.ResourceNotFoundException{Message: ptr("The specified log stream does not exist.")}
		}
	}
	n, err := logsLimit(in.Limit, maxFilterEvents, maxFilterEvents)
	if err != nil {
		return nil, err
	}
	matches, err := parsePattern(val(in.FilterPattern))
	if err != nil {
		return nil, logsInvalid(err.Error())
	}
	after := event{at: -1}
	if t := val(in.NextToken); t != "" {
		if _, err := fmt.Sscanf(t, "%d/%d", &after.at, &after.seq); err != nil {
			return nil, logsInvalid("The specified nextToken is invalid.")
		}
	}
	var found []event
	for _, ev := range g.events {
		if byTime(ev, after) > 0 && ev.at >= val(in.StartTime) && (in.EndTime == nil || ev.at <= *in.EndTime) &&
			(len(in.LogStreamNames) == 0 || slices.Contains(in.LogStreamNames, ev.stream.name)) &&
			strings.HasPrefix(ev.stream.name, val(in.LogStreamNamePrefix)) && matches(ev.message) {
			found = append(found, ev)
		}
	}
	slices.SortFunc(found, byTime)
	out := &cloudwatchlogs.FilterLogEventsOutput{Events: []types.FilteredLogEvent{}, SearchedLogStreams: []types.SearchedLogStream{}}
	size := 0
	for i, ev := range found {
		if size += len(ev.message); i == n || i > 0 && size > maxFilterBytes {
			out.NextToken = ptr(fmt.Sprintf("%d/%d", found[i-1].at, found[i-1].seq))
			break
		}
		out.Events = append(out.Events, types.FilteredLogEvent{
			EventId: ptr(ev.id()), LogStreamName: ptr(ev.stream.name), Timestamp: ptr(ev.at), IngestionTime: ptr(ev.ingested), Message: ptr(ev.message),
		})
	}
	return out, nil
}

func byTime(a, b event) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.seq, b.seq)) }
