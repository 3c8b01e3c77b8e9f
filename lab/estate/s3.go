package estate

import (
	"bytes"
	"cmp"
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

// S3 has the methods of s3.Client that are needed to find and fetch log files.
type S3 struct {
	e       *Estate
	buckets []*bucket // by name
}

type bucket struct {
	name    string
	created time.Time
	objects []*object // by key
	age     []*object // oldest first
	bytes   int64
}

type object struct {
	key      string
	body     []byte // never changed once stored
	etag     string
	modified time.Time
}

// AddBucket makes a bucket, if it is not there.
func (s *S3) AddBucket(name string) {
	if _, found := s.find(name); !found {
		at, _ := s.find(name)
		s.buckets = slices.Insert(s.buckets, at, &bucket{name: name, created: s.e.now.Truncate(time.Second)})
	}
}

func (s *S3) find(name string) (int, bool) {
	return slices.BinarySearchFunc(s.buckets, name, func(b *bucket, name string) int { return cmp.Compare(b.name, name) })
}

// Put stores an object, in place of one with the same key. The bucket must be there.
func (s *S3) Put(bucketName, key string, body []byte) error {
	if _, found := s.find(bucketName); !found {
		return fmt.Errorf("put %s: there is no bucket %s", key, bucketName)
	}
	s.put(bucketName, key, bytes.Clone(body), s.e.now)
	return nil
}

func (s *S3) put(bucketName, key string, body []byte, at time.Time) {
	b := s.buckets[first(s.find(bucketName))]
	sum := md5.Sum(body) // what S3's ETag is
	o := &object{key: key, body: body, etag: `"` + hex.EncodeToString(sum[:]) + `"`, modified: at.Truncate(time.Second)}
	n, found := b.find(key)
	if found {
		b.forget(b.objects[n])
		n, _ = b.find(key)
	}
	b.objects = slices.Insert(b.objects, n, o)
	b.age = append(b.age, o)
	b.bytes += int64(len(body))
	for b.bytes > s.e.cfg.Keep.Objects && len(b.age) > 1 {
		b.forget(b.age[0])
	}
}

func first(n int, _ bool) int { return n }

func (b *bucket) find(key string) (int, bool) {
	return slices.BinarySearchFunc(b.objects, key, func(o *object, key string) int { return cmp.Compare(o.key, key) })
}

func (b *bucket) forget(o *object) {
	b.objects = slices.DeleteFunc(b.objects, func(p *object) bool { return p == o })
	b.age = slices.DeleteFunc(b.age, func(p *object) bool { return p == o })
	b.bytes -= int64(len(o.body))
}

// expire lets go of objects from before a time.
func (b *bucket) expire(before time.Time) {
	for len(b.age) > 0 && b.age[0].modified.Before(before) {
		b.forget(b.age[0])
	}
}

func (s *S3) bucket(name *string) (*bucket, error) {
	if n, found := s.find(val(name)); found {
		return s.buckets[n], nil
	}
	return nil, &types.NoSuchBucket{Message: ptr("The specified bucket does not exist")}
}

func s3Error(code, message string) error {
	return &smithy.GenericAPIError{Code: code, Message: message, Fault: smithy.FaultClient}
}

// ListBuckets has the signature of the client's method.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
func (s *S3) ListBuckets(ctx context.Context, in *s3.ListBucketsInput, _ ...func(*s3.Options)) (*s3.ListBucketsOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	most := 10_000
	if n := in.MaxBuckets; n != nil {
		if *n < 1 || int(*n) > most {
			return nil, s3Error("InvalidArgument", "Argument maxBuckets must be an integer between 1 and 10000")
		}
		most = int(*n)
	}
	out := &s3.ListBucketsOutput{Buckets: []types.Bucket{}, Owner: &types.Owner{ID: ptr(digest(64, s.e.cfg.Account))}, Prefix: in.Prefix}
	for _, b := range s.buckets {
		if !strings.HasPrefix(b.name, val(in.Prefix)) || b.name <= val(in.ContinuationToken) || in.BucketRegion != nil && *in.BucketRegion != s.e.cfg.Region {
			continue
		}
		if len(out.Buckets) == most {
			out.ContinuationToken = out.Buckets[most-1].Name
			break
		}
		out.Buckets = append(out.Buckets, types.Bucket{Name: ptr(b.name), CreationDate: ptr(b.created), BucketRegion: ptr(s.e.cfg.Region)})
	}
	return out, nil
}

// GetBucketLocation has the signature of the client's method. us-east-1 is "".
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
func (s *S3) GetBucketLocation(ctx context.Context, in *s3.GetBucketLocationInput, _ ...func(*s3.Options)) (*s3.GetBucketLocationOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if _, err := s.bucket(in.Bucket); err != nil {
		return nil, err
	}
	out := &s3.GetBucketLocationOutput{}
	if s.e.cfg.Region != "us-east-1" {
		out.LocationConstraint = types.BucketLocationConstraint(s.e.cfg.Region)
	}
	return out, nil
}

// ListObjectsV2 has the signature of the client's method: up to a thousand keys
// and common prefixes, in the order of their bytes.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
func (s *S3) ListObjectsV2(ctx context.Context, in *s3.ListObjectsV2Input, _ ...func(*s3.Options)) (*s3.ListObjectsV2Output, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b, err := s.bucket(in.Bucket)
	if err != nil {
		return nil, err
	}
	most := 1000
	if n := in.MaxKeys; n != nil {
		if *n < 0 {
			return nil, s3Error("InvalidArgument", "Argument maxKeys must be an integer between 0 and 2147483647")
		}
		most = min(int(*n), most)
	}
	out := &s3.ListObjectsV2Output{
		Name: in.Bucket, Prefix: ptr(val(in.Prefix)), Delimiter: in.Delimiter, MaxKeys: ptr(int32(most)), StartAfter: in.StartAfter,
		ContinuationToken: in.ContinuationToken, EncodingType: in.EncodingType, IsTruncated: ptr(false), Contents: []types.Object{},
	}
	after := val(in.StartAfter)
	if t := val(in.ContinuationToken); t != "" {
		raw, err := hex.DecodeString(t)
		if err != nil {
			return nil, s3Error("InvalidArgument", "The continuation token provided is incorrect")
		}
		after = string(raw)
	}
	prefix, delimiter, count, last := val(in.Prefix), val(in.Delimiter), 0, ""
	for _, o := range b.objects {
		if !strings.HasPrefix(o.key, prefix) || o.key <= after {
			continue
		}
		common := ""
		if delimiter != "" {
			if i := strings.Index(o.key[len(prefix):], delimiter); i >= 0 {
				common = o.key[:len(prefix)+i+len(delimiter)]
			}
		}
		if common != "" && (common == last || strings.HasPrefix(after, common)) {
			continue
		}
		if count == most {
			if most > 0 {
				out.IsTruncated, out.NextContinuationToken = ptr(true), ptr(hex.EncodeToString([]byte(last)))
			}
			break
		}
		count++
		if common != "" {
			out.CommonPrefixes, last = append(out.CommonPrefixes, types.CommonPrefix{Prefix: ptr(common)}), common
			continue
		}
		one := types.Object{
			Key: ptr(o.key), Size: ptr(int64(len(o.body))), ETag: ptr(o.etag), LastModified: ptr(o.modified), StorageClass: types.ObjectStorageClassStandard,
		}
		if val(in.FetchOwner) {
			one.Owner = &types.Owner{ID: ptr(digest(64, s.e.cfg.Account))}
		}
		out.Contents, last = append(out.Contents, one), o.key
	}
	out.KeyCount = ptr(int32(count))
	return out, nil
}

// HeadObject has the signature of the client's method. An answer to HEAD has no
// body, so that all that is missing is NotFound, and no more is said of it.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
func (s *S3) HeadObject(ctx context.Context, in *s3.HeadObjectInput, _ ...func(*s3.Options)) (*s3.HeadObjectOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b, err := s.bucket(in.Bucket)
	if err != nil {
		return nil, &types.NotFound{}
	}
	n, found := b.find(val(in.Key))
	if !found {
		return nil, &types.NotFound{}
	}
	o := b.objects[n]
	return &s3.HeadObjectOutput{
		AcceptRanges: ptr("bytes"), ContentLength: ptr(int64(len(o.body))), ContentType: ptr("application/octet-stream"), ETag: ptr(o.etag),
		LastModified: ptr(o.modified), ServerSideEncryption: types.ServerSideEncryptionAes256,
	}, nil
}

// GetObject has the signature of the client's method, with a range of bytes.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
func (s *S3) GetObject(ctx context.Context, in *s3.GetObjectInput, _ ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b, err := s.bucket(in.Bucket)
	if err != nil {
		return nil, err
	}
	n, found := b.find(val(in.Key))
	if !found {
		return nil, &types.NoSuchKey{Message: ptr("The specified key does not exist.")}
	}
	o := b.objects[n]
	if in.IfMatch != nil && *in.IfMatch != o.etag && *in.IfMatch != "*" {
		return nil, s3Error("PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
	}
	out := &s3.GetObjectOutput{
		AcceptRanges: ptr("bytes"), ContentType: ptr("application/octet-stream"), ETag: ptr(o.etag), LastModified: ptr(o.modified),
		ServerSideEncryption: types.ServerSideEncryptionAes256,
	}
	body := o.body
	if from, to, isRange := byteRange(val(in.Range), len(body)); isRange {
		if from >= to {
			return nil, s3Error("InvalidRange", "The requested range is not satisfiable")
		}
		out.ContentRange = ptr(fmt.Sprintf("bytes %d-%d/%d", from, to-1, len(body)))
		body = body[from:to]
	}
	out.Body, out.ContentLength = io.NopCloser(bytes.NewReader(body)), ptr(int64(len(body)))
	return out, nil
}

// byteRange reads a Range header with one range: bytes=a-b, bytes=a- or
// bytes=-n. What it cannot read is no range. An empty one cannot be satisfied.
// https://www.rfc-editor.org/rfc/rfc9110#name-range
func byteRange(s string, size int) (from, to int, isRange bool) {
	spec, isBytes := strings.CutPrefix(s, "bytes=")
	a, b, dash := strings.Cut(spec, "-")
	if !isBytes || !dash {
		return 0, 0, false
	}
	if a == "" {
		n, err := strconv.Atoi(b)
		return max(0, size-n), size, err == nil && n >= 0
	}
	from, err := strconv.Atoi(a)
	if err != nil || from < 0 {
		return 0, 0, false
	}
	to = size
	if b != "" {
		last, err := strconv.Atoi(b)
		if err != nil || last < from {
			return 0, 0, false
		}
		to = min(last, size-1) + 1
	}
	return from, to, true
}
