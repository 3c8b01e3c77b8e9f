package estate

import "time"

// Timing is how long AWS takes.
type Timing struct {
	Name string // says which profile a report was made under

	// QueryLogs is from a DNS query to its line in the log group, and
	// QueryFiles from the end of a file's time to the file.
	// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs.html
	QueryLogs, QueryFiles time.Duration
	// FlowInterval is the aggregation interval of the flow log. FlowLogs is from
	// its end to the line in the log group, FlowFiles to the file.
	// https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html
	FlowInterval, FlowLogs, FlowFiles time.Duration
	// File is how much time the lines of one file in S3 are of.
	// https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-path.html
	File time.Duration
	// Query is how long a query of Logs Insights runs.
	Query time.Duration
	// Healthy is from the registration of a target until it is healthy.
	Healthy time.Duration
	// Draining is from the deregistration of a target until it is gone.
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html
	Draining time.Duration
}

// AWS is the timing that was seen of AWS, or documented by it.
func AWS() Timing {
	return Timing{
		Name:      "aws",
		QueryLogs: 10 * time.Second, QueryFiles: 5 * time.Minute,
		FlowInterval: time.Minute, FlowLogs: 5 * time.Minute, FlowFiles: 10 * time.Minute,
		File:     5 * time.Minute,
		Query:    2 * time.Second,
		Healthy:  30 * time.Second,
		Draining: 300 * time.Second,
	}
}

// Fast is AWS ten times as fast.
func Fast() Timing {
	t := AWS()
	t.Name = "fast"
	for _, d := range []*time.Duration{
		&t.QueryLogs, &t.QueryFiles, &t.FlowInterval, &t.FlowLogs, &t.FlowFiles, &t.File, &t.Query, &t.Healthy, &t.Draining,
	} {
		*d /= 10
	}
	return t
}
