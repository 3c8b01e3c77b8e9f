package aws_test

import (
	"io"
	"net/http"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/tranship/tranship/internal/aws"
)

// A body is sent whole; and when the SDK has closed it, what net/http does last with
// it, the look whether there is more of it than was said, finds its end.
func TestAClosedBodyHasComeToItsEnd(t *testing.T) {
	alone(t)
	sent, asked := "", 0
	cfg := load(t, aws.Options{HTTPClient: wire(func(r *http.Request) (*http.Response, error) {
		asked++
		b, err := io.ReadAll(r.Body)
		if err != nil || r.ContentLength != int64(len(b)) {
			t.Errorf("%d bytes of %d, %v", len(b), r.ContentLength, err)
		}
		sent = string(b)
		if err := r.Body.Close(); err != nil {
			t.Error(err)
		}
		if n, err := io.Copy(io.Discard, r.Body); n != 0 || err != nil {
			t.Errorf("after its end: %d bytes, %v", n, err)
		}
		return say(http.StatusOK, `{}`), nil
	})})
	if _, err := servicediscovery.NewFromConfig(cfg).GetNamespace(t.Context(), &servicediscovery.GetNamespaceInput{Id: sdk.String("ns-1")}); err != nil {
		t.Error(err)
	}
	if sent != `{"Id":"ns-1"}` {
		t.Errorf("sent %q", sent)
	}
	// The query protocol; what it says is no XML, which is no matter here.
	_, _ = sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if sent != "Action=GetCallerIdentity&Version=2011-06-15" || asked != 2 {
		t.Errorf("sent %q, asked %d times", sent, asked)
	}
}
