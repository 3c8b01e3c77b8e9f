package estate

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// Config says whose estate it is. The zero value of each field is a default.
type Config struct {
	Start   time.Time // default 2026-01-01T00:00:00Z
	Account string    // default 123456789012
	Region  string    // default ap-south-1
	VPC     string    // default vpc-0a1b2c3d4e5f60718
	Timing  Timing    // default AWS()
	Keep    Keep
	// Admit says whether the account's rates let a call of a service through;
	// nil: all. Services are named as in signatures.
	Admit func(service, operation string) bool
}

// Keep bounds what is kept; the oldest goes first.
type Keep struct {
	Events  int   // of a log group, default 200,000
	Bytes   int64 // of messages in a log group, default 64 MiB
	Objects int64 // bytes of objects in a bucket, default 32 MiB
	Queries int   // of Logs Insights, with their results, default 50
	Points  int   // of a metric, default 1,500
	// For bounds the age of events and objects; 0: no bound.
	For time.Duration
}

// Estate is what one account has in one region.
type Estate struct {
	cfg Config
	now time.Time

	elb        ELB
	iam        IAM
	cloudWatch CloudWatch
	logs       Logs
	s3         S3
	eks        EKS
	writers    []*Log
}

// New is an estate in which nothing is yet.
func New(cfg Config) *Estate {
	if cfg.Start.IsZero() {
		cfg.Start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	cfg.Start = cfg.Start.Round(0)
	text := func(s *string, otherwise string) {
		if *s == "" {
			*s = otherwise
		}
	}
	text(&cfg.Account, "123456789012")
	text(&cfg.Region, "ap-south-1")
	text(&cfg.VPC, "vpc-0a1b2c3d4e5f60718")
	if cfg.Timing == (Timing{}) {
		cfg.Timing = AWS()
	}
	cfg.Keep = cfg.Keep.withDefaults()
	e := &Estate{cfg: cfg, now: cfg.Start}
	e.elb.e, e.iam.e, e.cloudWatch.e, e.logs.e, e.s3.e, e.eks.e = e, e, e, e, e, e
	return e
}

func (k Keep) withDefaults() Keep {
	if k.Events <= 0 {
		k.Events = 200_000
	}
	if k.Bytes <= 0 {
		k.Bytes = 64 << 20
	}
	if k.Objects <= 0 {
		k.Objects = 32 << 20
	}
	if k.Queries <= 0 {
		k.Queries = 50
	}
	if k.Points <= 0 {
		k.Points = 1500
	}
	return k
}

// ELB is the facade with the client signatures of elasticloadbalancingv2.
func (e *Estate) ELB() *ELB { return &e.elb }

// IAM is the facade with the client signatures of iam.
func (e *Estate) IAM() *IAM { return &e.iam }

// CloudWatch is the facade with the client signatures of cloudwatch.
func (e *Estate) CloudWatch() *CloudWatch { return &e.cloudWatch }

// Logs is the facade with the client signatures of cloudwatchlogs.
func (e *Estate) Logs() *Logs { return &e.logs }

// S3 is the facade with the client signatures of s3.
func (e *Estate) S3() *S3 { return &e.s3 }

// EKS is the facade with the client signatures of eks.
func (e *Estate) EKS() *EKS { return &e.eks }

// Config is the configuration with its defaults filled in.
func (e *Estate) Config() Config { return e.cfg }

// Now is the time up to which everything has happened.
func (e *Estate) Now() time.Time { return e.now }

// Advance delivers what is due by now. It never goes back.
func (e *Estate) Advance(now time.Time) {
	if now = now.Round(0); !now.After(e.now) {
		return
	}
	e.now = now
	for _, l := range e.writers {
		l.deliver(now)
	}
	if e.cfg.Keep.For > 0 {
		for _, g := range e.logs.groups {
			g.forget(now, e.cfg.Keep)
		}
		for _, b := range e.s3.buckets {
			b.expire(now.Add(-e.cfg.Keep.For))
		}
	}
}

func (e *Estate) arn(service, resource string) string {
	return "arn:aws:" + service + ":" + e.cfg.Region + ":" + e.cfg.Account + ":" + resource
}

// digest is n hexadecimal digits that follow from what they stand for.
func digest(n int, parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])[:n]
}

// uuid is a digest in the form of a UUID.
func uuid(parts ...string) string {
	h := digest(32, parts...)
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-8" + h[17:20] + "-" + h[20:]
}

func ptr[T any](v T) *T { return &v }

func val[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
