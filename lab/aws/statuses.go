package aws

import "net/http"

// What each error code of a model is in HTTP, where it is not 400 for the
// caller's faults and 500 for AWS's. Source: the services' API models.

var (
	ecsStatuses     = map[string]int{"AccessDeniedException": http.StatusForbidden}
	stsStatuses     = map[string]int{"AccessDenied": http.StatusForbidden}
	scalingStatuses = map[string]int{"ResourceNotFoundException": http.StatusNotFound}
)

var cloudWatchStatuses = map[string]int{
	"DashboardNotFoundError":          http.StatusNotFound,
	"ResourceConflict":                http.StatusConflict,
	"ConcurrentModificationException": http.StatusTooManyRequests,
	"ConflictException":               http.StatusConflict,
	"InternalServiceError":            http.StatusInternalServerError,
	"ResourceNotFound":                http.StatusNotFound,
	"ResourceNotFoundException":       http.StatusNotFound,
}

var eksStatuses = map[string]int{
	"AccessDeniedException":             http.StatusForbidden,
	"NotFoundException":                 http.StatusNotFound,
	"ResourceInUseException":            http.StatusConflict,
	"ResourceNotFoundException":         http.StatusNotFound,
	"ResourcePropagationDelayException": http.StatusPreconditionRequired,
	"ServerException":                   http.StatusInternalServerError,
	"ServiceUnavailableException":       http.StatusServiceUnavailable,
	"ThrottlingException":               http.StatusTooManyRequests,
}

var elbStatuses = map[string]int{
	"HealthUnavailable":       http.StatusInternalServerError,
	"InsufficientCapacity":    http.StatusInternalServerError,
	"PriorRequestNotComplete": http.StatusTooManyRequests,
}

var iamStatuses = map[string]int{
	"NameConflict":                  http.StatusConflict,
	"RoleModified":                  http.StatusConflict,
	"ConcurrentModification":        http.StatusConflict,
	"DeleteConflict":                http.StatusConflict,
	"DuplicateCertificate":          http.StatusConflict,
	"EntityAlreadyExists":           http.StatusConflict,
	"EntityTemporarilyUnmodifiable": http.StatusConflict,
	"FeatureDisabled":               http.StatusNotFound,
	"FeatureEnabled":                http.StatusConflict,
	"InvalidAuthenticationCode":     http.StatusForbidden,
	"LimitExceeded":                 http.StatusConflict,
	"NoSuchEntity":                  http.StatusNotFound,
	"NotSupportedService":           http.StatusNotFound,
	"PolicyEvaluation":              http.StatusInternalServerError,
	"ReportExpired":                 http.StatusGone,
	"ReportGenerationLimitExceeded": http.StatusConflict,
	"ReportInProgress":              http.StatusNotFound,
	"ReportNotPresent":              http.StatusGone,
	"ServiceFailure":                http.StatusInternalServerError,
}

var route53Statuses = map[string]int{
	"CidrCollectionVersionMismatchException": http.StatusConflict,
	"HealthCheckAlreadyExists":               http.StatusConflict,
	"HealthCheckVersionMismatch":             http.StatusConflict,
	"HostedZoneAlreadyExists":                http.StatusConflict,
	"KeySigningKeyAlreadyExists":             http.StatusConflict,
	"NoSuchChange":                           http.StatusNotFound,
	"NoSuchCidrCollectionException":          http.StatusNotFound,
	"NoSuchCidrLocationException":            http.StatusNotFound,
	"NoSuchCloudWatchLogsLogGroup":           http.StatusNotFound,
	"NoSuchGeoLocation":                      http.StatusNotFound,
	"NoSuchHealthCheck":                      http.StatusNotFound,
	"NoSuchHostedZone":                       http.StatusNotFound,
	"NoSuchKeySigningKey":                    http.StatusNotFound,
	"NoSuchQueryLoggingConfig":               http.StatusNotFound,
	"NoSuchTrafficPolicy":                    http.StatusNotFound,
	"NoSuchTrafficPolicyInstance":            http.StatusNotFound,
	"NotAuthorizedException":                 http.StatusUnauthorized,
	"QueryLoggingConfigAlreadyExists":        http.StatusConflict,
	"TrafficPolicyAlreadyExists":             http.StatusConflict,
	"TrafficPolicyInstanceAlreadyExists":     http.StatusConflict,
	"VPCAssociationAuthorizationNotFound":    http.StatusNotFound,
	"VPCAssociationNotFound":                 http.StatusNotFound,
}

var s3Statuses = map[string]int{
	"AccessDenied":                   http.StatusForbidden,
	"BucketAlreadyExists":            http.StatusConflict,
	"BucketAlreadyOwnedByYou":        http.StatusConflict,
	"InvalidObjectState":             http.StatusForbidden,
	"NoSuchBucket":                   http.StatusNotFound,
	"NoSuchBucketPolicy":             http.StatusNotFound,
	"NoSuchKey":                      http.StatusNotFound,
	"NoSuchTagSet":                   http.StatusNotFound,
	"NoSuchUpload":                   http.StatusNotFound,
	"NoSuchVersion":                  http.StatusNotFound,
	"NotFound":                       http.StatusNotFound,
	"ObjectAlreadyInActiveTierError": http.StatusForbidden,
	"ObjectNotInActiveTierError":     http.StatusForbidden,
}
