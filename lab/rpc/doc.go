// Package rpc is gRPC as far as the lab speaks it: the methods of its stand-ins, messages on the wire and the status at the
// end, over whatever HTTP/2 the two sides have. The stand-ins serve it with net/http's HTTP/2 server; the clients of lab/load
// speak it over one connection of their own.
//
// It is here, and not google.golang.org/grpc, because that client can't be strict: it sends a call again by itself when a
// connection goes away, and no option turns that off
// (https://github.com/grpc/proposal/blob/master/A6-client-retries.md#transparent-retries). What a crossing breaks would be
// hidden by it. The wire format is
// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md.
package rpc
