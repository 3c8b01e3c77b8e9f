package cutover

import (
	"slices"
	"time"

	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

// Schema is the version of State that this code writes. A newer one is held.
const Schema = 1

// State is intent, and what cannot be seen again; nothing else. It is stored in
// the status of a ServiceMigration by resourceVersion before anything is done.
type State struct {
	Schema    int       `json:"schema,omitempty"`
	For       Pin       `json:"for,omitzero"`
	Direction Direction `json:"direction,omitempty"`
	Phase     Phase     `json:"phase,omitempty"`
	Step      int       `json:"step,omitempty"`
	Entered   time.Time `json:"entered,omitzero"`  // into Phase, whole seconds
	Deadline  time.Time `json:"deadline,omitzero"` // of Phase or its step; zero: none runs
	Overdue   bool      `json:"overdue,omitempty"` // a person was told
	Original  *Original `json:"original,omitempty"`
	Wrote     bool      `json:"wrote,omitempty"` // something was or may have been changed in AWS

	ReadySince time.Time  `json:"readySince,omitzero"` // the workload has been ready
	Present    []Presence `json:"present,omitempty"`   // own instances seen in the name, sorted
	Reached    time.Time  `json:"reached,omitzero"`    // what the step wishes is seen since
	BackSince  time.Time  `json:"backSince,omitzero"`  // the ECS side is seen complete since
	OursGone   time.Time  `json:"oursGone,omitzero"`   // no own instance is seen since
	Settled    bool       `json:"settled,omitempty"`   // and nobody may hold one any more

	Out      []Withdrawn      `json:"out,omitempty"`     // sorted by id
	Gone     []Absence        `json:"gone,omitempty"`    // sorted by id
	TTLSeen  []TTLSpan        `json:"ttlSeen,omitempty"` // oldest first
	Sent     []registrar.Sent `json:"sent,omitempty"`    // sorted by id and kind
	LastRead time.Time        `json:"lastRead,omitzero"` // of the name; coarse
	Carried  int              `json:"carried,omitempty"` // endpoints ECS must carry on the way back

	Raised   int       `json:"raised,omitempty"`  // times that ECS got new tasks while it was drained
	Halt     string    `json:"halt,omitempty"`    // why a person is needed; "" if not
	Command  string    `json:"command,omitempty"` // nonce of the last command taken
	Latched  *Command  `json:"latched,omitempty"` // pause, halt or rollback, until released
	Beneath  *Command  `json:"beneath,omitempty"` // the rollback that a latched pause or halt stops
	Grants   []Grant   `json:"grants,omitempty"`
	Findings []Finding `json:"findings,omitempty"`
	Returned string    `json:"returned,omitempty"` // ECS task that re-entered after Migrated
	History  []Mark    `json:"history,omitempty"`  // phases with times, newest last
}

// Pin is what a crossing was begun with. A change halts it.
type Pin struct {
	UID            string `json:"uid,omitempty"`
	Ref            string `json:"ref,omitempty"`
	ServiceARN     string `json:"serviceARN,omitempty"`
	TaskDefinition string `json:"taskDefinition,omitempty"`
	Generation     int64  `json:"generation,omitempty"`
}

// Direction of a crossing.
type Direction string

// Directions.
const (
	Forward Direction = "Forward"
	Back    Direction = "Back"
)

// Original is what the way back needs, saved before the first write.
type Original struct {
	Records  []names.Record `json:"records"`
	Desired  int            `json:"desired"`
	Capacity int            `json:"capacity"` // max(desired, running) at the start
	// Carry are the attributes that the tasks have alike: pods get them, too, while
	// the crossing lasts.
	Carry map[string]string `json:"carry,omitempty"`
}

// Saved is the part of the state that is also kept in an annotation, because a
// status is lost with a backup or a cluster move.
type Saved struct {
	Schema   int      `json:"schema"`
	For      Pin      `json:"for"`
	Original Original `json:"original"`
	// Rollback is a person's word that holds: the annotation of commands keeps
	// the last one only, which may be a later pause.
	Rollback *Command `json:"rollback,omitempty"`
}

// Saved is what of the state is to be kept elsewhere, too; ok is false as long
// as there is nothing to bring back.
func (s State) Saved() (kept Saved, ok bool) {
	if !s.Wrote || s.Original == nil {
		return Saved{}, false
	}
	kept = Saved{Schema: Schema, For: s.For, Original: *s.Original}
	if rollback(s.Latched) {
		kept.Rollback = s.Latched
	} else if rollback(s.Beneath) {
		kept.Rollback = s.Beneath
	}
	return kept, true
}

// Withdrawn is one ECS task kept out of the name, as it was.
type Withdrawn struct {
	Instance names.Instance `json:"instance"`
	Way      registrar.Way  `json:"way"`
	At       time.Time      `json:"at"`              // when it was decided
	Returned int            `json:"again,omitempty"` // how often it came back by itself
	Back     bool           `json:"back,omitempty"`  // it is being put back
}

// Presence is one own instance that is seen in the name and whose pod serves.
type Presence struct {
	ID names.ID `json:"id"`
	// Since is when it was first seen; zero once every authoritative server
	// must know it.
	Since time.Time `json:"since,omitzero"`
}

// TTLSpan is a TTL that answers may have carried, until Until. The last span is
// the present one and has no end.
type TTLSpan struct {
	TTL   int64     `json:"ttl"`
	Until time.Time `json:"until,omitzero"`
}

// Mark is one entry of the history.
type Mark struct {
	Phase Phase     `json:"phase"`
	At    time.Time `json:"at"`
	Note  string    `json:"note,omitempty"`
}

// clone shares nothing that Next changes.
func (s State) clone() State {
	s.Out = slices.Clone(s.Out)
	s.Gone = slices.Clone(s.Gone)
	s.Present = slices.Clone(s.Present)
	s.TTLSeen = slices.Clone(s.TTLSeen)
	s.Sent = slices.Clone(s.Sent)
	s.Grants = slices.Clone(s.Grants)
	s.Findings = slices.Clone(s.Findings)
	s.History = slices.Clone(s.History)
	if s.Original != nil {
		o := *s.Original
		o.Records = slices.Clone(o.Records)
		s.Original = &o
	}
	if s.Latched != nil {
		c := *s.Latched
		s.Latched = &c
	}
	if s.Beneath != nil {
		c := *s.Beneath
		s.Beneath = &c
	}
	return s
}
