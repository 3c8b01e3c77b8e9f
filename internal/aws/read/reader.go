package read

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/internal/inventory"
	"github.com/tranship/tranship/internal/names"
)

// Reader reads one account in one region. It is safe for concurrent use if its API is.
type Reader struct {
	api   API
	place inventory.Place
}

// New makes a Reader.
func New(api API, account, region string) *Reader {
	return &Reader{api: api, place: inventory.Place{Account: account, Region: region}}
}

// Options say what is read, and who is told.
type Options struct {
	// Clusters are the names of the ECS clusters to read; none: all. Names of Cloud Map
	// are read whatever clusters there are.
	Clusters []string
	// Wait lets a time pass before a call is made again; nil: aws.Sleep.
	Wait func(context.Context, time.Duration) error
	// Tell hears how far each part is, one call at a time; nil: nobody does.
	Tell func(Progress)
}

// Progress is how far one part of one place is.
type Progress struct {
	inventory.Place
	Part string // as in inventory.Unknown
	Done int
	// Total is how many there are, as far as is known.
	Total int
	// Ended says that the part has come to its end, whole or not.
	Ended bool
}

// Read reads all places side by side. Parts that could not be read are Unknown in
// the Snapshot, which is sorted and not sealed yet.
// Errors: names.ErrNotFound for a cluster that no place has; the context's, when it
// ended.
func Read(ctx context.Context, readers []*Reader, o Options) (*inventory.Snapshot, error) {
	if o.Wait == nil {
		o.Wait = aws.Sleep
	}
	tell, mu := o.Tell, sync.Mutex{}
	o.Tell = func(p Progress) {
		if tell != nil {
			mu.Lock()
			defer mu.Unlock()
			tell(p)
		}
	}
	runs := make([]*run, len(readers))
	var all sync.WaitGroup
	for i, r := range readers {
		runs[i] = &run{Reader: r, o: o, calls: calls{slots: make(chan struct{}, atOnce), wait: o.Wait}}
		all.Go(func() { runs[i].read(ctx) })
	}
	all.Wait()
	rolesOf(ctx, runs)
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("read the inventory: %w", err)
	}
	s := &inventory.Snapshot{}
	for _, r := range runs {
		s.Places = append(s.Places, r.place)
		s.Add(&r.s)
	}
	s.Sort()
	return s, missing(s, o.Clusters)
}

// run is one reading of one place.
type run struct {
	*Reader
	calls
	o Options

	mu sync.Mutex
	s  inventory.Snapshot
}

// add changes the Snapshot.
func (r *run) add(change func(*inventory.Snapshot)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.s)
}

// read reads all but the roles, which are the account's.
func (r *run) read(ctx context.Context) {
	if !r.clusters(ctx) {
		return
	}
	var registered map[string]inventory.Name
	together(func() { registered = r.names(ctx) }, func() {
		r.services(ctx)
		together(
			func() { r.taskDefinitions(ctx) },
			func() { r.scaling(ctx) },
			func() { r.targetGroups(ctx) },
			func() { r.securityGroups(ctx) },
			func() { r.subnets(ctx) },
		)
	})
	r.join(registered)
}

// The parts of an Unknown.
const (
	partAccount         = "account"
	partClusters        = "clusters"
	partServices        = "services"
	partTaskDefinitions = "taskDefinitions"
	partScaling         = "scaling"
	partNames           = "names"
	partInstances       = "instances"
	partTargetGroups    = "targetGroups"
	partLoadBalancers   = "loadBalancers"
	partRoles           = "roles"
	partSecurityGroups  = "securityGroups"
	partSubnets         = "subnets"
)

// unknown notes what could not be read, and why.
func (r *run) unknown(ctx context.Context, part, object string, err error) {
	if err == nil || ctx.Err() != nil {
		return
	}
	u := inventory.Unknown{Place: r.place, Part: part, Object: object, Why: err.Error()}
	if e := (*aws.Error)(nil); errors.As(err, &e) {
		u.Permission = e.Permission()
	}
	r.add(func(s *inventory.Snapshot) { s.Unknown = append(s.Unknown, u) })
}

// progress makes a counter of one part.
func (r *run) progress(part string, total int) *counter {
	c := &counter{tell: r.o.Tell, p: Progress{Place: r.place, Part: part, Total: total}}
	c.tell(c.p)
	return c
}

type counter struct {
	tell func(Progress)
	mu   sync.Mutex
	p    Progress
}

// more says that so many are done, of so many more.
func (c *counter) more(done, total int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.p.Done += done
	c.p.Total += total
	c.tell(c.p)
}

func (c *counter) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.p.Ended = true
	c.tell(c.p)
}

// missing says which clusters were asked for and are nowhere.
func missing(s *inventory.Snapshot, clusters []string) error {
	var none []string
	for _, c := range clusters {
		if slices.ContainsFunc(s.Clusters, func(o inventory.Cluster) bool { return o.Name == c }) {
			continue
		}
		if slices.ContainsFunc(s.Unknown, func(u inventory.Unknown) bool { return u.Part == partClusters || u.Part == partAccount }) {
			continue // it may be where nobody could look
		}
		none = append(none, c)
	}
	if len(none) == 0 {
		return nil
	}
	slices.SortFunc(none, cmp.Compare)
	var where []string
	for _, p := range s.Places {
		where = append(where, "account "+p.Account+", region "+p.Region)
	}
	return fmt.Errorf("%w: there is no ECS cluster %s in %s; leave the clusters out to see all that there are",
		names.ErrNotFound, strings.Join(slices.Compact(none), ", "), strings.Join(where, "; "))
}

// last is the part of an ARN or path behind the last slash.
func last(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }
