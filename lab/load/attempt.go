package load

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// outcome is what became of one request.
type outcome struct {
	*failure        // nil: ok
	cutOff   bool   // the failure is excused: see the package's comment
	platform string // who answered, if anybody
	dst      netip.AddrPort
	reused   bool // over a pooled connection
}

// attempt makes one request: one address, one connection, no second try.
func (r *Runner) attempt(ctx context.Context, rd *reader, c *client, target int) (out outcome) {
	if c.channels != nil {
		return r.call(ctx, c, target)
	}
	q := &r.targets[target]
	deadline := time.Now().Add(r.patience(c.habit))
	var l *link
	if c.pool != nil {
		l = c.pool.get(target)
	}
	out.reused = l != nil
	if l == nil {
		if l, out.dst, out.failure = r.open(ctx, c, target, deadline); out.failure != nil {
			return out
		}
	}
	out.dst = l.dst
	if err := l.SetDeadline(deadline); err != nil {
		_ = l.Close() // without a deadline it could take for ever
		out.failure = of(fmt.Errorf("before the request: %w", err), Reset)
		out.cutOff = r.excused(l, out.failure)
		return out
	}
	request := q.once
	switch c.habit {
	case Pool:
		request = q.keepAlive
	case Slow:
		request = q.slow
	default:
	}
	who, again, fail := rd.exchange(l, request)
	if again && c.pool != nil {
		c.pool.put(target, l)
	} else {
		_ = l.Close()
	}
	out.failure, out.platform, out.cutOff = fail, who.Platform, r.excused(l, fail)
	if fail == nil && who.Service != q.Service {
		out.failure = q.wrong(who)
	}
	return out
}

// patience is how long a request of the habit may take.
func (r *Runner) patience(h Habit) time.Duration {
	switch h {
	case Slow:
		return r.cfg.SlowFor + r.cfg.Timeouts.Request
	case Stream:
		return r.cfg.StreamFor + r.cfg.Timeouts.Request
	default:
		return r.cfg.Timeouts.Request
	}
}

// excused says that a request failed only because its peer was told to stop
// while the connection was open: the rule in the package's comment.
func (r *Runner) excused(l *link, f *failure) bool {
	if f == nil || !f.cut() || r.cfg.Stopped == nil {
		return false
	}
	at, stopped := r.cfg.Stopped(l.dst)
	return stopped && !at.Before(l.at)
}

// open looks up and dials, each within its own time and both within the
// request's.
func (r *Runner) open(ctx context.Context, c *client, target int, deadline time.Time) (*link, netip.AddrPort, *failure) {
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	addr, none := c.address(ctx, r, target)
	if none != nil {
		return nil, netip.AddrPort{}, none
	}
	dst := netip.AddrPortFrom(addr, r.targets[target].Port)
	dial, cancelDial := context.WithTimeout(ctx, r.cfg.Timeouts.Connect)
	defer cancelDial()
	conn, err := r.cfg.Network.Dial(dial, c.addr, dst)
	if err == nil && conn == nil {
		err = errors.New("the network gave neither a connection nor an error")
	}
	if err != nil {
		return nil, dst, of(fmt.Errorf("dial %s: %w", dst, err), NoDial)
	}
	return &link{Conn: conn, dst: dst, at: r.cfg.Now(), born: time.Now()}, dst, nil
}
