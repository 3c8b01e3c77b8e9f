package aws

import (
	"errors"
	"net/http"
	"reflect"

	"github.com/aws/smithy-go"
)

// fault is an answer that is an error. Those that the endpoint itself finds have
// a kind, which each protocol gives the code and status that AWS uses there;
// those of an Impl bring their own code.
type fault struct {
	kind    faultKind
	code    string
	message string
	status  int   // HTTP status, 0: by kind
	server  bool  // AWS's fault, not the caller's
	cause   error // the Impl's error, for the members it has
}

type faultKind int

const (
	fromImpl faultKind = iota
	missingToken
	incompleteSignature
	unknownKey
	unknownToken // a session token that is not the key's
	expiredToken // the session has ended
	wrongScope   // signed for another region or service
	badSignature
	expiredSignature
	unknownOperation
	wrongMethod // REST: the path is known, the method is not
	malformedInput
	invalidInput
	tooLarge
	wrongHash // S3: the body is not the one that was hashed
	internalFailure
)

// wider is the kind that stands for one which a protocol does not tell apart.
func (k faultKind) wider() faultKind {
	switch k {
	case unknownToken:
		return unknownKey
	case wrongScope:
		return badSignature
	case wrongMethod:
		return unknownOperation
	default:
		return k
	}
}

// faultAnswer is the code and HTTP status of a fault kind in one protocol.
type faultAnswer struct {
	code   string
	status int
}

// Of the JSON services: seen from ECS with status 400 for a wrong key
// (https://github.com/aws-azure-login/aws-azure-login/issues/37), a wrong secret
// (https://github.com/teralytics/prometheus-ecs-discovery/issues/7) and an old
// signature (https://github.com/fabfuel/ecs-deploy/issues/126); a session that has
// ended: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/CommonErrors.html
var jsonFaults = map[faultKind]faultAnswer{
	missingToken:        {"MissingAuthenticationTokenException", http.StatusBadRequest},
	incompleteSignature: {"IncompleteSignatureException", http.StatusBadRequest},
	unknownKey:          {"UnrecognizedClientException", http.StatusBadRequest},
	expiredToken:        {"ExpiredTokenException", http.StatusBadRequest},
	badSignature:        {"InvalidSignatureException", http.StatusBadRequest},
	expiredSignature:    {"InvalidSignatureException", http.StatusBadRequest},
	unknownOperation:    {"UnknownOperationException", http.StatusBadRequest},
	malformedInput:      {"SerializationException", http.StatusBadRequest},
	tooLarge:            {"RequestEntityTooLargeException", http.StatusRequestEntityTooLarge},
	internalFailure:     {"InternalFailure", http.StatusInternalServerError},
}

// Of STS: https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html;
// an old signature is SignatureDoesNotMatch too (https://github.com/convox/rack/issues/235),
// a session that has ended ExpiredToken with 403 (https://github.com/aws/aws-sdk-java-v2/issues/1649).
var queryFaults = map[faultKind]faultAnswer{
	missingToken:        {"MissingAuthenticationToken", http.StatusForbidden},
	incompleteSignature: {"IncompleteSignature", http.StatusBadRequest},
	unknownKey:          {"InvalidClientTokenId", http.StatusForbidden},
	expiredToken:        {"ExpiredToken", http.StatusForbidden},
	badSignature:        {"SignatureDoesNotMatch", http.StatusForbidden},
	expiredSignature:    {"SignatureDoesNotMatch", http.StatusForbidden},
	unknownOperation:    {"InvalidAction", http.StatusBadRequest},
	malformedInput:      {"MalformedInput", http.StatusBadRequest},
	tooLarge:            {"RequestEntityTooLarge", http.StatusRequestEntityTooLarge},
	internalFailure:     {"InternalFailure", http.StatusInternalServerError},
}

// Of EC2, which answers AuthFailure and 401 where others tell key, secret and
// clock apart (https://github.com/FoxxMD/laravel-elasticbeanstalk-cron/issues/15,
// https://github.com/boto/boto3/issues/3321); RequestExpired stands in
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
var ec2Faults = map[faultKind]faultAnswer{
	missingToken:        {"MissingAuthenticationToken", http.StatusForbidden},
	incompleteSignature: {"IncompleteSignature", http.StatusBadRequest},
	unknownKey:          {"AuthFailure", http.StatusUnauthorized},
	expiredToken:        {"RequestExpired", http.StatusBadRequest},
	badSignature:        {"AuthFailure", http.StatusUnauthorized},
	expiredSignature:    {"AuthFailure", http.StatusUnauthorized},
	unknownOperation:    {"InvalidAction", http.StatusBadRequest},
	malformedInput:      {"InvalidParameterValue", http.StatusBadRequest},
	tooLarge:            {"RequestEntityTooLarge", http.StatusRequestEntityTooLarge},
	internalFailure:     {"InternalError", http.StatusInternalServerError},
}

// in settles code and status of a fault for a protocol and a service.
func (f *fault) in(table map[faultKind]faultAnswer, statuses map[string]int) {
	kind := f.kind
	if _, ok := table[kind]; !ok {
		kind = kind.wider()
	}
	if a, ok := table[kind]; ok {
		f.code, f.status = a.code, a.status
	}
	if f.status == 0 {
		f.status = statuses[f.code]
	}
	if f.status == 0 {
		f.status = http.StatusBadRequest
		if f.server {
			f.status = http.StatusInternalServerError
		}
	}
	f.server = f.status >= 500
}

// implFault reads an Impl's error: the SDK's own types, or whatever says code and
// message as they do. An error may also say its HTTP status.
func implFault(err error) *fault {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return &fault{kind: internalFailure, message: err.Error()}
	}
	f := &fault{
		code:    api.ErrorCode(),
		message: api.ErrorMessage(),
		server:  api.ErrorFault() == smithy.FaultServer,
		cause:   api,
	}
	var status interface{ HTTPStatusCode() int }
	if errors.As(err, &status) && status.HTTPStatusCode() >= 400 && status.HTTPStatusCode() < 600 {
		f.status = status.HTTPStatusCode()
	}
	return f
}

// members are the members of a typed error beside its message, as a struct value.
func (f *fault) members() (reflect.Value, bool) {
	if f.cause == nil {
		return reflect.Value{}, false
	}
	v := reflect.ValueOf(f.cause)
	if !isStructPointer(v.Type()) || v.IsNil() {
		return reflect.Value{}, false
	}
	var generic *smithy.GenericAPIError
	if errors.As(f.cause, &generic) {
		return reflect.Value{}, false
	}
	return v.Elem(), true
}
