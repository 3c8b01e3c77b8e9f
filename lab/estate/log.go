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

// Log takes lines and delivers them.
type Log struct {
	e       *Estate
	d       Delivery
	pending []line // on their way to the group, oldest first
	begin   time.Time
	file    []line // of the file that begins at begin
	files   []file // closed, on their way to the bucket
}

// line is one line of a log.
type line struct {
	at           time.Time
	stream, text string
}

type file struct {
	begin, due time.Time
	lines      []line
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
	ln := line{at, stream, text}
	if l.d.Group != "" {
		l.pending = append(l.pending, ln)
	}
	if l.d.Bucket == "" {
		return
	}
	if begin := at.Truncate(l.d.Every); begin.After(l.begin) {
		l.close()
		l.begin = begin
	}
	l.file = append(l.file, ln)
}

// close ends the file that is being written.
func (l *Log) close() {
	if len(l.file) > 0 {
		l.files = append(l.files, file{l.begin, l.begin.Add(l.d.Every + l.d.FilesLag), l.file})
		l.file = nil
	}
}

// deliver hands over what is due.
func (l *Log) deliver(now time.Time) {
	n := 0
	for n < len(l.pending) && !l.pending[n].at.Add(l.d.LogsLag).After(now) {
		p := l.pending[n]
		l.e.logs.put(l.d.Group, p.stream, p.at, p.at.Add(l.d.LogsLag), p.text)
		n++
	}
	if l.pending = l.pending[n:]; len(l.pending) == 0 {
		l.pending = nil
	}
	if !l.begin.IsZero() && !now.Before(l.begin.Add(l.d.Every)) {
		l.close()
	}
	n = 0
	for n < len(l.files) && !l.files[n].due.After(now) {
		f := l.files[n]
		body := compressed(l.d.Header, f.lines)
		l.e.s3.put(l.d.Bucket, l.d.Key(f.begin, digest(8, l.d.Bucket, string(body))), body, f.due)
		n++
	}
	l.files = l.files[n:]
}

// compressed is a file of lines as AWS writes it to S3: gzip, the same bytes
// for the same lines.
func compressed(header string, lines []line) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	// Writing to memory does not fail.
	if header != "" {
		_, _ = z.Write([]byte(header + "\n"))
	}
	for _, l := range lines {
		_, _ = z.Write([]byte(l.text + "\n"))
	}
	_ = z.Close()
	return b.Bytes()
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
