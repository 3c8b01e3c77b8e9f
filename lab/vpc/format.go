package vpc

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// DefaultFields is the default format of a flow log: the fields of version 2.
// https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html
const DefaultFields = "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} " +
	"${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}"

// AllFields is every field up to version 7, in the order of the documentation.
const AllFields = DefaultFields + " " +
	"${vpc-id} ${subnet-id} ${instance-id} ${tcp-flags} ${type} ${pkt-srcaddr} ${pkt-dstaddr} " +
	"${region} ${az-id} ${sublocation-type} ${sublocation-id} " +
	"${pkt-src-aws-service} ${pkt-dst-aws-service} ${flow-direction} ${traffic-path} " +
	"${ecs-cluster-arn} ${ecs-cluster-name} ${ecs-container-instance-arn} ${ecs-container-instance-id} " +
	"${ecs-container-id} ${ecs-second-container-id} ${ecs-service-name} ${ecs-task-definition-arn} " +
	"${ecs-task-arn} ${ecs-task-id}"

// Format is the fields of a flow log, in their order.
type Format struct {
	fields  []string
	version int
}

// ParseFormat reads a format string as CreateFlowLogs takes it: fields such as
// ${srcaddr} with spaces between. Empty is the default format.
func ParseFormat(s string) (Format, error) {
	if strings.TrimSpace(s) == "" {
		s = DefaultFields
	}
	f := Format{version: 2}
	for _, word := range strings.Fields(s) {
		name, ok := strings.CutPrefix(word, "${")
		name, closed := strings.CutSuffix(name, "}")
		if !ok || !closed {
			return Format{}, fmt.Errorf("vpc: flow log format: %q: want fields like ${srcaddr}", word)
		}
		field, known := flowFields[name]
		if !known {
			return Format{}, fmt.Errorf("vpc: flow log format: no field %q", name)
		}
		f.fields = append(f.fields, name)
		f.version = max(f.version, field.version)
	}
	return f, nil
}

// DefaultFormat is the format of DefaultFields.
func DefaultFormat() Format { return defaultFormat }

var defaultFormat, _ = ParseFormat(DefaultFields)

// String is the format string.
func (f Format) String() string { return "${" + strings.Join(f.fields, "} ${") + "}" }

// Header is the first line of a log file in S3, without a newline.
// https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-path.html
func (f Format) Header() string { return strings.Join(f.fields, " ") }

// Version is the highest version among the fields: what the field version says.
func (f Format) Version() int { return f.version }

// Line writes a record, without a newline. What does not apply is "-".
func (f Format) Line(r Flow) string {
	var b strings.Builder
	for i, name := range f.fields {
		if i > 0 {
			b.WriteByte(' ')
		}
		field := flowFields[name]
		v := ""
		switch {
		case name == "version":
			v = strconv.Itoa(f.version)
		case r.Status != NoData || field.always:
			v = field.value(&r)
		}
		if v == "" {
			v = "-"
		}
		b.WriteString(v)
	}
	return b.String()
}

// flowField is one field: since which version, and what it says. always: also
// where there was no traffic.
type flowField struct {
	version int
	always  bool
	value   func(*Flow) string
}

