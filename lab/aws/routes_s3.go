package aws

import "reflect"

// s3Routes is where S3's operations have their members: those that read. Source:
// the S3 API model, 2006-03-01. Uploads are not here.
var s3Routes = map[string]binding{
	"GetBucketLocation": {
		http:   "GET /{Bucket}?location",
		header: "ExpectedBucketOwner=x-amz-expected-bucket-owner",
		root:   "LocationConstraint",
		bare:   "LocationConstraint",
	},
	"GetBucketPolicy": {
		http:    "GET /{Bucket}?policy",
		header:  "ExpectedBucketOwner=x-amz-expected-bucket-owner",
		payload: "Policy",
	},
	"GetBucketTagging": {
		http:   "GET /{Bucket}?tagging",
		header: "ExpectedBucketOwner=x-amz-expected-bucket-owner",
		root:   "Tagging",
	},
	"GetBucketVersioning": {
		http:   "GET /{Bucket}?versioning",
		header: "ExpectedBucketOwner=x-amz-expected-bucket-owner",
		root:   "VersioningConfiguration",
	},
	"GetObject": {
		http: "GET /{Bucket}/{Key+}", query: objectQuery, header: objectHeaders,
		out: objectAnswer, payload: "Body",
	},
	"GetObjectTagging": {
		http:   "GET /{Bucket}/{Key+}?tagging",
		query:  "VersionId=versionId",
		header: "ExpectedBucketOwner=x-amz-expected-bucket-owner RequestPayer=x-amz-request-payer",
		out:    "VersionId=x-amz-version-id",
		root:   "Tagging",
	},
	"HeadBucket": {
		http:   "HEAD /{Bucket}",
		header: "ExpectedBucketOwner=x-amz-expected-bucket-owner",
		out:    "BucketArn=x-amz-bucket-arn BucketLocationType=x-amz-bucket-location-type BucketLocationName=x-amz-bucket-location-name BucketRegion=x-amz-bucket-region AccessPointAlias=x-amz-access-point-alias",
	},
	"HeadObject": {
		http: "HEAD /{Bucket}/{Key+}", query: objectQuery, header: objectHeaders,
		out: objectAnswer + " ArchiveStatus=x-amz-archive-status",
	},
	"ListBuckets": {
		http:  "GET /",
		query: "MaxBuckets=max-buckets ContinuationToken=continuation-token Prefix=prefix BucketRegion=bucket-region",
		root:  "ListAllMyBucketsResult",
	},
	"ListObjects": {
		http:   "GET /{Bucket}",
		query:  "Delimiter=delimiter EncodingType=encoding-type Marker=marker MaxKeys=max-keys Prefix=prefix",
		header: "RequestPayer=x-amz-request-payer ExpectedBucketOwner=x-amz-expected-bucket-owner OptionalObjectAttributes=x-amz-optional-object-attributes",
		out:    "RequestCharged=x-amz-request-charged",
		root:   "ListBucketResult",
	},
	"ListObjectsV2": {
		http:   "GET /{Bucket}?list-type=2",
		query:  "Delimiter=delimiter EncodingType=encoding-type MaxKeys=max-keys Prefix=prefix ContinuationToken=continuation-token FetchOwner=fetch-owner StartAfter=start-after",
		header: "RequestPayer=x-amz-request-payer ExpectedBucketOwner=x-amz-expected-bucket-owner OptionalObjectAttributes=x-amz-optional-object-attributes",
		out:    "RequestCharged=x-amz-request-charged",
		root:   "ListBucketResult",
	},
}

