package engine

import (
	"context"
	"time"

	"github.com/tranship/tranship/internal/cutover"
	"github.com/tranship/tranship/internal/names"
)

// Clock tells the time.
type Clock interface{ Now() time.Time }

// Reader reads a name. Every error means "not known", never "not there", but
// for ErrNotFound.
type Reader interface {
	// View reads settings, all instances with attributes and health, and the revision.
	View(ctx context.Context, ref names.Ref) (names.View, error)
	// Operation tells how an operation stands.
	Operation(ctx context.Context, ref names.Ref, id string) (cutover.Operation, error)
	// Revision reads what grows with every registration and deregistration of the
	// name. It is the cheapest look at it: one call, whatever the name has.
	Revision(ctx context.Context, ref names.Ref) (int64, error)
}

// Writer is the only way in which anything of tranship changes a name. The
// composition roots hand it to the engine and to nobody else.
//
// Each call returns once AWS took it; the returned operation id is polled later.
// A call that AWS refused because the same instance has an operation under way
// (DuplicateRequest) returns that operation's id and no error.
type Writer interface {
	// Register creates or replaces an instance, all attributes of it. token is
	// the CreatorRequestId.
	Register(ctx context.Context, ref names.Ref, inst names.Instance, token string) (op string, err error)
	// Deregister takes an instance out. One that is not there is fine: op is "".
	Deregister(ctx context.Context, ref names.Ref, id names.ID) (op string, err error)
	// SetHealth sets the custom health of an instance.
	SetHealth(ctx context.Context, ref names.Ref, id names.ID, h names.Health) error
	// UpdateSettings writes all DNS records and health settings of the service,
	// because UpdateService deletes what is left out.
	UpdateSettings(ctx context.Context, ref names.Ref, s names.Settings) (op string, err error)
}

// Creator makes and deletes Cloud Map services and namespaces. Like Writer it is
// the engine's alone.
type Creator interface {
	// Zone is the namespace that a DNS name would live in: the one with the longest
	// name that it ends in. ErrNotFound if there is none.
	Zone(ctx context.Context, dnsName string) (names.Zone, error)
	// CreateService makes a service, and marks it as made by us. ErrConflict with
	// its Ref if the name is taken. token is the CreatorRequestId.
	CreateService(ctx context.Context, zone names.Zone, want names.Settings, token string) (names.Ref, error)
	// CreateNamespace starts to make a namespace; the operation is polled with a
	// Ref of account and region alone. ErrConflict: it is there.
	CreateNamespace(ctx context.Context, name string, kind names.ZoneKind, vpc, token string) (op string, err error)
	// Describe reads where a service comes from.
	Describe(ctx context.Context, ref names.Ref) (names.Made, error)
	// DeleteService deletes a service. One that is not there is fine; one that is
	// not empty is ErrConflict.
	DeleteService(ctx context.Context, ref names.Ref) error
}

// Services reads and scales ECS services.
type Services interface {
	// Service reads the service, its tasks, its task definition. ErrNotFound if there is none.
	Service(ctx context.Context, src names.Source) (cutover.ECSService, error)
	// Scale sets desiredCount.
	Scale(ctx context.Context, src names.Source, desired int) error
}

// Resolver finds the name that an ECS service is registered in.
type Resolver interface {
	// Ref turns the Cloud Map service id of an ECS registry into a Ref.
	Ref(ctx context.Context, src names.Source, registryID string) (names.Ref, error)
	// Lookup finds a name by its DNS name. ErrNotFound if no Cloud Map service has it.
	Lookup(ctx context.Context, dnsName string) (names.Ref, error)
}
