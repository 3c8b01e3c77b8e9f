package aws

import (
	"context"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// STS is what CallerIdentity needs of the SDK's client.
type STS interface {
	GetCallerIdentity(context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error)
}

// Identity is who AWS says we are.
type Identity struct {
	Account string // twelve digits
	ARN     string
}

// CallerIdentity asks AWS who we are. It needs no permission, so it tells wrong
// credentials (names.ErrDenied) and an endpoint that does not answer
// (names.ErrUnreachable) before anything else is tried.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
func CallerIdentity(ctx context.Context, api STS) (Identity, error) {
	const object = "these credentials"
	out, err := api.GetCallerIdentity(WithObject(ctx, object), &sts.GetCallerIdentityInput{})
	if err != nil {
		return Identity{}, Wrap("sts", "GetCallerIdentity", object, err)
	}
	return Identity{Account: sdk.ToString(out.Account), ARN: sdk.ToString(out.Arn)}, nil
}
