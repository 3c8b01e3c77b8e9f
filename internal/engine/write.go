package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"time"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/pace"
	"github.com/tranship/tranship/internal/registrar"
)

// allowed runs the guard over a batch before it is stored, each write in the
// light of those before it. What is refused is left for the next step.
func (e *Engine) allowed(ops []registrar.Op, d registrar.Desired, view names.Fact[names.View], now time.Time) []registrar.Op {
	var out []registrar.Op
	for _, op := range ops {
		if registrar.Guard(op, d, view, now) != nil {
			continue
		}
		out = append(out, op)
		d.Intent.Sent = account(d.Intent.Sent, op, now)
	}
	return out
}

// account puts a write on record, replacing an earlier attempt.
func account(sent []registrar.Sent, op registrar.Op, now time.Time) []registrar.Sent {
	s := registrar.Sent{ID: op.ID, Kind: op.Kind, Attempt: 1, At: now}
	if op.Sent != nil {
		s.Attempt = op.Sent.Attempt + 1
	}
	sent = slices.DeleteFunc(slices.Clone(sent), func(x registrar.Sent) bool { return x.ID == op.ID && x.Kind == op.Kind })
	sent = append(sent, s)
	sort.SliceStable(sent, func(i, j int) bool {
		if sent[i].ID != sent[j].ID {
			return sent[i].ID < sent[j].ID
		}
		return sent[i].Kind < sent[j].Kind
	})
	return sent
}

// write sends a batch, one write after the other, and returns the record with
// the operations' ids. A failing write does not stop the others; a context that
// ended does. ended, if not nil, hears how each call ended.
func (e *Engine) write(ctx context.Context, ref names.Ref, key Key, ops []registrar.Op, view names.Fact[names.View], sent []registrar.Sent,
	ended func(registrar.Op, error),
) ([]registrar.Sent, error) {
	sent = slices.Clone(sent)
	var errs []error
	spent := map[registrar.Kind]error{} // of which it is not our turn
	for _, op := range ops {
		if err := ctx.Err(); err != nil {
			return sent, errors.Join(append(errs, err)...)
		}
		k := slices.IndexFunc(sent, func(s registrar.Sent) bool { return s.ID == op.ID && s.Kind == op.Kind })
		if k < 0 {
			continue
		}
		if op.Kind.Withdraws() && !op.Lost && !view.Younger(registrar.MaxAge, e.Clock.Now()) {
			// Storing took so long that the guard's judgement is too old.
			sent = unsent(sent, k, op)
			continue
		}
		if _, timed := op.Instance.Since(); op.Kind == registrar.Register && timed {
			// Those before it may have taken long; it counts from when it is sent.
			op.Instance = op.Instance.Clone().WithSince(e.Clock.Now())
		}
		var id string
		err := spent[op.Kind]
		if err == nil {
			id, err = e.send(ctx, ref, op, key, sent[k])
		}
		if errors.Is(err, pace.ErrNotYet) && key == (Key{}) {
			// Nothing was sent, and nothing is remembered of it.
			spent[op.Kind] = err
			sent = unsent(sent, k, op)
			ended(op, err)
			continue
		}
		e.Journal.Wrote(Entry{At: e.Clock.Now(), Ref: ref, For: key, Kind: string(op.Kind), ID: op.ID, Why: op.Why, Op: id, Err: err})
		if ended != nil {
			ended(op, err)
		}
		switch {
		case err == nil:
			sent[k].Op = id
		case errors.Is(err, names.ErrThrottled), errors.Is(err, names.ErrInvalid), errors.Is(err, names.ErrDenied):
			// AWS said no, so it has no effect: to be sent again, later.
			sent[k].Failed = true
			e.refused(key, err)
			errs = append(errs, fmt.Errorf("%s %s in %s: %w", op.Kind, op.ID, ref, err))
		default:
			errs = append(errs, fmt.Errorf("%s %s in %s: %w", op.Kind, op.ID, ref, err))
		}
	}
	return sent, errors.Join(errs...)
}

// unsent takes a write off the record that was not sent; the attempt before it may
// still land.
func unsent(sent []registrar.Sent, k int, op registrar.Op) []registrar.Sent {
	if op.Sent != nil {
		sent[k] = *op.Sent
		return sent
	}
	return slices.Delete(sent, k, k+1)
}

// refused tells the people of a migration what AWS will not take from us, now or
// later: a permission that is missing shows nowhere else but in the log.
func (e *Engine) refused(key Key, err error) {
	if key == (Key{}) || !errors.Is(err, names.ErrDenied) && !errors.Is(err, names.ErrInvalid) {
		return
	}
	e.Journal.Event(key, cutover.Event{Warning: true, Reason: "WriteRefused", Message: err.Error()})
}

// send makes the call.
func (e *Engine) send(ctx context.Context, ref names.Ref, op registrar.Op, key Key, s registrar.Sent) (string, error) {
	switch op.Kind {
	case registrar.Register:
		return e.Writer.Register(ctx, ref, op.Instance, token(ref, key, op.Instance, s))
	case registrar.Remove:
		return e.Writer.Deregister(ctx, ref, op.ID)
	case registrar.SetUnhealthy:
		return "", e.Writer.SetHealth(ctx, ref, op.ID, names.Unhealthy)
	case registrar.SetHealthy:
		return "", e.Writer.SetHealth(ctx, ref, op.ID, names.Healthy)
	case registrar.SetRecords:
		return e.Writer.UpdateSettings(ctx, ref, op.Settings)
	case registrar.ScaleSource:
	}
	return "", fmt.Errorf("write of kind %q does not exist", op.Kind)
}

// token is the CreatorRequestId: the same for the same attempt of the same
// registration, another for every other. AWS wants a new one per request.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_RegisterInstance.html
func token(ref names.Ref, key Key, i names.Instance, s registrar.Sent) string {
	h := sha256.New()
	fmt.Fprintln(h, ref, key, i.ID, s.Attempt, s.At.UnixNano())
	keys := make([]string, 0, len(i.Attributes))
	for k := range i.Attributes {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		fmt.Fprintln(h, strconv.Quote(k), strconv.Quote(i.Attributes[k]))
	}
	return hex.EncodeToString(h.Sum(nil))[:32]
}
