package aws_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"go.uber.org/goleak"

	"github.com/tranship/tranship/internal/aws"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// alone keeps the AWS environment of whoever runs the test out of it.
func alone(t *testing.T) {
	t.Helper()
	for k, v := range map[string]string{
		"AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_PROFILE": "", "AWS_CA_BUNDLE": "", "AWS_REGION": "", "AWS_DEFAULT_REGION": "", "AWS_ENDPOINT_URL": "", "AWS_ENDPOINT_URL_SERVICEDISCOVERY": "",
		"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": "", "AWS_ROLE_ARN": "", "AWS_WEB_IDENTITY_TOKEN_FILE": "",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI": "", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "",
	} {
		t.Setenv(k, v)
	}
}

// load makes a configuration with a key of ours.
func load(t *testing.T, o aws.Options) sdk.Config {
	t.Helper()
	if o.Credentials == nil {
		o.Credentials = credentials.NewStaticCredentialsProvider("AKIDTEST", "secret", "")
	}
	if o.Region == "" {
		o.Region = "eu-central-1"
	}
	cfg, err := aws.Load(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// wire stands in for the network below the SDK.
type wire func(*http.Request) (*http.Response, error)

func (w wire) Do(r *http.Request) (*http.Response, error) { return w(r) }

// say makes a reply in the JSON protocol.
func say(status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status,
		Header:     http.Header{"Content-Type": {"application/x-amz-json-1.1"}, "X-Amzn-Requestid": {"req-1"}},
		Body:       io.NopCloser(strings.NewReader(body)),
	}
}

func throttle() *http.Response {
	return say(http.StatusBadRequest, `{"__type":"ThrottlingException","message":"Rate exceeded"}`)
}

func since(t0 time.Time) time.Duration { return time.Since(t0) }
