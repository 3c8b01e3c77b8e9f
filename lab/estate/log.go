package estate

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"time"
)

// Delivery says where the lines of one log go.
type Delivery struct {
	// Group is a log group of CloudWatch Logs; "" for none.
	Group string
	// LogsLag is from the time of a line to its being in the group.
	LogsLag time.Duration
	// Bucket of S3; "" for none. Each file has the lines of Every, is there
	// FilesLag after the end of those, begins with Header, if there is one, and
	// stands under Key of the begin of its time and a hash.
	Bucket          string
	Every, FilesLag time.Duration
	Header          string
	Key             func(begin time.Time, hash string) string
}

// Log takes lines and delivers them. What is on its way is bounded as what has
// arrived is.
type Log struct {
	e       *Estate
	d       Delivery
	pending []line // on their way to the group, oldest first
	bytes   int64  // of those
	begin   time.Time
	body    bytes.Buffer // of the file that begins at begin, compressed so far
	zip     *gzip.Writer // nil: nothing is in it yet
	files   []file       // closed, on their way to the bucket
}

// line is one line of a log.
type line struct {
	at           time.Time
	stream, text string
}

type file struct {
	begin, due time.Time
	body       []byte
}

// Deliver makes a log. Its group and bucket are made if they are not there.
func (e *Estate) Deliver(d Delivery) (*Log, error) {
	if d.Bucket != "" && (d.Key == nil || d.Every <= 0) {
		return nil, fmt.Errorf("deliver to bucket %s: it needs Key and Every", d.Bucket)
	}
	if d.Group == "" && d.Bucket == "" {
		return nil, fmt.Errorf("deliver: neither a log group nor a bucket")
	}
	if d.Group != "" {
		e.logs.AddGroup(d.Group)
	}
	if d.Bucket != "" {
		e.s3.AddBucket(d.Bucket)
	}
	l := &Log{e: e, d: d}
	e.writers = append(e.writers, l)
	return l, nil
}

// Write takes one line that was made at a time; lines come in the order of
// their times. The stream is where it goes in the log group.
func (l *Log) Write(at time.Time, stream, text string) {
	at = at.Round(0)
	if l.d.Group != "" {
		l.pending = append(l.pending, line{at, stream, text})
		l.bytes += int64(len(text))
		for len(l.pending) > l.e.cfg.Keep.Events || l.bytes > l.e.cfg.Keep.Bytes && len(l.pending) > 1 {
			l.drop() // it would not be kept anyway
		}
	}
	if l.d.Bucket == "" {
		return
	}
	if begin := at.Truncate(l.d.Every); begin.After(l.begin) {
		l.close()
		l.begin = begin
	}
	// Writing to memory does not fail.
	if l.zip == nil {
		l.zip = gzip.NewWriter(&l.body)
		if l.d.Header != "" {
			_, _ = l.zip.Write([]byte(l.d.Header + "\n"))
		}
	}
	_, _ = l.zip.Write([]byte(text + "\n"))
}

// drop forgets the oldest line on its way.
func (l *Log) drop() {
	l.bytes -= int64(len(l.pending[0].text))
	l.pending[0] = line{}
	l.pending = l.pending[1:]
}

// close ends the file that is being written: the same bytes for the same lines.
func (l *Log) close() {
	if l.zip == nil {
		return
	}
	_ = l.zip.Close()
	l.files = append(l.files, file{l.begin, l.begin.Add(l.d.Every + l.d.FilesLag), bytes.Clone(l.body.Bytes())})
	l.zip = nil
	l.body.Reset()
	size := int64(0)
	for _, f := range l.files {
		size += int64(len(f.body))
	}
	for size > l.e.cfg.Keep.Objects && len(l.files) > 1 {
		size -= int64(len(l.files[0].body))
		l.files = l.files[1:]
	}
}

// deliver hands over what is due.
func (l *Log) deliver(now time.Time) {
	for len(l.pending) > 0 && !l.pending[0].at.Add(l.d.LogsLag).After(now) {
		p := l.pending[0]
		l.e.logs.put(l.d.Group, p.stream, p.at, p.at.Add(l.d.LogsLag), p.text)
		l.drop()
	}
	if len(l.pending) == 0 {
		l.pending = nil
	}
	if !l.begin.IsZero() && !now.Before(l.begin.Add(l.d.Every)) {
		l.close()
	}
	for len(l.files) > 0 && !l.files[0].due.After(now) {
		f := l.files[0]
		l.e.s3.put(l.d.Bucket, l.d.Key(f.begin, digest(8, l.d.Bucket, string(f.body))), f.body, f.due)
		l.files = l.files[1:]
	}
}

// QueryLogKeys are the keys of resolver query logs, under a prefix that may be
// empty.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs-choosing-target-resource.html
func QueryLogKeys(prefix, account, vpc string) func(time.Time, string) string {
	return func(begin time.Time, hash string) string {
		t := begin.UTC()
		return under(prefix) + "AWSLogs/" + account + "/vpcdnsquerylogs/" + vpc + t.Format("/2006/01/02/") +
			vpc + "_vpcdnsquerylogs_" + account + "_" + t.Format("20060102T1504Z") + "_" + hash + ".log.gz"
	}
}

// FlowLogKeys are the keys of flow logs, under a prefix that may be empty.
// https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-path.html
func FlowLogKeys(prefix, account, region, flowLog string) func(time.Time, string) string {
	return func(begin time.Time, hash string) string {
		t := begin.UTC()
		return under(prefix) + "AWSLogs/" + account + "/vpcflowlogs/" + region + t.Format("/2006/01/02/") +
			account + "_vpcflowlogs_" + region + "_" + flowLog + "_" + t.Format("20060102T1504Z") + "_" + hash + ".log.gz"
	}
}

func under(prefix string) string {
	if prefix == "" {
		return ""
	}
	return prefix + "/"
}
