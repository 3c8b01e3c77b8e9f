// Package vpc is the lab's network: it makes addresses such as 10.0.64.7
// reachable on one machine, without root and without a network of its own.
//
//   - Fabric carries a connection to a VPC address to the local listener that
//     stands behind it, and tells who dialled what and when.
//   - FlowLog makes of that what a VPC flow log says: a record for each
//     interface, direction and aggregation interval. A Format writes it.
//   - Pool hands out VPC addresses to pods, and lets a released one cool down
//     before it is used again.
//   - Socks5 is the door for programs outside: names are resolved inside the
//     VPC, and the connection goes through the fabric.
//
// What belongs here: how bytes get from a client to a task or a pod, and what
// the network would have written down about it. What does not: which address a
// name has (lab/dns), and who listens (lab/node).
//
// # Backends
//
// A backend is "unix:/path" or "127.0.0.1:port". One connection per request at
// hundreds of requests a second, kept up for minutes, is what the lab's
// strictest clients do; over TCP from one source address each of those leaves
// its port in TIME_WAIT for a minute and the 28,000 ephemeral ports run out.
// Two ways round that are built in:
//
//   - Unix sockets have no ports at all. Use them for load, and on systems
//     other than Linux.
//   - A TCP backend is dialled from 127.a.b.c when the client is 10.a.b.c (on
//     Linux, where all of 127/8 is local), and the port is chosen at connect
//     and not at bind. Every client address so has ports of its own towards
//     every listener. As a by-product the listener sees who called.
//
// Closing with SO_LINGER 0 would be a third way; it was not taken, because the
// reset throws away what the peer has not read yet, and a lab that counts
// failed requests must not cause any.
package vpc
