package estate

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go"
)

// CloudWatch has the methods of cloudwatch.Client that are needed: alarms, whose
// states the lab sets, and the points of metrics, which it puts in.
type CloudWatch struct {
	e       *Estate
	alarms  []types.MetricAlarm // by name
	metrics map[string][]point
}

type point struct {
	at    time.Time
	value float64
}

// AddAlarm states an alarm. Its name must be given; its state is OK if none is.
func (w *CloudWatch) AddAlarm(a types.MetricAlarm) error {
	n, found := w.find(val(a.AlarmName))
	if val(a.AlarmName) == "" || found {
		return fmt.Errorf("add alarm %q: it needs a name that no other alarm has", val(a.AlarmName))
	}
	if a.AlarmArn == nil {
		a.AlarmArn = ptr(w.e.arn("cloudwatch", "alarm:"+*a.AlarmName))
	}
	a.StateValue = cmp.Or(a.StateValue, types.StateValueOk)
	a.AlarmConfigurationUpdatedTimestamp, a.StateUpdatedTimestamp, a.StateTransitionedTimestamp = ptr(w.e.now), ptr(w.e.now), ptr(w.e.now)
	if a.ActionsEnabled == nil {
		a.ActionsEnabled = ptr(true)
	}
	w.alarms = slices.Insert(w.alarms, n, a)
	return nil
}

// SetAlarm sets the state of an alarm.
func (w *CloudWatch) SetAlarm(name string, state types.StateValue, reason string) error {
	n, found := w.find(name)
	if !found || !slices.Contains(state.Values(), state) {
		return fmt.Errorf("set alarm %s to %s: there is no such alarm, or no such state", name, state)
	}
	a := &w.alarms[n]
	if a.StateValue != state {
		a.StateTransitionedTimestamp = ptr(w.e.now)
	}
	a.StateValue, a.StateReason, a.StateUpdatedTimestamp = state, ptr(reason), ptr(w.e.now)
	return nil
}

func (w *CloudWatch) find(name string) (int, bool) {
	return slices.BinarySearchFunc(w.alarms, name, func(a types.MetricAlarm, name string) int { return cmp.Compare(*a.AlarmName, name) })
}

// PutMetric adds a point to a metric.
func (w *CloudWatch) PutMetric(m types.Metric, at time.Time, value float64) {
	if w.metrics == nil {
		w.metrics = map[string][]point{}
	}
	k := metricKey(&m)
	w.metrics[k] = append(w.metrics[k], point{at.Round(0), value})
	if n := len(w.metrics[k]) - w.e.cfg.Keep.Points; n > 0 {
		w.metrics[k] = slices.Delete(w.metrics[k], 0, n)
	}
}

func metricKey(m *types.Metric) string {
	dims := make([]string, 0, len(m.Dimensions))
	for _, d := range m.Dimensions {
		dims = append(dims, val(d.Name)+"="+val(d.Value))
	}
	slices.Sort(dims)
	return val(m.Namespace) + "/" + val(m.MetricName) + "/" + strings.Join(dims, ",")
}

func cloudWatchInvalid(message string) error {
	return &smithy.GenericAPIError{Code: "ValidationError", Message: message, Fault: smithy.FaultClient}
}

