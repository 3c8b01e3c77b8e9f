package inventory

import (
	"encoding/json"
	"time"
)

// APIVersion is what a Snapshot's JSON says it is.
const APIVersion = "tranship.dev/snapshot/v1"

// Snapshot is what several accounts and regions had at one moment. Lists are never
// null, and sorted as Sort says.
type Snapshot struct {
	APIVersion string    `json:"apiVersion"`
	TakenAt    time.Time `json:"takenAt"`
	// Digest is of everything but TakenAt: equal digests are equal fleets.
	Digest string `json:"digest"`

	Places          []Place          `json:"places"` // where it was looked
	Clusters        []Cluster        `json:"clusters"`
	Services        []Service        `json:"services"`
	TaskDefinitions []TaskDefinition `json:"taskDefinitions"`
	Namespaces      []Namespace      `json:"namespaces"`
	Names           []Name           `json:"names"`
	TargetGroups    []TargetGroup    `json:"targetGroups"`
	LoadBalancers   []LoadBalancer   `json:"loadBalancers"`
	Roles           []Role           `json:"roles"`
	SecurityGroups  []SecurityGroup  `json:"securityGroups"`
	Subnets         []Subnet         `json:"subnets"`
	Unknown         []Unknown        `json:"unknown"`
}

// Document is an object in AWS' own words: the JSON that `aws ecs describe-…` prints
// of it, with keys in order and without what is not set.
type Document = json.RawMessage

// Place is an account in a region. Everything in a Snapshot says its place, because
// names are unique in it alone.
type Place struct {
	Account string `json:"account"` // twelve digits
	Region  string `json:"region"`
}

// Unknown is a part that could not be read. What it would have said is not known,
// which is never the same as not there.
type Unknown struct {
	Place
	// Part is what is missing: clusters, services, taskDefinitions, scaling, names,
	// instances, targetGroups, loadBalancers, roles, securityGroups, subnets; or
	// account, where nothing could be asked.
	Part   string `json:"part"`
	Object string `json:"object,omitempty"` // of which object; "" for all of the part
	// Permission is the IAM action that was denied, such as ecs:DescribeServices; "" if
	// it failed otherwise.
	Permission string `json:"permission,omitempty"`
	Why        string `json:"why"`
}

// TaskDefinition is one revision that a Service runs.
type TaskDefinition struct {
	Place
	ARN    string `json:"arn"`
	Family string `json:"family"`
	// Revision counts from 1.
	Revision int    `json:"revision"`
	Status   string `json:"status"` // ACTIVE, INACTIVE, DELETE_IN_PROGRESS
	// Document is the taskDefinition of DescribeTaskDefinition, with the tags that AWS
	// prints beside it as its tags.
	Document Document `json:"document"`
}

// Cluster is an ECS cluster.
type Cluster struct {
	Place
	Name     string   `json:"name"`
	ARN      string   `json:"arn"`
	Document Document `json:"document"` // of DescribeClusters
}
