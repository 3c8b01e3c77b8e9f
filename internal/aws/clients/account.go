package clients

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/tranship/tranship/internal/names"
)

// Account is an account to work in beside the home account.
type Account struct {
	ID         string
	Role       string   // ARN; "": the home account itself, in other regions
	ExternalID string   // that the role's trust policy asks for
	Regions    []string // none: the home region
}

var (
	accountID = regexp.MustCompile(`^[0-9]{12}$`)
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
	roleARN = regexp.MustCompile(`^arn:aws[a-z-]*:iam::([0-9]{12}):role/[!-~]+$`)
	region  = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`)
	// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
	externalID = regexp.MustCompile(`^[\w+=,.@:/-]{2,}$`)
)

const accountForm = "ACCOUNT[=ROLE-ARN][,REGION…][,external-id=ID], such as 111122223333=arn:aws:iam::111122223333:role/tranship,eu-west-1"

// ParseAccount reads ACCOUNT[=ROLE-ARN][,REGION…][,external-id=ID]. The external
// id comes last, because it may have commas.
func ParseAccount(text string) (Account, error) {
	bad := func(format string, args ...any) (Account, error) {
		return Account{}, fmt.Errorf("%w: the account %q: %s; it is written as %s", names.ErrInvalid, text, fmt.Sprintf(format, args...), accountForm)
	}
	var a Account
	rest, id, given := strings.Cut(text, ",external-id=")
	if given && (len(id) > 1224 || !externalID.MatchString(id)) {
		return bad("the external id has 2 to 1224 letters, digits and +=,.@:/-_")
	}
	a.ExternalID = id
	parts := strings.Split(rest, ",")
	account, role, named := strings.Cut(parts[0], "=")
	a.ID, a.Role = account, role
	if !accountID.MatchString(a.ID) {
		return bad("an account id has twelve digits")
	}
	if m := roleARN.FindStringSubmatch(a.Role); named && m == nil {
		return bad("%q is no ARN of a role", a.Role)
	} else if named && m[1] != a.ID {
		return bad("the role is in account %s", m[1])
	}
	if given && !named {
		return bad("an external id goes with a role")
	}
	for _, r := range parts[1:] {
		if !region.MatchString(r) {
			return bad("%q is no region", r)
		}
		if slices.Contains(a.Regions, r) {
			return bad("%s is there twice", r)
		}
		a.Regions = append(a.Regions, r)
	}
	return a, nil
}
