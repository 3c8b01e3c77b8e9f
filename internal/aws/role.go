package aws

import (
	"cmp"
	"context"
	"errors"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/tranship/tranship/internal/names"
)

// SessionName is what CloudTrail calls us under a role, unless told otherwise.
const SessionName = "tranship"

// renewBefore is how long before its end a session is renewed: so long nothing is
// lost while AssumeRole fails.
const renewBefore = 5 * time.Minute

// retryRenewal is when a renewal that failed is tried again.
const retryRenewal = 15 * time.Second

// Roles is what assuming a role needs of the SDK's client.
type Roles interface {
	AssumeRole(context.Context, *sts.AssumeRoleInput, ...func(*sts.Options)) (*sts.AssumeRoleOutput, error)
}

// Role is a role to make calls under, in another account mostly.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_aws-accounts.html
type Role struct {
	ARN        string
	ExternalID string // that its trust policy asks for, "" if none
	Session    string // "": SessionName
}

// Credentials takes the role with the first call that needs it, and renews it in
// time. An error is a *RoleError.
func (r Role) Credentials(api Roles, now func() time.Time) sdk.CredentialsProvider {
	return sdk.NewCredentialsCache(&roleProvider{api: api, role: r, now: now}, func(o *sdk.CredentialsCacheOptions) {
		o.ExpiryWindow = renewBefore
	})
}

// RoleError says why no call could be made under a role. The call was not sent.
type RoleError struct {
	ARN string
	Err *Error // of AssumeRole
}

// Unwrap gives what AssumeRole ended in.
func (e *RoleError) Unwrap() error { return e.Err }

// Error is one line: which role, why, and what to do.
func (e *RoleError) Error() string {
	why := "the role " + e.ARN + " can't be assumed: " + e.Err.reason()
	if errors.Is(e.Err.Class, names.ErrDenied) && e.Err.Code == "AccessDenied" {
		why += "; and the role's trust policy must name them, with the external id that is given here if it asks for one"
	}
	return why
}

// roleProvider asks for sessions, one at a time: the cache sees to that.
type roleProvider struct {
	api  Roles
	role Role
	now  func() time.Time
	ends time.Time // of the latest session
}

// Retrieve takes the role.
func (p *roleProvider) Retrieve(ctx context.Context) (sdk.Credentials, error) {
	object := "role " + p.role.ARN
	in := &sts.AssumeRoleInput{RoleArn: sdk.String(p.role.ARN), RoleSessionName: sdk.String(cmp.Or(p.role.Session, SessionName))}
	if p.role.ExternalID != "" {
		in.ExternalId = sdk.String(p.role.ExternalID)
	}
	out, err := p.api.AssumeRole(WithObject(ctx, object), in)
	if err != nil {
		failed := (*Error)(nil)
		errors.As(Wrap("sts", "AssumeRole", object, err), &failed)
		return sdk.Credentials{}, &RoleError{ARN: p.role.ARN, Err: failed}
	}
	c := out.Credentials
	p.ends = sdk.ToTime(c.Expiration)
	return sdk.Credentials{
		AccessKeyID: sdk.ToString(c.AccessKeyId), SecretAccessKey: sdk.ToString(c.SecretAccessKey), SessionToken: sdk.ToString(c.SessionToken),
		CanExpire: true, Expires: p.ends, Source: "AssumeRole",
	}, nil
}

// HandleFailToRefresh keeps to a session that has not ended while its renewal fails.
func (p *roleProvider) HandleFailToRefresh(_ context.Context, old sdk.Credentials, err error) (sdk.Credentials, error) {
	if !p.now().Before(p.ends) {
		return sdk.Credentials{}, err
	}
	until := p.now().Add(retryRenewal)
	if until.After(p.ends) {
		until = p.ends
	}
	old.Expires = until.Add(renewBefore) // which the cache takes off again
	return old, nil
}

var _ sdk.HandleFailRefreshCredentialsCacheStrategy = (*roleProvider)(nil)
