package cloudmap

import (
	"context"
	"fmt"

	"github.com/tranship/tranship/internal/names"
)

// reading is a listing under way.
type reading struct {
	done   chan struct{}
	err    error
	gaveUp bool // its caller's context ended: says nothing to others
}

// once runs read, or waits for the run of the same key that is under way and
// shares its end: however many ask, one lists. It is not the place of a write.
func (c *Client) once(ctx context.Context, key string, read func() error) error {
	for {
		c.mu.Lock()
		r, running := c.readings[key]
		if !running {
			r = &reading{done: make(chan struct{})}
			c.readings[key] = r
		}
		c.mu.Unlock()
		if !running {
			return c.lead(ctx, key, r, read)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: gave up waiting for the listing of %s: %w", names.ErrUnreachable, key, ctx.Err())
		case <-r.done:
		}
		if !r.gaveUp {
			return r.err
		}
	}
}

func (c *Client) lead(ctx context.Context, key string, r *reading, read func() error) error {
	r.gaveUp = true // until it has come to its end
	defer func() {
		c.mu.Lock()
		delete(c.readings, key)
		c.mu.Unlock()
		close(r.done)
	}()
	r.err = read()
	r.gaveUp = r.err != nil && ctx.Err() != nil
	return r.err
}
