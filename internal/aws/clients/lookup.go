package clients

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/internal/names"
)

// What a Fleet remembers of lookups.
const (
	// askedFor: a name that was found is looked for elsewhere, too, so often.
	askedFor = 10 * time.Minute
	// downFor: who could not be asked is not asked again so soon, so that one
	// account that does not answer slows nobody down.
	downFor = 10 * time.Second
)

// finding is who had a name when all were asked.
type finding struct {
	in *Clients
	at time.Time
}

// failure is why somebody could not be asked.
type failure struct {
	err error
	at  time.Time
}

// Lookup finds a name by its DNS name, wherever it is. A name that several
// accounts or regions have is names.ErrInvalid. Those that can't be asked hide no
// name that another one has; where no other has it, their error is the answer.
func (f *Fleet) Lookup(ctx context.Context, dnsName string) (names.Ref, error) {
	if len(f.all) == 1 {
		return f.Home.CloudMap.Lookup(ctx, dnsName)
	}
	dnsName = strings.ToLower(strings.TrimSuffix(dnsName, "."))
	if ref, ok := f.known(ctx, dnsName); ok {
		return ref, nil
	}
	got, err := f.everywhere(ctx, func(c *Clients) (answer, error) {
		ref, err := c.CloudMap.Lookup(ctx, dnsName)
		return answer{in: c, ref: ref}, err
	})
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case err != nil:
		delete(f.found, dnsName)
		return names.Ref{}, err
	case len(got) > 1:
		delete(f.found, dnsName)
		a, b := got[0], got[1]
		return names.Ref{}, fmt.Errorf("%w: the name %s is there twice: Cloud Map service %s in %s, and %s in %s",
			names.ErrInvalid, dnsName, a.ref.ServiceID, a.in.place(), b.ref.ServiceID, b.in.place())
	}
	f.found[dnsName] = finding{got[0].in, f.now()}
	return got[0].ref, nil
}

// known asks the one that had the name when all were asked.
func (f *Fleet) known(ctx context.Context, dnsName string) (names.Ref, bool) {
	f.mu.Lock()
	at, ok := f.found[dnsName]
	f.mu.Unlock()
	if !ok || f.now().Sub(at.at) >= askedFor {
		return names.Ref{}, false
	}
	ref, err := at.in.CloudMap.Lookup(ctx, dnsName)
	return ref, err == nil
}

// Zone is the namespace that would hold a name: of all accounts and regions the
// one with the longest name, and one in DNS before others. Several of one name are
// names.ErrInvalid.
func (f *Fleet) Zone(ctx context.Context, dnsName string) (names.Zone, error) {
	if len(f.all) == 1 {
		return f.Home.CloudMap.Zone(ctx, dnsName)
	}
	got, err := f.everywhere(ctx, func(c *Clients) (answer, error) {
		z, err := c.CloudMap.Zone(ctx, dnsName)
		return answer{in: c, zone: z}, err
	})
	if err != nil {
		return names.Zone{}, err
	}
	best := got[:1]
	for _, a := range got[1:] {
		switch is, was := rank(a.zone), rank(best[0].zone); {
		case is > was:
			best = []answer{a}
		case is == was:
			best = append(best, a)
		}
	}
	if len(best) > 1 {
		a, b := best[0], best[1]
		return names.Zone{}, fmt.Errorf("%w: two Cloud Map namespaces could hold the name %s: %s (%s) in %s, and %s (%s) in %s",
			names.ErrInvalid, dnsName, a.zone.Name, a.zone.ID, a.in.place(), b.zone.Name, b.zone.ID, b.in.place())
	}
	return best[0].zone, nil
}

// rank orders the namespaces that a name fits in.
func rank(z names.Zone) int {
	n := len(strings.TrimSuffix(z.Name, "."))
	if z.InDNS() {
		n += 1 << 16 // longer than any name
	}
	return n
}

// answer is what one of the fleet has.
type answer struct {
	in   *Clients
	ref  names.Ref
	zone names.Zone
}

// everywhere asks all, one after the other, and returns at least one answer or an
// error. Not found is said only where all were asked.
func (f *Fleet) everywhere(ctx context.Context, ask func(*Clients) (answer, error)) ([]answer, error) {
	var found []answer
	var missing, unknown []error
	for _, c := range f.all {
		if err := f.resting(c); err != nil {
			unknown = append(unknown, err)
			continue
		}
		a, err := ask(c)
		asked := (*aws.Error)(nil)
		switch {
		case err == nil:
			found = append(found, a)
		case errors.Is(err, names.ErrNotFound):
			missing = append(missing, err)
		case errors.Is(err, names.ErrInvalid) && !errors.As(err, &asked):
			return nil, err // it is there more than once
		case ctx.Err() != nil:
			return nil, err
		default:
			err = fmt.Errorf("%s: %w", c.place(), err)
			f.mu.Lock()
			f.down[c] = failure{err, f.now()}
			f.mu.Unlock()
			unknown = append(unknown, err)
		}
	}
	switch {
	case len(found) > 0:
		return found, nil
	case len(unknown) > 0:
		return nil, together(unknown)
	}
	return nil, together(missing)
}

// resting says why one of the fleet is not asked for now.
func (f *Fleet) resting(c *Clients) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if d, ok := f.down[c]; ok && f.now().Sub(d.at) < downFor {
		return d.err
	}
	delete(f.down, c)
	return nil
}

// together are several errors in one line.
type together []error

func (t together) Error() string {
	var all []string
	for _, e := range t {
		all = append(all, e.Error())
	}
	return strings.Join(all, "; ")
}

func (t together) Unwrap() []error { return t }
