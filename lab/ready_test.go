package lab

import (
	"slices"
	"strings"
	"testing"
)

// A shell reaches AWS through the lab as a proxy; programs that are given Env reach
// it as it is.
func TestExportsHaveTheOneWay(t *testing.T) {
	r := Ready{AWSEndpoint: "http://127.0.0.1:4566", AccessKeyID: "AKIA", Region: "ap-south-1", Port: 8080}
	lines := strings.Split(strings.TrimSpace(r.Exports()), "\n")
	for _, want := range []string{
		"export AWS_ENDPOINT_URL=http://aws.lab.internal", "export HTTP_PROXY=http://127.0.0.1:4566",
		"export NO_PROXY=127.0.0.1,localhost", "export AWS_ACCESS_KEY_ID=AKIA", "export LAB_PORT=8080",
	} {
		if !slices.Contains(lines, want) {
			t.Errorf("%q is not among\n%s", want, r.Exports())
		}
	}
	if !slices.Contains(r.Env(), "AWS_ENDPOINT_URL=http://127.0.0.1:4566") {
		t.Errorf("Env says %v", r.Env())
	}
}
