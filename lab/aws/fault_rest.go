package aws

import "net/http"

// Of EKS, which names key, signature and clock as the other JSON services do, and
// answers 403 (seen for a wrong key: https://github.com/opstrace/opstrace/pull/586;
// inferred for the others). What an unknown path or method gets is not documented:
// it is what Smithy's own servers say,
// https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
var restJSONFaults = map[faultKind]faultAnswer{
	missingToken:        {"MissingAuthenticationTokenException", http.StatusForbidden},
	incompleteSignature: {"IncompleteSignatureException", http.StatusForbidden},
	unknownKey:          {"UnrecognizedClientException", http.StatusForbidden},
	expiredToken:        {"ExpiredTokenException", http.StatusForbidden},
	badSignature:        {"InvalidSignatureException", http.StatusForbidden},
	expiredSignature:    {"InvalidSignatureException", http.StatusForbidden},
	unknownOperation:    {"UnknownOperationException", http.StatusNotFound},
	wrongMethod:         {"UnknownOperationException", http.StatusMethodNotAllowed},
	malformedInput:      {"SerializationException", http.StatusBadRequest},
	tooLarge:            {"RequestEntityTooLargeException", http.StatusRequestEntityTooLarge},
	internalFailure:     {"InternalFailure", http.StatusInternalServerError},
}

// Of Route 53: https://docs.aws.amazon.com/Route53/latest/APIReference/CommonErrors.html;
// a wrong key was seen with 403 (https://github.com/barnybug/cli53/issues/278), a body
// that is not as the schema has it as InvalidInput, "Invalid XML ; …"
// (https://github.com/chilts/nice-route53/issues/8). Unknown paths are unconfirmed.
var route53Faults = map[faultKind]faultAnswer{
	missingToken:        {"MissingAuthenticationToken", http.StatusForbidden},
	incompleteSignature: {"IncompleteSignature", http.StatusBadRequest},
	unknownKey:          {"InvalidClientTokenId", http.StatusForbidden},
	expiredToken:        {"ExpiredToken", http.StatusForbidden},
	badSignature:        {"SignatureDoesNotMatch", http.StatusForbidden},
	expiredSignature:    {"SignatureDoesNotMatch", http.StatusForbidden},
	unknownOperation:    {"InvalidAction", http.StatusNotFound},
	wrongMethod:         {"InvalidAction", http.StatusMethodNotAllowed},
	malformedInput:      {"InvalidInput", http.StatusBadRequest},
	tooLarge:            {"RequestEntityTooLarge", http.StatusRequestEntityTooLarge},
	internalFailure:     {"InternalFailure", http.StatusInternalServerError},
}

// Of S3: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
var s3Faults = map[faultKind]faultAnswer{
	missingToken:        {"AccessDenied", http.StatusForbidden},
	incompleteSignature: {"AuthorizationHeaderMalformed", http.StatusBadRequest},
	unknownKey:          {"InvalidAccessKeyId", http.StatusForbidden},
	unknownToken:        {"InvalidToken", http.StatusBadRequest},
	expiredToken:        {"ExpiredToken", http.StatusBadRequest},
	wrongScope:          {"AuthorizationHeaderMalformed", http.StatusBadRequest},
	badSignature:        {"SignatureDoesNotMatch", http.StatusForbidden},
	expiredSignature:    {"RequestTimeTooSkewed", http.StatusForbidden},
	unknownOperation:    {"NotImplemented", http.StatusNotImplemented},
	wrongMethod:         {"MethodNotAllowed", http.StatusMethodNotAllowed},
	malformedInput:      {"InvalidArgument", http.StatusBadRequest},
	tooLarge:            {"EntityTooLarge", http.StatusBadRequest},
	wrongHash:           {"XAmzContentSHA256Mismatch", http.StatusBadRequest},
	internalFailure:     {"InternalError", http.StatusInternalServerError},
}
