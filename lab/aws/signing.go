package aws

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// signing is what a service's signatures have of their own.
type signing struct {
	// region is the one region that a global service is signed for, whatever
	// region the caller is in: https://docs.aws.amazon.com/general/latest/gr/rande.html#global-endpoints
	// A client whose endpoint was given by hand cannot know that, and signs for the
	// region that it is in (seen of aws-cli 1.45 and aws-sdk-go-v2 1.48): the
	// endpoint takes its own region, too.
	region string
	// skew is how far a signature's time may be off, where it is not maxSkew.
	skew time.Duration
	// s3: the path is signed as it stands, and a header says the body's hash, or
	// that it was left out:
	// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
	s3 bool
}

// globally is how IAM and Route 53 are signed.
var globally = signing{region: "us-east-1"}

// s3Signing allows fifteen minutes:
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (RequestTimeTooSkewed)
var s3Signing = signing{s3: true, skew: 15 * time.Minute}

const (
	contentHash     = "X-Amz-Content-Sha256"
	unsignedPayload = "UNSIGNED-PAYLOAD"
)

// bodyHash is what stands for the body in the text that was signed.
func (s signing) bodyHash(r *http.Request, body []byte) (string, *fault) {
	sum := sha256.Sum256(body)
	actual := hex.EncodeToString(sum[:])
	if !s.s3 {
		return actual, nil
	}
	switch given := r.Header.Get(contentHash); {
	case given == unsignedPayload:
		return given, nil
	case given == "":
		return "", &fault{kind: malformedInput, message: "Missing required header for this request: x-amz-content-sha256"}
	case strings.HasPrefix(given, "STREAMING-"):
		return "", &fault{kind: unknownOperation, message: "Bodies in signed chunks are not taken here: they are for uploads, which this endpoint does not have."}
	case !equal(given, actual):
		return "", &fault{kind: wrongHash, message: "The provided 'x-amz-content-sha256' header does not match what was computed."}
	}
	return actual, nil
}

// s3Path is the path with every segment encoded once, as S3 signs it.
func s3Path(u *url.URL) string {
	if u.Path == "" {
		return "/"
	}
	parts := strings.Split(u.Path, "/")
	for i := range parts {
		parts[i] = encodeURI(parts[i])
	}
	return strings.Join(parts, "/")
}
