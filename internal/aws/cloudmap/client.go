package cloudmap

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/internal/names"
)

// How long identities are kept. Facts are not kept at all.
const (
	// namespaceFor bounds how long a changed SOA TTL goes unnoticed; names and
	// ids of namespaces do not change.
	namespaceFor = 5 * time.Minute
	// listedFor: a name that a listing did not have is not looked for again so
	// soon. ListServices and ListNamespaces are the tightest rates of Cloud Map, so
	// the time doubles with each listing that found nothing new, up to listedMost.
	listedFor  = 10 * time.Second
	listedMost = time.Minute
	// foundFor: a name that was found is taken from memory so long; then it is seen
	// whether a longer namespace, or one of the same name, has come to hold it.
	foundFor = time.Hour
	// seenAfter is when a listing must have what was made before.
	seenAfter = time.Minute
	// page is the largest page of Cloud Map's lists.
	page = 100
)

// Client speaks to Cloud Map in one account and region. It is safe for
// concurrent use if API is.
type Client struct {
	api             API
	account, region string
	now             func() time.Time
	onFail          func(FailedOperation)
	kinds           []names.ZoneKind // to look for names in; none: all
	tags            map[string]string

	mu         sync.Mutex
	namespaces map[string]namespace  // by id
	zoned      shelf                 // when all namespaces were listed
	services   map[string]*catalogue // by namespace id
	homes      map[string]home       // by service id
	readings   map[string]*reading   // listings under way
}

// FailedOperation is what Cloud Map said of an operation that ended in FAIL.
type FailedOperation struct {
	Ref     names.Ref
	ID      string
	Code    string // ACCESS_DENIED, THROTTLED_REQUEST, …
	Message string
}

// Option changes a Client.
type Option func(*Client)

// OnFail hears of each read of an operation that failed, with Cloud Map's
// reason: "FAIL" alone does not tell a person that Route 53 rights are missing.
func OnFail(f func(FailedOperation)) Option { return func(c *Client) { c.onFail = f } }

// ZoneKinds looks for names in namespaces of these kinds only, where a private
// and a public one have the same name.
func ZoneKinds(kinds ...names.ZoneKind) Option { return func(c *Client) { c.kinds = kinds } }

// Tags are put on what is created, to be known by later: names.TagOwner at least.
func Tags(tags map[string]string) Option { return func(c *Client) { c.tags = tags } }

// New makes a Client. now is only used to age what it keeps in memory.
func New(api API, account, region string, now func() time.Time, opts ...Option) *Client {
	c := &Client{
		api: api, account: account, region: region, now: now,
		onFail:     func(FailedOperation) {},
		namespaces: map[string]namespace{},
		services:   map[string]*catalogue{},
		homes:      map[string]home{},
		readings:   map[string]*reading{},
	}
	for _, o := range opts {
		o(c)
	}
	return c
}

// invoke is the way of every call: the object is named for audit and errors. A
// read that was answered with a failure of the server's is made once more: one
// look at a name takes several, and should not end with the first hiccup. What
// writes is sent once; who sends again remembers it.
func invoke[In, Out, Opt any](ctx context.Context, operation, object string,
	f func(context.Context, *In, ...func(*Opt)) (*Out, error), in *In,
) (*Out, error) {
	ctx = aws.WithObject(ctx, object)
	out, err := f(ctx, in)
	if err != nil && !aws.Mutating(operation) && aws.Code(err) != "" && errors.Is(aws.ClassOf(err), names.ErrUnreachable) && ctx.Err() == nil {
		out, err = f(ctx, in)
	}
	if err != nil {
		return nil, aws.Wrap("servicediscovery", operation, object, err)
	}
	return out, nil
}

// mine refuses a Ref of another account or region: the same id may mean another
// service there.
func (c *Client) mine(ref names.Ref) error {
	if ref.ServiceID == "" {
		return fmt.Errorf("%w: no Cloud Map service is named", names.ErrInvalid)
	}
	return c.here(ref.Account, ref.Region, ref)
}

// here refuses what is in another account or region.
func (c *Client) here(account, region string, what fmt.Stringer) error {
	if account != c.account || region != c.region {
		return fmt.Errorf("%w: %s is not in account %s, region %s, which this client speaks to", names.ErrInvalid, what, c.account, c.region)
	}
	return nil
}

// unknown says of an error that nobody can tell how things are.
func unknown(err error) bool {
	return !errors.Is(err, names.ErrNotFound) && !errors.Is(err, names.ErrInvalid)
}

// forget drops the identities that led to a service of which AWS says that it is not there.
func (c *Client) forget(ref names.Ref, err error) {
	if errors.Is(err, names.ErrNotFound) {
		c.gone(ref)
	}
}

func service(ref names.Ref) string { return "Cloud Map service " + ref.ServiceID }

func instance(ref names.Ref, id names.ID) string {
	return "instance " + string(id) + " of " + service(ref)
}