// What GetObject and HeadObject have in common.
const (
	objectQuery = "ResponseCacheControl=response-cache-control " +
		"ResponseContentDisposition=response-content-disposition " +
		"ResponseContentEncoding=response-content-encoding " +
		"ResponseContentLanguage=response-content-language ResponseContentType=response-content-type " +
		"ResponseExpires=response-expires VersionId=versionId PartNumber=partNumber"
	objectHeaders = "IfMatch=If-Match IfModifiedSince=If-Modified-Since IfNoneMatch=If-None-Match " +
		"IfUnmodifiedSince=If-Unmodified-Since Range=Range " +
		"SSECustomerAlgorithm=x-amz-server-side-encryption-customer-algorithm " +
		"SSECustomerKey=x-amz-server-side-encryption-customer-key " +
		"SSECustomerKeyMD5=x-amz-server-side-encryption-customer-key-MD5 " +
		"RequestPayer=x-amz-request-payer ExpectedBucketOwner=x-amz-expected-bucket-owner " +
		"ChecksumMode=x-amz-checksum-mode"
	// Expires is what the SDK makes of ExpiresString.
	objectAnswer = "DeleteMarker=x-amz-delete-marker AcceptRanges=accept-ranges Expiration=x-amz-expiration " +
		"Restore=x-amz-restore LastModified=Last-Modified ContentLength=Content-Length ETag=ETag " +
		"ChecksumCRC32=x-amz-checksum-crc32 ChecksumCRC32C=x-amz-checksum-crc32c " +
		"ChecksumCRC64NVME=x-amz-checksum-crc64nvme ChecksumSHA1=x-amz-checksum-sha1 " +
		"ChecksumSHA256=x-amz-checksum-sha256 ChecksumSHA512=x-amz-checksum-sha512 " +
		"ChecksumMD5=x-amz-checksum-md5 ChecksumXXHASH64=x-amz-checksum-xxhash64 " +
		"ChecksumXXHASH3=x-amz-checksum-xxhash3 ChecksumXXHASH128=x-amz-checksum-xxhash128 " +
		"ChecksumType=x-amz-checksum-type MissingMeta=x-amz-missing-meta VersionId=x-amz-version-id " +
		"CacheControl=Cache-Control ContentDisposition=Content-Disposition " +
		"ContentEncoding=Content-Encoding ContentLanguage=Content-Language ContentRange=Content-Range " +
		"ContentType=Content-Type ExpiresString=Expires " +
		"WebsiteRedirectLocation=x-amz-website-redirect-location " +
		"ServerSideEncryption=x-amz-server-side-encryption Metadata=X-Amz-Meta-* " +
		"SSECustomerAlgorithm=x-amz-server-side-encryption-customer-algorithm " +
		"SSECustomerKeyMD5=x-amz-server-side-encryption-customer-key-MD5 " +
		"SSEKMSKeyId=x-amz-server-side-encryption-aws-kms-key-id " +
		"BucketKeyEnabled=x-amz-server-side-encryption-bucket-key-enabled " +
		"StorageClass=x-amz-storage-class RequestCharged=x-amz-request-charged " +
		"ReplicationStatus=x-amz-replication-status PartsCount=x-amz-mp-parts-count " +
		"TagCount=x-amz-tagging-count ObjectLockMode=x-amz-object-lock-mode " +
		"ObjectLockRetainUntilDate=x-amz-object-lock-retain-until-date " +
		"ObjectLockLegalHoldStatus=x-amz-object-lock-legal-hold ObjectLockEventHold=x-amz-object-lock-event-hold " +
		"ObjectLockEventHoldDurationDays=x-amz-object-lock-event-hold-duration-days " +
		"ObjectLockEventHoldDurationYears=x-amz-object-lock-event-hold-duration-years Expires=-"
)

// s3Subresources are parameters that make a request one about a part of a bucket
// or an object: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html
var s3Subresources = []string{
	"accelerate", "acl", "analytics", "attributes", "cors", "encryption", "intelligent-tiering", "inventory",
	"legal-hold", "lifecycle", "location", "logging", "metadataConfiguration", "metrics", "notification", "object-lock",
	"ownershipControls", "policy", "policyStatus", "publicAccessBlock", "replication", "requestPayment", "restore",
	"retention", "select", "session", "tagging", "torrent", "uploadId", "uploads", "versioning", "versions", "website",
}

// s3Lists are the names of the elements of S3's lists; those with a ~ stand where
// the list would. Source: the S3 API model.
var s3Lists = map[string]string{
	"GetBucketTaggingOutput.TagSet":      "Tag",
	"GetObjectTaggingOutput.TagSet":      "Tag",
	"ListBucketsOutput.Buckets":          "Bucket",
	"ListObjectsOutput.CommonPrefixes":   "~",
	"ListObjectsOutput.Contents":         "~",
	"ListObjectsV2Output.CommonPrefixes": "~",
	"ListObjectsV2Output.Contents":       "~",
	"Object.ChecksumAlgorithm":           "~",
}

func s3Items(owner reflect.Type, f reflect.StructField) (item string, flat bool) {
	switch item = s3Lists[owner.Name()+"."+f.Name]; item {
	case "":
		return "member", false
	case "~":
		return f.Name, true
	default:
		return item, false
	}
}

func s3Name(_ reflect.Type, f reflect.StructField) string {
	if f.Name == "MFADelete" {
		return "MfaDelete"
	}
	return f.Name
}
