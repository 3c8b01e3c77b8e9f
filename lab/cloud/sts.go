package cloud

import (
	"cmp"
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
)

// STS has the methods of sts.Client that are needed.
type STS struct {
	c        *Cloud
	dice     chance
	roles    map[string]string // ARN → id, of those assumed so far
	sessions map[string]Session
}

// Role is a role, of this account or another, that callers of this account may
// assume: its trust policy names them.
type Role struct {
	ARN        string
	ExternalID string // that the trust policy asks for, "" if none
}

// Session is what AssumeRole gave out.
type Session struct {
	AccessKeyID, SecretAccessKey, Token string

	Account string // of the role
	ARN     string // arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION
	UserID  string // AROA…:SESSION
	Ends    time.Time
	Ended   bool
}

// Session finds a session by the id of its key, and says whether it has ended.
func (c *Cloud) Session(accessKeyID string) (Session, bool) {
	s, ok := c.sts.sessions[accessKeyID]
	s.Ended = !c.now.Before(s.Ends)
	return s, ok
}

type callerKey struct{}

// As lets a call be made under a session; without one the account's user calls.
func (s Session) As(ctx context.Context) context.Context {
	return context.WithValue(ctx, callerKey{}, s)
}

// stsConstraints are those of the API reference.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
var stsConstraints = map[string][]constraint{
	"AssumeRole": {
		{"RoleArn", length(20, 2048)},
		{"RoleSessionName", rule{pattern: regexp.MustCompile(`^[\w+=,.@-]*$`), shown: `[\w+=,.@-]*`, min: 2, max: 64, bounded: true}},
		{"ExternalId", rule{pattern: regexp.MustCompile(`^[\w+=,.@:/-]*$`), shown: `[\w+=,.@:\/-]*`, min: 2, max: 1224, bounded: true}},
		{"DurationSeconds", length(900, 43200)},
	},
}

// Seconds that a session lasts where nothing else is asked for, which is also the
// most of a role whose MaxSessionDuration nobody has raised.
const sessionSeconds = 3600

// stsFault is an error of STS, which the SDK has no type for.
func stsFault(code, message string) error {
	return &smithy.GenericAPIError{Code: code, Message: message, Fault: smithy.FaultClient}
}

func (s *STS) user() Session {
	account := s.c.cfg.Account
	return Session{Account: account, ARN: "arn:aws:iam::" + account + ":user/lab", UserID: "AIDATRANSHIPLAB00000"}
}

func (s *STS) caller(ctx context.Context) Session {
	if under, ok := ctx.Value(callerKey{}).(Session); ok {
		return under
	}
	return s.user()
}

// GetCallerIdentity has the signature of the client's method.
func (s *STS) GetCallerIdentity(ctx context.Context, _ *sts.GetCallerIdentityInput, _ ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	who := s.caller(ctx)
	return &sts.GetCallerIdentityOutput{Account: ptr(who.Account), UserId: ptr(who.UserID), Arn: ptr(who.ARN)}, nil
}

// AssumeRole has the signature of the client's method. A role that is not there,
// one that does not trust the caller and one that wants another external id are
// all refused in the same words, as AWS does. Policies and tags of a session mean
// nothing here.
func (s *STS) AssumeRole(ctx context.Context, in *sts.AssumeRoleInput, _ ...func(*sts.Options)) (*sts.AssumeRoleOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := constrained(stsConstraints["AssumeRole"], []any{in}, func(m string) error { return stsFault("ValidationError", m) }); err != nil {
		return nil, err
	}
	arn, name := val(in.RoleArn), val(in.RoleSessionName)
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" || parts[2] != "iam" || !strings.HasPrefix(parts[5], "role/") {
		return nil, stsFault("ValidationError", arn+" is invalid")
	}
	seconds := cmp.Or(val(in.DurationSeconds), sessionSeconds)
	at := slices.IndexFunc(s.c.cfg.Roles, func(r Role) bool { return r.ARN == arn })
	if at < 0 || s.c.cfg.Roles[at].ExternalID != "" && s.c.cfg.Roles[at].ExternalID != val(in.ExternalId) {
		return nil, stsFault("AccessDenied", "User: "+s.caller(ctx).ARN+" is not authorized to perform: sts:AssumeRole on resource: "+arn)
	}
	if seconds > sessionSeconds {
		return nil, stsFault("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	out := s.begin(arn, name, time.Duration(seconds)*time.Second)
	return &sts.AssumeRoleOutput{
		AssumedRoleUser: &types.AssumedRoleUser{Arn: ptr(out.ARN), AssumedRoleId: ptr(out.UserID)},
		Credentials: &types.Credentials{
			AccessKeyId: ptr(out.AccessKeyID), SecretAccessKey: ptr(out.SecretAccessKey), SessionToken: ptr(out.Token), Expiration: ptr(out.Ends),
		},
	}, nil
}

// begin makes a session. Those that ended long ago are not remembered.
func (s *STS) begin(role, name string, lasts time.Duration) Session {
	if s.sessions == nil {
		s.roles, s.sessions = map[string]string{}, map[string]Session{}
	}
	maps.DeleteFunc(s.sessions, func(_ string, old Session) bool { return s.c.now.Sub(old.Ends) > time.Hour })
	if s.roles[role] == "" {
		s.roles[role] = "AROA" + strings.ToUpper(s.dice.letters(17))
	}
	account := strings.SplitN(role, ":", 6)[4]
	n := Session{
		AccessKeyID: "ASIA" + strings.ToUpper(s.dice.letters(16)), SecretAccessKey: s.dice.letters(40), Token: s.dice.letters(128),
		Account: account, ARN: "arn:aws:sts::" + account + ":assumed-role/" + role[strings.LastIndexByte(role, '/')+1:] + "/" + name,
		UserID: s.roles[role] + ":" + name, Ends: s.c.now.Add(lasts).Truncate(time.Second),
	}
	s.sessions[n.AccessKeyID] = n
	return n
}
