package vpc

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"
)

// Flow is one record of a VPC flow log: the default fields of version 2, then
// pkt-srcaddr, pkt-dstaddr and flow-direction. The lab writes one for each
// closed connection, for the bytes from the client, as the interface of the
// called address sees them come in; the real log has a record per direction,
// interface and aggregation interval. A dial that was refused leaves none.
// https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html
type Flow struct {
	Account    string
	Interface  string // eni-…, derived from the called address
	Src, Dst   netip.AddrPort
	Packets    int64 // estimated from the bytes
	Bytes      int64 // with headers, estimated likewise
	Start, End time.Time
}

// FlowFormat is the format string under which Flow.Line writes, as one would
// give it to CreateFlowLogs.
const FlowFormat = "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} " +
	"${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status} " +
	"${pkt-srcaddr} ${pkt-dstaddr} ${flow-direction}"

// Line formats the record as one line of the log, without a newline.
func (f Flow) Line() string {
	const tcp = 6
	return fmt.Sprintf("2 %s %s %s %s %d %d %d %d %d %d %d ACCEPT OK %s %s ingress",
		f.Account, f.Interface, f.Src.Addr(), f.Dst.Addr(), f.Src.Port(), f.Dst.Port(),
		tcp, f.Packets, f.Bytes, f.Start.Unix(), f.End.Unix(), f.Src.Addr(), f.Dst.Addr())
}

func (c *conn) flow(end time.Time) Flow {
	const header, segment = 40, 1460
	sent := c.sent.Load()
	packets := 3 + (sent+segment-1)/segment // SYN, ACK, FIN and the data
	dst := c.remote.AddrPort()
	return Flow{
		Account:   c.fabric.account,
		Interface: interfaceID(dst.Addr()),
		Src:       c.local.AddrPort(), Dst: dst,
		Packets: packets, Bytes: sent + packets*header,
		Start: c.opened, End: end,
	}
}

// interfaceID is made from the address, so that two runs agree on it.
func interfaceID(a netip.Addr) string {
	b := a.As16()
	return fmt.Sprintf("eni-0%016x", binary.BigEndian.Uint64(b[8:]))
}
