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
	// soon. ListServices and ListNamespaces are the tightest rates of Cloud Map.
	listedFor = 10 * time.Second
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

	mu         sync.Mutex
	namespaces map[string]namespace // by id
	listed     time.Time            // when all namespaces were listed
	services   map[string]catalogue // by namespace id
	homes      map[string]string    // service id → namespace id
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

// New makes a Client. now is only used to age what it keeps in memory.
func New(api API, account, region string, now func() time.Time, opts ...Option) *Client {
	c := &Client{
		api: api, account: account, region: region, now: now,
		onFail:     func(FailedOperation) {},
		namespaces: map[string]namespace{},
		services:   map[string]catalogue{},
		homes:      map[string]string{},
	}
	for _, o := range opts {
		o(c)
	}
	return c
}

// invoke is the way of every call: the object is named for audit and errors.
func invoke[In, Out, Opt any](ctx context.Context, operation, object string,
	f func(context.Context, *In, ...func(*Opt)) (*Out, error), in *In,
) (*Out, error) {
	out, err := f(aws.WithObject(ctx, object), in)
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
	if ref.Account != c.account || ref.Region != c.region {
		return fmt.Errorf("%w: %s is not in account %s, region %s, which this client speaks to", names.ErrInvalid, ref, c.account, c.region)
	}
	return nil
}

// gone forgets the identities that led to a service that is not there.
func (c *Client) gone(ref names.Ref, err error) {
	if !errors.Is(err, names.ErrNotFound) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.homes, ref.ServiceID)
	delete(c.namespaces, ref.NamespaceID)
	delete(c.services, ref.NamespaceID)
	c.listed = time.Time{}
}

func service(ref names.Ref) string { return "Cloud Map service " + ref.ServiceID }

func instance(ref names.Ref, id names.ID) string {
	return "instance " + string(id) + " of " + service(ref)
}