var flowFields = map[string]flowField{
	"version":      {2, true, func(*Flow) string { return "" }},
	"account-id":   {2, true, func(r *Flow) string { return r.Interface.Account }},
	"interface-id": {2, true, func(r *Flow) string { return r.Interface.ID }},
	"srcaddr":      {2, false, func(r *Flow) string { return text(r.own(Egress, r.Src.Addr())) }},
	"dstaddr":      {2, false, func(r *Flow) string { return text(r.own(Ingress, r.Dst.Addr())) }},
	"srcport":      {2, false, func(r *Flow) string { return strconv.Itoa(int(r.Src.Port())) }},
	"dstport":      {2, false, func(r *Flow) string { return strconv.Itoa(int(r.Dst.Port())) }},
	"protocol":     {2, false, func(r *Flow) string { return strconv.Itoa(int(r.Protocol)) }},
	"packets":      {2, false, func(r *Flow) string { return strconv.FormatInt(r.Packets, 10) }},
	"bytes":        {2, false, func(r *Flow) string { return strconv.FormatInt(r.Bytes, 10) }},
	"start":        {2, true, func(r *Flow) string { return seconds(r.Start) }},
	"end":          {2, true, func(r *Flow) string { return seconds(r.End) }},
	"action":       {2, false, func(r *Flow) string { return string(r.Action) }},
	"log-status":   {2, true, func(r *Flow) string { return string(r.Status) }},

	"vpc-id":      {3, true, func(r *Flow) string { return r.Interface.VPC }},
	"subnet-id":   {3, true, func(r *Flow) string { return r.Interface.Subnet }},
	"instance-id": {3, true, func(r *Flow) string { return r.Interface.Instance }},
	"tcp-flags":   {3, false, func(r *Flow) string { return strconv.Itoa(int(r.Flags)) }},
	"type":        {3, false, func(r *Flow) string { return kind(r.Src.Addr()) }},
	"pkt-srcaddr": {3, false, func(r *Flow) string { return text(r.Src.Addr()) }},
	"pkt-dstaddr": {3, false, func(r *Flow) string { return text(r.Dst.Addr()) }},

	"region":           {4, true, func(r *Flow) string { return r.Interface.Region }},
	"az-id":            {4, true, func(r *Flow) string { return r.Interface.ZoneID }},
	"sublocation-type": {4, true, func(r *Flow) string { return r.Interface.SublocationType }},
	"sublocation-id":   {4, true, func(r *Flow) string { return r.Interface.SublocationID }},

	// No end of a connection in the lab is an AWS service's public address.
	"pkt-src-aws-service": {5, false, func(*Flow) string { return "" }},
	"pkt-dst-aws-service": {5, false, func(*Flow) string { return "" }},
	"flow-direction":      {5, false, func(r *Flow) string { return string(r.Direction) }},
	// 1: through another resource in the same VPC, the only way there is here.
	"traffic-path": {5, false, func(r *Flow) string {
		if r.Direction == Egress {
			return "1"
		}
		return ""
	}},

	"ecs-cluster-arn":            {7, true, ecs(func(e *ECSFields) string { return e.ClusterARN })},
	"ecs-cluster-name":           {7, true, ecs(func(e *ECSFields) string { return e.ClusterName })},
	"ecs-container-instance-arn": {7, true, ecs(func(e *ECSFields) string { return e.ContainerInstanceARN })},
	"ecs-container-instance-id":  {7, true, ecs(func(e *ECSFields) string { return e.ContainerInstanceID })},
	"ecs-container-id":           {7, true, ecs(func(e *ECSFields) string { return e.ContainerID })},
	"ecs-second-container-id":    {7, true, ecs(func(e *ECSFields) string { return e.SecondContainerID })},
	"ecs-service-name":           {7, true, ecs(func(e *ECSFields) string { return e.ServiceName })},
	"ecs-task-definition-arn":    {7, true, ecs(func(e *ECSFields) string { return e.TaskDefinitionARN })},
	"ecs-task-arn":               {7, true, ecs(func(e *ECSFields) string { return e.TaskARN })},
	"ecs-task-id":                {7, true, ecs(func(e *ECSFields) string { return e.TaskID })},
}

// own is the address as srcaddr and dstaddr say it: on the interface's own side,
// the one that leaves or arrives there, its first private address.
func (r *Flow) own(d Direction, a netip.Addr) netip.Addr {
	if r.Direction == d && r.Interface.Primary.IsValid() {
		return r.Interface.Primary
	}
	return a
}

func ecs(get func(*ECSFields) string) func(*Flow) string {
	return func(r *Flow) string {
		if r.Interface.ECS == nil {
			return ""
		}
		return get(r.Interface.ECS)
	}
}

func text(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

func seconds(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.Unix(), 10)
}

func kind(a netip.Addr) string {
	switch {
	case a.Is4():
		return "IPv4"
	case a.Is6():
		return "IPv6"
	}
	return ""
}
