package clients_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/internal/aws/clients"
	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
)

type wire func(*http.Request) (*http.Response, error)

func (w wire) Do(r *http.Request) (*http.Response, error) { return w(r) }

func reply(status int, kind, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {kind}}, Body: io.NopCloser(strings.NewReader(body))}
}

// The adapters built from a configuration speak for the account that AWS names.
func TestNew(t *testing.T) {
	var objects []string
	sts := reply(http.StatusOK, "text/xml", `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>`+
		`<Arn>arn:aws:iam::123456789012:user/a</Arn><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`)
	o := aws.Options{
		Region: "eu-central-1", Credentials: credentials.NewStaticCredentialsProvider("AKIDTEST", "secret", ""),
		Now: time.Now, Audit: func(c aws.Call) { objects = append(objects, c.Service+":"+c.Operation+" "+c.Object) },
		HTTPClient: wire(func(r *http.Request) (*http.Response, error) {
			if strings.HasPrefix(r.URL.Host, "sts.") {
				return sts, nil
			}
			return reply(http.StatusOK, "application/x-amz-json-1.1", `{"Operation":{"Status":"SUCCESS"}}`), nil
		}),
	}
	cfg, err := aws.Load(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	c, err := clients.New(t.Context(), cfg, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	ref := names.Ref{Account: c.Account, Region: c.Region, NamespaceID: "ns-1", ServiceID: "srv-1"}
	if got, err := c.CloudMap.Operation(t.Context(), ref, "op-1"); err != nil || got.Status != cutover.OpSuccess {
		t.Errorf("%+v, %v", got, err)
	}
	want := "sts:GetCallerIdentity these credentials, servicediscovery:GetOperation operation op-1 on Cloud Map service srv-1"
	if got := strings.Join(objects, ", "); got != want {
		t.Errorf("audited %s\nwant    %s", got, want)
	}

	sts = reply(http.StatusForbidden, "text/xml", `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>`+
		`<Code>InvalidClientTokenId</Code><Message>No such key.</Message></Error></ErrorResponse>`)
	if _, err := clients.New(t.Context(), cfg, time.Now); !errors.Is(err, names.ErrDenied) {
		t.Errorf("wrong key: %v", err)
	}
}
