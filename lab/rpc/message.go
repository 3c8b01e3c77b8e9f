package rpc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"google.golang.org/protobuf/proto"
)

// The methods of a stand-in, as paths.
const (
	// Who takes google.protobuf.Empty and answers its identity as JSON in a google.protobuf.StringValue; unary.
	Who = "/tranship.lab.StandIn/Who"
	// Watch takes how long it is to last as google.protobuf.Duration, and sends what Who answers at once, then each second,
	// and once more at the end: a server stream.
	Watch = "/tranship.lab.StandIn/Watch"
	// Check is gRPC's own health check: https://github.com/grpc/grpc-proto/blob/master/grpc/health/v1/health.proto
	Check = "/grpc.health.v1.Health/Check"
)

// ContentType of requests and answers.
const ContentType = "application/grpc"

// mostMessage bounds a message that is read, in bytes.
const mostMessage = 1 << 20

// head of a message: a byte that says whether it is compressed, and its length in four.
const head = 5

// ErrMessage says that what came is no message as the lab speaks it.
var ErrMessage = errors.New("no gRPC message")

// Append appends a message in the form that goes over the wire.
func Append(b []byte, m proto.Message) ([]byte, error) {
	at := len(b)
	b, err := proto.MarshalOptions{}.MarshalAppend(append(b, make([]byte, head)...), m)
	if err != nil {
		return nil, fmt.Errorf("encode a gRPC message: %w", err)
	}
	binary.BigEndian.PutUint32(b[at+1:], uint32(len(b)-at-head)) //nolint:gosec // what the lab sends is small
	return b, nil
}

// Read reads one message into m. The error is io.EOF at the end of the messages, io.ErrUnexpectedEOF within one, ErrMessage
// where it is none, and else the reader's.
func Read(r io.Reader, m proto.Message) error {
	var h [head]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return err
	}
	n := binary.BigEndian.Uint32(h[1:])
	if h[0] != 0 || n > mostMessage {
		return fmt.Errorf("%w: flag %d, %d bytes", ErrMessage, h[0], n)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	if err := proto.Unmarshal(b, m); err != nil {
		return fmt.Errorf("%w: %w", ErrMessage, err)
	}
	return nil
}
