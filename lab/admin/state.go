package admin

import (
	"context"
	"errors"
	"time"

	"github.com/tranship/tranship/lab/fault"
)

// World is the lab, as far as it can be looked at and disturbed from outside.
// Errors: ErrNotFound for what is not there.
type World interface {
	State(ctx context.Context) (State, error)
	KillTask(ctx context.Context, id string) error
	Pod(ctx context.Context, namespace, name string, do PodAct) error
	// Zone loses an availability zone, or restores it.
	Zone(ctx context.Context, name string, lost bool) error
}

// ErrNotFound says that there is no such task, pod, zone or fault.
var ErrNotFound = errors.New("not in this lab")

// PodAct is what can be done to a pod.
type PodAct string

// The acts.
const (
	KillPod    PodAct = "kill"    // its container dies and is started again
	UnreadyPod PodAct = "unready" // it fails its readiness check from now on
	ReadyPod   PodAct = "ready"   // no longer
)

// State is the lab at one moment.
type State struct {
	Now    time.Time      `json:"now"`
	Timing string         `json:"timing"`
	Rates  string         `json:"rates"`
	Faults []fault.Active `json:"faults"`

	Services []Service `json:"services"`
	Tasks    []Task    `json:"tasks"`
	Pods     []Pod     `json:"pods"`
	Zones    []Zone    `json:"zones"`
}

// Service is an ECS service.
type Service struct {
	Name    string `json:"name"`
	Running int    `json:"running"` // its tasks that are RUNNING
	Tasks   int    `json:"tasks"`   // that are not STOPPED
}

// Task is an ECS task that is not STOPPED.
type Task struct {
	ID      string `json:"id"`
	Service string `json:"service"`
	Zone    string `json:"zone"`
	Address string `json:"address"`
	Status  string `json:"status"`  // lastStatus
	Desired string `json:"desired"` // desiredStatus
	Healthy bool   `json:"healthy"`
}

// Pod is a pod that the lab's nodes run.
type Pod struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Node      string `json:"node"`
	Address   string `json:"address"`
	Ready     bool   `json:"ready"`
}

// Zone is an availability zone.
type Zone struct {
	Name string `json:"name"`
	Lost bool   `json:"lost"`
}
