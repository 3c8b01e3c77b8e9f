package aws

import (
	"context"
	"errors"
	"fmt"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/middleware"

	"github.com/tranship/tranship/internal/names"
)

// AttemptTimeout is how long one call may take from the moment its bytes may
// leave, unless told otherwise. It must stay below what is left of a leader's
// lease after its renew deadline.
const AttemptTimeout = 3 * time.Second

// Options are what a client configuration is made of. The zero value takes
// everything from the usual AWS environment.
type Options struct {
	Region   string // "": AWS_REGION or the shared files
	Endpoint string // "": AWS_ENDPOINT_URL, or AWS itself
	Version  string // of tranship, for the user agent
	// Timeout of one attempt; 0: AttemptTimeout.
	Timeout time.Duration
	// Credentials, if set, replace the default chain.
	Credentials sdk.CredentialsProvider
	// HTTPClient, if set, carries the requests.
	HTTPClient sdk.HTTPClient
	// Pacing, if set, makes every call wait for its turn.
	Pacing *Pacing
	// Allowed, if set, is asked right before the bytes of a write leave; an error
	// keeps them back. It is where a leader looks at its lease for the last time.
	Allowed func() error
	// Audit, if set, hears of every call after its end. It must be quick and safe
	// for concurrent use, and needs Now.
	Audit func(Call)
	Now   func() time.Time
}

// Load makes the configuration that all SDK clients of tranship are built from.
// The SDK sends once: who sends again, and when, is the engine's decision,
// because it has to remember what it sent.
func Load(ctx context.Context, o Options) (sdk.Config, error) {
	if o.Audit != nil && o.Now == nil {
		return sdk.Config{}, errors.New("aws: Audit needs Now")
	}
	load := []func(*config.LoadOptions) error{
		config.WithRetryer(func() sdk.Retryer { return sdk.NopRetryer{} }),
		config.WithAPIOptions(o.middlewares()),
		config.WithServiceOptions(keepHost),
	}
	if o.Region != "" {
		load = append(load, config.WithRegion(o.Region))
	}
	if o.Endpoint != "" {
		load = append(load, config.WithBaseEndpoint(o.Endpoint))
	}
	if o.Credentials != nil {
		load = append(load, config.WithCredentialsProvider(o.Credentials))
	}
	cfg, err := config.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return sdk.Config{}, fmt.Errorf("the AWS configuration cannot be read: %w", err)
	}
	if cfg.Region == "" {
		return sdk.Config{}, fmt.Errorf("%w: no AWS region: set AWS_REGION or name one in the AWS profile", names.ErrInvalid)
	}
	if o.HTTPClient != nil {
		// Not as a load option: the SDK would refuse it together with AWS_CA_BUNDLE.
		cfg.HTTPClient = o.HTTPClient
	}
	if cfg.Credentials != nil {
		cfg.Credentials = credentials{cfg.Credentials}
	}
	return cfg, nil
}

// Under is the configuration of another account or region. cfg is what Load made;
// o is what it was made of, but for the Region, the Credentials (nil: the same)
// and the Pacing. It asks nobody anything.
func Under(cfg sdk.Config, o Options) sdk.Config {
	other := cfg.Copy()
	other.Region, other.APIOptions = o.Region, o.middlewares()
	if o.Credentials != nil {
		other.Credentials = o.Credentials
	}
	return other
}

// middlewares in the order in which a call meets them.
func (o Options) middlewares() []func(*middleware.Stack) error {
	all := []func(*middleware.Stack) error{PlainBodies}
	if o.Version != "" {
		all = append(all, awsmiddleware.AddUserAgentKeyValue("tranship", o.Version))
	}
	if o.Audit != nil {
		all = append(all, audit{heard: o.Audit, now: o.Now}.add)
	}
	if o.Pacing != nil {
		all = append(all, o.Pacing.add)
	}
	timeout := o.Timeout
	if timeout == 0 {
		timeout = AttemptTimeout
	}
	return append(all, last{allowed: o.Allowed, timeout: timeout}.add)
}

// credentials marks the errors of a provider, so that "no credentials" is not
// taken for an answer or a silence of the service that was called.
type credentials struct{ sdk.CredentialsProvider }

func (c credentials) Retrieve(ctx context.Context) (sdk.Credentials, error) {
	v, err := c.CredentialsProvider.Retrieve(ctx)
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("%w: %w", ErrCredentials, err)
	}
	return v, err
}