// DescribeAlarms has the signature of the client's method: by name, up to 100
// where nothing else is asked for. A name that no alarm has is no error.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
func (w *CloudWatch) DescribeAlarms(ctx context.Context, in *cloudwatch.DescribeAlarmsInput, _ ...func(*cloudwatch.Options)) (*cloudwatch.DescribeAlarmsOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(in.AlarmNames) > 0 && in.AlarmNamePrefix != nil {
		return nil, cloudWatchInvalid("AlarmNames and AlarmNamePrefix cannot be given together")
	}
	if len(in.AlarmNames) > 100 {
		return nil, cloudWatchInvalid("At most 100 AlarmNames can be given")
	}
	n := 50
	if in.MaxRecords != nil {
		if *in.MaxRecords < 1 || *in.MaxRecords > 100 {
			return nil, cloudWatchInvalid("MaxRecords must be between 1 and 100")
		}
		n = int(*in.MaxRecords)
	}
	out := &cloudwatch.DescribeAlarmsOutput{MetricAlarms: []types.MetricAlarm{}}
	if len(in.AlarmTypes) > 0 && !slices.Contains(in.AlarmTypes, types.AlarmTypeMetricAlarm) {
		return out, nil
	}
	for _, a := range w.alarms {
		if len(in.AlarmNames) > 0 && !slices.Contains(in.AlarmNames, *a.AlarmName) || !strings.HasPrefix(*a.AlarmName, val(in.AlarmNamePrefix)) ||
			in.StateValue != "" && in.StateValue != a.StateValue || *a.AlarmName <= val(in.NextToken) {
			continue
		}
		if len(out.MetricAlarms) == n {
			out.NextToken = out.MetricAlarms[n-1].AlarmName
			break
		}
		out.MetricAlarms = append(out.MetricAlarms, a)
	}
	return out, nil
}

// GetMetricData has the signature of the client's method. The lab knows metrics
// and their plain statistics, and refuses expressions.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
func (w *CloudWatch) GetMetricData(ctx context.Context, in *cloudwatch.GetMetricDataInput, _ ...func(*cloudwatch.Options)) (*cloudwatch.GetMetricDataOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	switch {
	case in.StartTime == nil || in.EndTime == nil || !in.StartTime.Before(*in.EndTime):
		return nil, cloudWatchInvalid("The parameter StartTime must be less than the parameter EndTime.")
	case len(in.MetricDataQueries) == 0 || len(in.MetricDataQueries) > 500:
		return nil, cloudWatchInvalid("MetricDataQueries must have 1 to 500 entries")
	}
	out := &cloudwatch.GetMetricDataOutput{MetricDataResults: []types.MetricDataResult{}}
	for _, q := range in.MetricDataQueries {
		s := q.MetricStat
		if val(q.Id) == "" || s == nil || s.Metric == nil || val(s.Period) < 1 {
			return nil, cloudWatchInvalid("The lab knows queries with an Id and a MetricStat alone, not expressions.")
		}
		fold, known := statistics[val(s.Stat)]
		if !known {
			return nil, cloudWatchInvalid("The value " + val(s.Stat) + " for parameter Stat is not supported.")
		}
		if q.ReturnData != nil && !*q.ReturnData {
			continue
		}
		r := types.MetricDataResult{Id: q.Id, Label: q.Label, StatusCode: types.StatusCodeComplete, Timestamps: []time.Time{}, Values: []float64{}}
		if r.Label == nil {
			r.Label = s.Metric.MetricName
		}
		period := time.Duration(*s.Period) * time.Second
		bins := map[time.Time][]float64{}
		for _, p := range w.metrics[metricKey(s.Metric)] {
			if at := p.at.Truncate(period); !p.at.Before(*in.StartTime) && p.at.Before(*in.EndTime) {
				bins[at] = append(bins[at], p.value)
			}
		}
		for at := range bins {
			r.Timestamps = append(r.Timestamps, at)
		}
		slices.SortFunc(r.Timestamps, time.Time.Compare)
		if in.ScanBy != types.ScanByTimestampAscending {
			slices.Reverse(r.Timestamps) // the newest first
		}
		for _, at := range r.Timestamps {
			r.Values = append(r.Values, fold(bins[at]))
		}
		out.MetricDataResults = append(out.MetricDataResults, r)
	}
	return out, nil
}

var statistics = map[string]func([]float64) float64{
	"SampleCount": func(v []float64) float64 { return float64(len(v)) },
	"Sum":         total,
	"Average":     func(v []float64) float64 { return total(v) / float64(len(v)) },
	"Minimum":     func(v []float64) float64 { return fold(v, math.Min) },
	"Maximum":     func(v []float64) float64 { return fold(v, math.Max) },
}

func total(v []float64) float64 { return fold(v, func(a, b float64) float64 { return a + b }) }

func fold(v []float64, f func(a, b float64) float64) float64 {
	out := v[0]
	for _, x := range v[1:] {
		out = f(out, x)
	}
	return out
}
