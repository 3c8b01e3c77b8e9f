package estate_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"pgregory.net/rapid"

	"github.com/tranship/tranship/lab/estate"
)

// Both readings of a log, the group and the files, have every line that was
// written, once and in order, and none before its time.
func TestBothReadingsOfALog(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		timing := estate.Fast()
		e := estate.New(estate.Config{Timing: timing})
		l, err := e.Deliver(estate.Delivery{
			Group: "g", LogsLag: timing.FlowLogs, Bucket: "b", Every: timing.File, FilesLag: timing.FlowFiles, Header: "version line",
			Key: estate.FlowLogKeys("", "123456789012", "ap-south-1", "fl-1"),
		})
		if err != nil {
			t.Fatal(err)
		}
		var written []string
		var last time.Time
		for n := range rapid.IntRange(1, 60).Draw(t, "lines") {
			e.Advance(e.Now().Add(time.Duration(rapid.IntRange(0, 20_000).Draw(t, "ms")) * time.Millisecond))
			line := fmt.Sprintf("2 line-%d %s", n, rapid.StringMatching(`[a-z ]{0,20}`).Draw(t, "text"))
			written, last = append(written, line), e.Now()
			l.Write(e.Now(), fmt.Sprintf("eni-%d", n%3), line)
		}
		// One moment before the lag is over, the last line is in neither.
		e.Advance(last.Add(timing.FlowLogs - time.Millisecond))
		if got := events(t, e); slices.Contains(got, written[len(written)-1]) {
			t.Fatalf("the last line is there %s too early", time.Millisecond)
		}
		e.Advance(last.Add(timing.File + timing.FlowFiles))
		if got := events(t, e); !slices.Equal(got, written) {
			t.Fatalf("the group has %q, written were %q", got, written)
		}
		if got := files(t, e); !slices.Equal(got, written) {
			t.Fatalf("the files have %q, written were %q", got, written)
		}
	})
}

// events reads the group page by page.
func events(t *rapid.T, e *estate.Estate) (lines []string) {
	name, size := "g", int32(rapid.IntRange(1, 9).Draw(t, "page"))
	in := &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &name, Limit: &size}
	for {
		out, err := e.Logs().FilterLogEvents(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, ev := range out.Events {
			lines = append(lines, *ev.Message)
		}
		if in.NextToken = out.NextToken; in.NextToken == nil {
			return lines
		}
	}
}

// files reads every file in the order of its key, which is that of its time.
func files(t *rapid.T, e *estate.Estate) (lines []string) {
	bucket, prefix, size := "b", "AWSLogs/123456789012/vpcflowlogs/ap-south-1/2026/", int32(2)
	in := &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix, MaxKeys: &size}
	byTime := map[time.Time][]string{}
	for {
		out, err := e.S3().ListObjectsV2(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range out.Contents {
			got, err := e.S3().GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: o.Key})
			if err != nil {
				t.Fatal(err)
			}
			z, err := gzip.NewReader(got.Body)
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(z)
			if err != nil {
				t.Fatal(err)
			}
			all := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
			if all[0] != "version line" {
				t.Fatalf("%s begins with %q", *o.Key, all[0])
			}
			// Two files of one minute can be told apart by when they came.
			byTime[*o.LastModified] = append(byTime[*o.LastModified], all[1:]...)
		}
		if in.ContinuationToken = out.NextContinuationToken; in.ContinuationToken == nil {
			break
		}
	}
	times := make([]time.Time, 0, len(byTime))
	for at := range byTime {
		times = append(times, at)
	}
	slices.SortFunc(times, time.Time.Compare)
	for _, at := range times {
		lines = append(lines, byTime[at]...)
	}
	return lines
}

// A lab that runs for long keeps no more than it was told to.
func TestKeepIsABound(t *testing.T) {
	e := estate.New(estate.Config{Timing: estate.Fast(), Keep: estate.Keep{Events: 100, Bytes: 1 << 10, Objects: 4 << 10}})
	l, err := e.Deliver(estate.Delivery{Group: "g", Bucket: "b", Every: time.Second, Key: estate.QueryLogKeys("", "1", "vpc-1")})
	if err != nil {
		t.Fatal(err)
	}
	for n := range 20_000 {
		e.Advance(e.Now().Add(100 * time.Millisecond))
		l.Write(e.Now(), "s", fmt.Sprintf("line %d", n))
	}
	group, bucket := "g", "b"
	out, err := e.Logs().FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &group})
	if err != nil {
		t.Fatal(err)
	}
	bytes := 0
	for _, ev := range out.Events {
		bytes += len(*ev.Message)
	}
	if len(out.Events) > 100 || len(out.Events) < 50 || bytes > 1<<10 {
		t.Errorf("%d events of %d bytes are kept, at most 100 of 1024", len(out.Events), bytes)
	}
	if last := *out.Events[len(out.Events)-1].Message; last != "line 19998" && last != "line 19999" {
		t.Errorf("the latest that is kept is %q", last)
	}
	objects, err := e.S3().ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket})
	if err != nil {
		t.Fatal(err)
	}
	size := int64(0)
	for _, o := range objects.Contents {
		size += *o.Size
	}
	if size > 4<<10 || size < 3<<10 {
		t.Errorf("files of %d bytes are kept, at most 4096", size)
	}
}

// With Keep.For what is older goes by itself, with its streams.
func TestKeepFor(t *testing.T) {
	e := estate.New(estate.Config{Timing: estate.Fast(), Keep: estate.Keep{For: time.Minute}})
	l, err := e.Deliver(estate.Delivery{Group: "g", Bucket: "b", Every: time.Second, Key: estate.QueryLogKeys("", "1", "vpc-1")})
	if err != nil {
		t.Fatal(err)
	}
	group, bucket := "g", "b"
	count := func() (streams, objects int) {
		s, err := e.Logs().DescribeLogStreams(t.Context(), &cloudwatchlogs.DescribeLogStreamsInput{LogGroupName: &group})
		if err != nil {
			t.Fatal(err)
		}
		o, err := e.S3().ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket})
		if err != nil {
			t.Fatal(err)
		}
		return len(s.LogStreams), len(o.Contents)
	}
	l.Write(e.Now(), "old", "one")
	e.Advance(e.Now().Add(30 * time.Second))
	l.Write(e.Now(), "new", "two")
	e.Advance(e.Now().Add(2 * time.Second))
	if s, o := count(); s != 2 || o != 2 {
		t.Errorf("%d streams and %d objects, want 2 and 2", s, o)
	}
	e.Advance(e.Now().Add(40 * time.Second))
	if s, o := count(); s != 1 || o != 1 {
		t.Errorf("a minute later %d streams and %d objects, want 1 and 1", s, o)
	}
}
