package vpc

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"
)

// Flow is one record of a VPC flow log: what one network interface saw of one
// direction of a connection in one aggregation interval. A Format writes it.
// https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html
type Flow struct {
	// Interface is whose record it is.
	Interface Interface
	// Src and Dst are the ends of the packets, as the packets have them.
	Src, Dst       netip.AddrPort
	Protocol       uint8 // TCP
	Packets, Bytes int64 // with headers, estimated from what was sent
	// Start and End are when the first and the last packet of the interval passed.
	Start, End time.Time
	Action     Action
	Status     LogStatus
	// Flags is every TCP flag of the interval, together: SYN alone is of who
	// opens a connection, SYN and ACK of who accepts one. ACK without SYN is
	// not shown.
	Flags     uint8
	Direction Direction
}

// TCP is the protocol's number.
const TCP = 6

// TCP flags of a Flow.
// https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html
const (
	FlagFIN    = 1
	FlagSYN    = 2
	FlagRST    = 4
	FlagSYNACK = 18
)

// Action is whether the packets went through.
type Action string

// The actions.
const (
	Accept Action = "ACCEPT"
	Reject Action = "REJECT"
)

// LogStatus is whether a record tells of packets.
type LogStatus string

// The statuses. A record with NODATA says that an interface had no traffic in
// an interval: all but the interface and the times is absent.
const (
	OK     LogStatus = "OK"
	NoData LogStatus = "NODATA"
)

// Direction is how the packets went, seen from the interface.
type Direction string

// The directions.
const (
	Ingress Direction = "ingress"
	Egress  Direction = "egress"
)

// Interface is what the log says about a network interface, where it is known.
type Interface struct {
	ID             string // eni-…
	Account        string
	VPC, Subnet    string
	Region, ZoneID string // ZoneID as in aps1-az1
	Instance       string // i-…; none for tasks on Fargate
	// Sublocation is of interfaces in a Wavelength Zone, on an Outpost or in a
	// Local Zone.
	SublocationType, SublocationID string
	// Primary is the interface's first private address. Where a pod has
	// another address of the interface, srcaddr or dstaddr says this one, and
	// only pkt-srcaddr and pkt-dstaddr say the pod's. Not valid: the same.
	Primary netip.Addr
	// ECS is the task that the interface belongs to; nil for others.
	ECS *ECSFields
}

// ECSFields are the fields of version 7. For a task on Fargate there is no
// container instance.
type ECSFields struct {
	ClusterARN, ClusterName                   string
	ContainerInstanceARN, ContainerInstanceID string
	ContainerID, SecondContainerID            string
	ServiceName                               string
	TaskDefinitionARN, TaskARN, TaskID        string
}

// Opens says that who sent these packets opened the connection in this interval.
func (f Flow) Opens() bool { return f.Flags&FlagSYNACK == FlagSYN }

// Line is the record in the default format, without a newline.
func (f Flow) Line() string { return DefaultFormat().Line(f) }

// interfaceOf is what is known of an interface from its address alone. The id is
// made from the address, so that two runs agree on it.
func interfaceOf(a netip.Addr, account string) Interface {
	b := a.As16()
	return Interface{ID: fmt.Sprintf("eni-0%016x", binary.BigEndian.Uint64(b[8:])), Account: account}
}
