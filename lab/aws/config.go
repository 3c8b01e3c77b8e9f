package aws

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	faults "github.com/tranship/tranship/lab/fault"
)

// Credentials is the one key that the endpoint accepts.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey string
}

// Service is one AWS service of the endpoint.
type Service struct {
	// Name is the service in the SigV4 credential scope: servicediscovery, ecs,
	// elasticloadbalancing, monitoring, …; README.md has them all.
	Name string
	// Impl has the operations as methods with the signatures of the service's
	// aws-sdk-go-v2 client. Methods of any other signature are not operations.
	Impl any
}

// Config is what NewHandler needs. Services, Credentials, Region and Account
// must be there; the rest has defaults.
type Config struct {
	Credentials Credentials
	Region      string
	Account     string
	Services    []Service

	// Host is what clients call the endpoint: a name before it is a bucket of S3.
	// Default: aws.lab.internal.
	Host string
	// Do runs fn with the model locked and brought to the present. Every call of
	// an Impl, and the reading of what it returned, happens inside. Default: a mutex.
	Do func(fn func())
	// Now is the time that signatures are judged by. Default: time.Now.
	Now func() time.Time
	// Record gets one Call per request, just before its answer goes out, so that
	// who has an answer finds its Call; never two at a time. Default: nothing is
	// recorded.
	Record func(Call)
	// Fault says what is to go wrong with a call, if anything. It is asked once for
	// each, when the call is known to be good and before the operation runs, from
	// many goroutines. Default: nothing goes wrong.
	Fault func(Call) (faults.Fault, bool)
	// Wait waits for d, or for the end of ctx: an answer that is late. Default: a timer.
	Wait func(ctx context.Context, d time.Duration)
	// MaxBody is the largest request body in bytes. Default: 1 MiB.
	MaxBody int64
}

const (
	defaultMaxBody = 1 << 20
	defaultHost    = "aws.lab.internal"
)

// NewHandler checks the configuration, resolves the operations of every service
// into a table and returns the endpoint. It fails for a service whose protocol
// it does not know, and for an operation whose types the codec could not carry.
func NewHandler(cfg Config) (http.Handler, error) {
	switch {
	case cfg.Credentials.AccessKeyID == "" || cfg.Credentials.SecretAccessKey == "":
		return nil, errors.New("lab/aws: no credentials: set AccessKeyID and SecretAccessKey of the key to accept")
	case cfg.Region == "" || cfg.Account == "":
		return nil, errors.New("lab/aws: region and account must be set")
	case len(cfg.Services) == 0:
		return nil, errors.New("lab/aws: no services: there would be nothing to answer")
	}
	h := &handler{cfg: cfg, services: map[string]*service{}}
	for _, s := range cfg.Services {
		if h.services[s.Name] != nil {
			return nil, fmt.Errorf("lab/aws: service %q is given twice", s.Name)
		}
		svc, err := newService(s)
		if err != nil {
			return nil, fmt.Errorf("lab/aws: service %q: %w", s.Name, err)
		}
		h.services[s.Name] = svc
	}
	if h.cfg.Do == nil {
		var mu sync.Mutex
		h.cfg.Do = func(fn func()) {
			mu.Lock()
			defer mu.Unlock()
			fn()
		}
	}
	if h.cfg.Host == "" {
		h.cfg.Host = defaultHost
	}
	if h.cfg.Now == nil {
		h.cfg.Now = time.Now
	}
	if h.cfg.Wait == nil {
		h.cfg.Wait = wait
	}
	if h.cfg.MaxBody <= 0 {
		h.cfg.MaxBody = defaultMaxBody
	}
	return h, nil
}
