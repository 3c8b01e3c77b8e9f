// Package estate is what an account has beside Cloud Map and ECS, as far as
// tranship reads it: load balancers, roles, alarms, logs, buckets and EKS
// clusters. Most of it is stated by whoever sets the lab up (Add…, Set…) and
// read by the product. The logs are real: what the lab's resolver and network
// saw comes in by Log.Write and can be queried and fetched as from AWS, as late
// as AWS delivers it.
//
// As lab/cloud, an Estate does nothing by itself: it has no clock, socket or
// goroutine. Whoever owns the clock calls Advance and holds the lock; the same
// calls at the same times give the same bytes. What it keeps is bounded by
// Config.Keep.
//
// ELB, IAM, CloudWatch, Logs, S3 and EKS have the signatures and the error
// types of the clients of aws-sdk-go-v2. Each behaviour of AWS stands once in
// testdata, as a case with its source and a mark.
package estate
