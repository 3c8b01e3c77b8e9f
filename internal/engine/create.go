package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

// KindCreate and KindDelete are the kinds of entries about whole services.
const (
	KindCreate          = "CreateService"
	KindCreateNamespace = "CreateNamespace"
	KindDelete          = "DeleteService"
)

// NewNamespace is the namespace to be made for a name that none holds.
type NewNamespace struct {
	Name string
	Kind names.ZoneKind
	VPC  string // of a private one
}

// Create makes the Cloud Map service of a name that has none, where that is
// asked for and allowed; want says all of it but its name. ns, if not nil, is made
// first where no namespace holds the name: that takes an operation, so the first
// call ends in ErrNotFound and a later one finds it. ErrNotFound: nothing was
// created. One that somebody else made meanwhile is as good.
func (e *Engine) Create(ctx context.Context, dnsName string, want names.Settings, ns *NewNamespace) (names.Ref, error) {
	if e.Creator == nil {
		return names.Ref{}, fmt.Errorf("%w: the name %s has no Cloud Map service, and none is created (--create)", names.ErrNotFound, dnsName)
	}
	zone, err := e.Creator.Zone(ctx, dnsName)
	if errors.Is(err, names.ErrNotFound) && ns != nil {
		return names.Ref{}, e.createNamespace(ctx, dnsName, *ns)
	}
	if err != nil {
		return names.Ref{}, err
	}
	want.Name, want.Namespace = strings.TrimSuffix(dnsName, "."+zone.Name), zone.Name
	if !zone.InDNS() {
		want.Type, want.Records = names.TypeHTTP, nil
	}
	if err := want.Creatable(zone); err != nil {
		return names.Ref{}, fmt.Errorf("%w: the Cloud Map service of %s: %w", names.ErrInvalid, dnsName, err)
	}
	entry := Entry{At: e.Clock.Now(), Kind: KindCreate, Why: fmt.Sprintf("asked for, and no service keeps %s: CreateService Name=%s NamespaceId=%s DnsRecords=%s RoutingPolicy=%s",
		dnsName, want.Name, zone.ID, encoded(want.Records), want.Routing)}
	if e.DryRun {
		e.Journal.Would(entry)
		return names.Ref{}, fmt.Errorf("%w: the name %s has no Cloud Map service; a dry run creates none", names.ErrNotFound, dnsName)
	}
	ref, err := e.Creator.CreateService(ctx, zone, want, e.createToken(dnsName, entry.At))
	entry.Ref, entry.Err = ref, err
	e.Journal.Wrote(entry)
	if errors.Is(err, names.ErrConflict) && !ref.IsZero() {
		return ref, nil
	}
	if err != nil {
		return names.Ref{}, fmt.Errorf("create the Cloud Map service of %s: %w", dnsName, err)
	}
	return ref, nil
}

// createNamespace starts to make the namespace of a name; it always ends in an
// error that says how far that is.
func (e *Engine) createNamespace(ctx context.Context, dnsName string, ns NewNamespace) error {
	entry := Entry{At: e.Clock.Now(), Kind: KindCreateNamespace, Why: fmt.Sprintf("asked for, and no namespace holds %s: Name=%s Kind=%s Vpc=%s", dnsName, ns.Name, ns.Kind, ns.VPC)}
	if !strings.HasSuffix(dnsName, "."+ns.Name) {
		return fmt.Errorf("%w: the name %s is not below the namespace %s that may be created", names.ErrNotFound, dnsName, ns.Name)
	}
	if e.DryRun {
		e.Journal.Would(entry)
		return fmt.Errorf("%w: no namespace holds %s; a dry run creates none", names.ErrNotFound, dnsName)
	}
	op, err := e.Creator.CreateNamespace(ctx, ns.Name, ns.Kind, ns.VPC, e.createToken(ns.Name, entry.At.Truncate(time.Minute)))
	entry.Op, entry.Err = op, err
	e.Journal.Wrote(entry)
	switch {
	case err == nil || errors.Is(err, names.ErrConflict):
		return fmt.Errorf("%w: the namespace %s is being created", names.ErrNotFound, ns.Name)
	default:
		return fmt.Errorf("create the Cloud Map namespace %s: %w", ns.Name, err)
	}
}

// createToken is the CreatorRequestId: the same for tries within one minute, so
// that a lost reply does not make two.
func (e *Engine) createToken(name string, at time.Time) string {
	h := sha256.Sum256([]byte(e.Bounds.Owner + "\n" + name + "\n" + at.Truncate(time.Minute).UTC().Format(time.RFC3339)))
	return hex.EncodeToString(h[:])[:32]
}

// leave forgets a name that nobody asks for and that has nothing of ours. A
// service that we made is deleted first, where the policy says so, once the last
// answer with something of it has expired.
func (e *Engine) leave(ctx context.Context, ref names.Ref, m *memory, s judged, err error) (Result, error) {
	if !e.DeleteEmpty || e.Policy != registrar.Sync || e.Creator == nil || len(s.view.V.Instances) > 0 {
		e.forget(ref)
		return Result{}, err
	}
	if m.emptied.IsZero() {
		m.emptied = s.now
	}
	until := m.emptied.Add(max(e.Bounds.Propagation+s.view.V.Settings.LongestAnswer(), leastStay))
	if s.now.Before(until) {
		return Result{At: until}, err
	}
	if made, merr := e.made(ctx, ref, m); merr != nil || !made {
		if merr == nil {
			e.forget(ref)
			return Result{}, err
		}
		return Result{At: s.now.Add(e.Rest)}, errors.Join(err, merr)
	}
	entry := Entry{At: s.now, Ref: ref, Kind: KindDelete, Why: "made by us, empty, and nobody asks for it"}
	if e.DryRun {
		e.Journal.Would(entry)
		e.forget(ref)
		return Result{}, err
	}
	entry.Err = e.Creator.DeleteService(ctx, ref)
	e.Journal.Wrote(entry)
	if entry.Err != nil && !errors.Is(entry.Err, names.ErrConflict) {
		return Result{At: s.now.Add(max(e.Rest, time.Second))}, errors.Join(err, fmt.Errorf("delete the Cloud Map service of %s: %w", s.view.V.Settings.DNSName(), entry.Err))
	}
	e.forget(ref)
	return Result{}, err
}
