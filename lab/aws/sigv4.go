package aws

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
	amzDate    = "20060102T150405Z"
	// maxSkew is how far a signature's time may be from the present, either way.
	// AWS says so in its own error: "… is now earlier than … (… - 5 min.)".
	maxSkew = 5 * time.Minute
)

// authorization is what an Authorization header says; nothing of it is proven.
type authorization struct {
	keyID, date, region, service, end string
	signedHeaders                     []string // as sent, lower case
	signature                         string
}

// words is an error in AWS's own words, which goes out as it is.
type words string

func (w words) Error() string { return string(w) }

func wording(format string, args ...any) error { return words(fmt.Sprintf(format, args...)) }

// parseAuthorization reads an AWS4-HMAC-SHA256 Authorization header.
func parseAuthorization(header string) (authorization, error) {
	var a authorization
	scheme, rest, _ := strings.Cut(strings.TrimSpace(header), " ")
	if scheme != algorithm {
		return a, wording("Unsupported AWS 'algorithm': '%s'.", clip(scheme))
	}
	given := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if _, twice := given[name]; !ok || twice {
			return a, wording("'%s' is not a key=value pair of an Authorization header, or is there twice.", clip(part))
		}
		given[name] = value
	}
	for _, name := range []string{"Credential", "Signature", "SignedHeaders"} {
		if given[name] == "" {
			return a, wording("Authorization header requires '%s' parameter.", name)
		}
	}
	scope := strings.Split(given["Credential"], "/")
	if len(scope) != 5 {
		return a, wording("Credential must have exactly 5 slash-delimited elements, not %d.", len(scope))
	}
	a.keyID, a.date, a.region, a.service, a.end = scope[0], scope[1], scope[2], scope[3], scope[4]
	a.signedHeaders = strings.Split(given["SignedHeaders"], ";")
	a.signature = given["Signature"]
	return a, nil
}

// mustBeSigned are the headers that, where they are there, have to be covered by
// the signature: else a request could be turned into another one.
var mustBeSigned = []string{"X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Target"}

// verify proves that the issued key, or one that AssumeRole gave out, signed this
// very request, just now, for this region and service, and finds whom it belongs
// to. svc is nil where the request does not say whose it is.
func (h *handler) verify(r *http.Request, a authorization, svc *service, body []byte) (caller, *fault) {
	now := h.cfg.Now().UTC()
	skew, scheme := maxSkew, signing{}
	if svc != nil {
		scheme = svc.def.signing
		if scheme.skew > 0 {
			skew = scheme.skew
		}
	}
	by, f := h.caller(a.keyID, r.Header.Get("X-Amz-Security-Token"))
	if f != nil {
		return caller{}, f
	}
	at, stamp, f := signingTime(r)
	if f != nil {
		return caller{}, f
	}
	region := h.cfg.Region
	if scheme.region != "" {
		region = scheme.region
	}
	by.site = h.site(by.account, a.region, scheme)
	switch {
	case a.date != stamp[:8]:
		return caller{}, refuse("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '%s' != '%s'.", clip(a.date), stamp[:8])
	case by.site == nil:
		return caller{}, misplaced("Credential should be scoped to a valid region, not '%s'. This endpoint is in '%s'.", clip(a.region), region)
	case svc != nil && a.service != svc.name:
		return caller{}, misplaced("Credential should be scoped to correct service: '%s'.", svc.name)
	case a.end != terminator:
		return caller{}, refuse("Credential should be scoped with a valid terminator: '%s'.", terminator)
	case at.Before(now.Add(-skew)):
		return caller{}, &fault{kind: expiredSignature, message: fmt.Sprintf("Signature expired: %s is now earlier than %s (%s - %d min.)",
			stamp, now.Add(-skew).Format(amzDate), now.Format(amzDate), int(skew.Minutes()))}
	case at.After(now.Add(skew)):
		return caller{}, &fault{kind: expiredSignature, message: fmt.Sprintf("Signature not yet current: %s is still later than %s (%s + %d min.)",
			stamp, now.Add(skew).Format(amzDate), now.Format(amzDate), int(skew.Minutes()))}
	}
	if f := checkSignedHeaders(r, a.signedHeaders); f != nil {
		return caller{}, f
	}
	bodyHash, f := scheme.bodyHash(r, body)
	if f != nil {
		return caller{}, f
	}
	want, err := scheme.sign(r, a, stamp, by.secret, bodyHash)
	if err != nil {
		return caller{}, &fault{kind: incompleteSignature, message: err.Error()}
	}
	if !equal(a.signature, want) {
		return caller{}, refuse("The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.")
	}
	return by, nil
}

// signingTime is the time that a request says it was signed at, and its stamp.
func signingTime(r *http.Request) (time.Time, string, *fault) {
	stamp := r.Header.Get("X-Amz-Date")
	at, err := time.Parse(amzDate, stamp)
	if stamp == "" {
		if at, err = http.ParseTime(r.Header.Get("Date")); err == nil {
			stamp = at.UTC().Format(amzDate)
		}
	}
	if err != nil {
		return at, "", &fault{kind: incompleteSignature, message: fmt.Sprintf("Date must be in ISO-8601 'basic format'. Got '%s'.", clip(stamp))}
	}
	return at, stamp, nil
}

func checkSignedHeaders(r *http.Request, signed []string) *fault {
	if !slices.IsSorted(signed) || slices.Contains(signed, "") || len(slices.Compact(slices.Clone(signed))) != len(signed) {
		return refuse("SignedHeaders must be a sorted list of header names without repetition.")
	}
	if !slices.Contains(signed, "host") {
		return refuse("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	if r.Header.Get("X-Amz-Date") == "" && !slices.Contains(signed, "date") {
		return refuse("'Date' must be a 'SignedHeader' in the AWS Authorization.")
	}
	for _, name := range mustBeSigned {
		if len(r.Header.Values(name)) > 0 && !slices.Contains(signed, strings.ToLower(name)) {
			return refuse("'%s' must be a 'SignedHeader' in the AWS Authorization.", name)
		}
	}
	return nil
}

// sign computes the signature that the request should have.
func (s signing) sign(r *http.Request, a authorization, stamp, secret, bodyHash string) (string, error) {
	path := canonicalPath(r.URL)
	if s.s3 {
		path = s3Path(r.URL)
	}
	canonical, err := canonicalRequest(r, path, a.signedHeaders, bodyHash)
	if err != nil {
		return "", err
	}
	hash := sha256.Sum256([]byte(canonical))
	toSign := strings.Join([]string{
		algorithm, stamp, strings.Join([]string{a.date, a.region, a.service, terminator}, "/"), hex.EncodeToString(hash[:]),
	}, "\n")
	key := []byte("AWS4" + secret)
	for _, part := range []string{a.date, a.region, a.service, terminator, toSign} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	return hex.EncodeToString(key), nil
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func misplaced(format string, args ...any) *fault {
	return &fault{kind: wrongScope, message: fmt.Sprintf(format, args...)}
}

func refuse(format string, args ...any) *fault {
	return &fault{kind: badSignature, message: fmt.Sprintf(format, args...)}
}
