package aws

import (
	"net/http"
	"strings"

	"github.com/tranship/tranship/internal/names"
)

// classes are the error codes whose class the code alone decides. Codes that
// all services have: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/CommonErrors.html;
// Cloud Map's: https://docs.aws.amazon.com/cloud-map/latest/api/API_Operations.html.
var classes = map[string]error{
	"BandwidthLimitExceeded":    names.ErrThrottled,
	"PriorRequestNotComplete":   names.ErrThrottled,
	"RequestLimitExceeded":      names.ErrThrottled,
	"RequestThrottled":          names.ErrThrottled,
	"RequestThrottledException": names.ErrThrottled,
	"SlowDown":                  names.ErrThrottled,
	"ThrottledException":        names.ErrThrottled,
	"Throttling":                names.ErrThrottled,
	"ThrottlingException":       names.ErrThrottled,
	"TooManyRequestsException":  names.ErrThrottled,

	"AccessDenied":                        names.ErrDenied,
	"AccessDeniedException":               names.ErrDenied,
	"AuthFailure":                         names.ErrDenied,
	"AuthorizationError":                  names.ErrDenied,
	"BlockedException":                    names.ErrDenied,
	"ExpiredToken":                        names.ErrDenied,
	"ExpiredTokenException":               names.ErrDenied,
	"IncompleteSignature":                 names.ErrDenied,
	"IncompleteSignatureException":        names.ErrDenied,
	"InvalidAccessKeyId":                  names.ErrDenied,
	"InvalidClientTokenId":                names.ErrDenied,
	"InvalidSignatureException":           names.ErrDenied,
	"InvalidToken":                        names.ErrDenied,
	"MissingAuthenticationToken":          names.ErrDenied,
	"NotAuthorized":                       names.ErrDenied,
	"OptInRequired":                       names.ErrDenied,
	"RequestExpired":                      names.ErrDenied,
	"SignatureDoesNotMatch":               names.ErrDenied,
	"UnauthorizedOperation":               names.ErrDenied,
	"UnrecognizedClientException":         names.ErrDenied,
	"MissingAuthenticationTokenException": names.ErrDenied,

	"InternalError":               names.ErrUnreachable,
	"InternalFailure":             names.ErrUnreachable,
	"InternalServerError":         names.ErrUnreachable,
	"InternalServerException":     names.ErrUnreachable,
	"RequestTimeout":              names.ErrUnreachable,
	"RequestTimeoutException":     names.ErrUnreachable,
	"ServerException":             names.ErrUnreachable,
	"ServiceUnavailable":          names.ErrUnreachable,
	"ServiceUnavailableException": names.ErrUnreachable,

	"ConflictException":         names.ErrConflict,
	"DuplicateRequest":          names.ErrConflict,
	"NamespaceAlreadyExists":    names.ErrConflict,
	"ResourceInUse":             names.ErrConflict,
	"ServiceAlreadyExists":      names.ErrConflict,
	"ServiceNotActiveException": names.ErrConflict,
	"UpdateInProgressException": names.ErrConflict,

	"NoSuchEntity": names.ErrNotFound, // IAM

	// Not an object that is missing: the service has no custom health check, and
	// none can be added to it.
	"CustomHealthNotFound": names.ErrInvalid,
}

// badCredentials are the denials that no permission would lift.
var badCredentials = map[string]bool{
	"AuthFailure": true, "ExpiredToken": true, "ExpiredTokenException": true,
	"IncompleteSignature": true, "IncompleteSignatureException": true, "InvalidAccessKeyId": true,
	"InvalidClientTokenId": true, "InvalidSignatureException": true, "InvalidToken": true,
	"MissingAuthenticationToken": true, "MissingAuthenticationTokenException": true,
	"RequestExpired": true, "SignatureDoesNotMatch": true, "UnrecognizedClientException": true,
}

// classOfCode is the class of an error code; server says that AWS itself took
// the blame for it.
func classOfCode(code string, server bool) error {
	if c, ok := classes[code]; ok {
		return c
	}
	switch {
	case strings.HasPrefix(code, "AccessDenied"):
		return names.ErrDenied
	case strings.HasSuffix(code, "NotFound"), strings.HasSuffix(code, "NotFoundException"):
		return names.ErrNotFound
	case server:
		return names.ErrUnreachable
	}
	return names.ErrInvalid
}

// classOfStatus is for replies that carry no code of AWS's: a proxy, a load
// balancer or a wrong endpoint answered. A 404 of those says nothing of our object.
func classOfStatus(status int) error {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return names.ErrDenied
	case http.StatusTooManyRequests:
		return names.ErrThrottled
	}
	return names.ErrUnreachable
}
