package aws

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/tranship/tranship/lab/cloud"
	faults "github.com/tranship/tranship/lab/fault"
)

// Credentials is the one key that the endpoint accepts for ever.
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

// Site is another account, or another region, behind the same endpoint.
type Site struct {
	Account, Region string
	// Services are of those that Config.Services has, too; the Impls are its own.
	Services []Service
	// Do is as in Config. Default: that one.
	Do func(fn func())
}

// Config is what NewHandler needs. Services, Credentials, Region and Account
// must be there; the rest has defaults.
type Config struct {
	Credentials Credentials
	Region      string
	Account     string
	Services    []Service
	// Others are sites beside that one. Which of them answers is said by the account
	// of the key that signed and the region that it signed for.
	Others []Site
	// Sessions finds a key that AssumeRole of an Impl gave out. It is called inside
	// Do. Default: there are none.
	Sessions func(accessKeyID string) (cloud.Session, bool)

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
	h := &handler{cfg: cfg}
	if h.cfg.Do == nil {
		var mu sync.Mutex
		h.cfg.Do = func(fn func()) {
			mu.Lock()
			defer mu.Unlock()
			fn()
		}
	}
	for _, s := range append([]Site{{Account: cfg.Account, Region: cfg.Region, Services: cfg.Services}}, cfg.Others...) {
		if err := h.open(s); err != nil {
			return nil, err
		}
	}
	h.services = h.sites[0].services
	if h.cfg.Sessions == nil {
		h.cfg.Sessions = func(string) (cloud.Session, bool) { return cloud.Session{}, false }
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
