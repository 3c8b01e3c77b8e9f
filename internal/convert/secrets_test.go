package convert

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRefer(t *testing.T) {
	const secret = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:db-AbCdEf"
	for text, want := range map[string]reference{
		secret:                       {id: secret, region: "eu-central-1"},
		secret + ":user::":           {id: secret, region: "eu-central-1", jsonKey: "user"},
		secret + ":user:AWSPENDING:": {id: secret, region: "eu-central-1", jsonKey: "user", stage: "AWSPENDING"},
		secret + ":::id":             {id: secret, region: "eu-central-1", version: "id"},
		"arn:aws-cn:ssm:cn-north-1:123456789012:parameter/a/b": {parameter: true, id: "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/a/b", region: "cn-north-1"},
		"/a/b": {parameter: true, id: "/a/b"},
	} {
		got, ok := refer(text)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(reference{})); diff != "" || !ok {
			t.Errorf("%s: %v %s", text, ok, diff)
		}
	}
	for _, text := range []string{"", "arn:", "arn:aws:s3:::b/k", "arn:aws:ssm:eu-central-1:1:document/x", secret + ":a:b:c:d", "arn:aws:secretsmanager:r:1:secret:"} {
		if got, ok := refer(text); ok {
			t.Errorf("%q was taken: %+v", text, got)
		}
	}
}
