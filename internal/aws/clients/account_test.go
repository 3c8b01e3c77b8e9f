package clients_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/internal/aws/clients"
	"github.com/tranship/tranship/internal/names"
)

func TestParseAccount(t *testing.T) {
	const role = "arn:aws:iam::111122223333:role/team/tranship"
	for text, want := range map[string]clients.Account{
		"111122223333=" + role:                              {ID: "111122223333", Role: role},
		"111122223333=" + role + ",eu-west-1,us-gov-east-1": {ID: "111122223333", Role: role, Regions: []string{"eu-west-1", "us-gov-east-1"}},
		"111122223333=" + role + ",external-id=a,b=c":       {ID: "111122223333", Role: role, ExternalID: "a,b=c"},
		"111122223333=arn:aws-cn:iam::111122223333:role/r,cn-north-1,external-id=x:/1": {
			ID: "111122223333", Role: "arn:aws-cn:iam::111122223333:role/r", Regions: []string{"cn-north-1"}, ExternalID: "x:/1",
		},
		"123456789012,eu-west-1": {ID: "123456789012", Regions: []string{"eu-west-1"}},
	} {
		got, err := clients.ParseAccount(text)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", text, err, diff)
		}
	}
	for text, want := range map[string]string{
		"":                      "twelve digits",
		"1234":                  "twelve digits",
		"111122223333=":         `"" is no ARN of a role`,
		"111122223333=tranship": `"tranship" is no ARN of a role`,
		"999999999999=" + role:  "the role is in account 111122223333",
		"111122223333=" + strings.Replace(role, ":role/", ":user/", 1): "no ARN of a role",
		"111122223333=" + role + ",":                                   `"" is no region`,
		"111122223333=" + role + ",Frankfurt":                          `"Frankfurt" is no region`,
		"111122223333=" + role + ",eu-west-1,eu-west-1":                "eu-west-1 is there twice",
		"111122223333=" + role + ",external-id=":                       "the external id has",
		"111122223333=" + role + ",external-id=a b":                    "the external id has",
		"111122223333,external-id=ab":                                  "goes with a role",
	} {
		if got, err := clients.ParseAccount(text); !errors.Is(err, names.ErrInvalid) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "ACCOUNT[=ROLE-ARN]") {
			t.Errorf("%q: %+v, %v; want %q", text, got, err, want)
		}
	}
}
