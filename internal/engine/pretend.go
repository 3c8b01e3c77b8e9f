package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"

	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

// pretend is the Writer of a dry run: it says each call once, just as it would
// be sent, and sends nothing.
type pretend struct {
	clock   Clock
	journal Journal
	mu      sync.Mutex
	said    map[pretended]bool
}

type pretended struct {
	ref  names.Ref
	kind registrar.Kind
	id   names.ID
}

func (p *pretend) would(ref names.Ref, kind registrar.Kind, id names.ID, why string) {
	p.mu.Lock()
	key := pretended{ref, kind, id}
	again := p.said[key]
	p.said[key] = true
	p.mu.Unlock()
	if !again {
		p.journal.Would(Entry{At: p.clock.Now(), Ref: ref, Kind: string(kind), ID: id, Why: why})
	}
}

// Register says what would be registered.
func (p *pretend) Register(_ context.Context, ref names.Ref, i names.Instance, _ string) (string, error) {
	p.would(ref, registrar.Register, i.ID, fmt.Sprintf("RegisterInstance ServiceId=%s InstanceId=%s Attributes=%s", ref.ServiceID, i.ID, encoded(i.Attributes)))
	return "", nil
}

// Deregister says what would be taken out.
func (p *pretend) Deregister(_ context.Context, ref names.Ref, id names.ID) (string, error) {
	p.would(ref, registrar.Remove, id, fmt.Sprintf("DeregisterInstance ServiceId=%s InstanceId=%s", ref.ServiceID, id))
	return "", nil
}

// SetHealth says whose health would be set.
func (p *pretend) SetHealth(_ context.Context, ref names.Ref, id names.ID, h names.Health) error {
	kind := registrar.SetHealthy
	if h == names.Unhealthy {
		kind = registrar.SetUnhealthy
	}
	p.would(ref, kind, id, fmt.Sprintf("UpdateInstanceCustomHealthStatus ServiceId=%s InstanceId=%s Status=%s", ref.ServiceID, id, h))
	return nil
}

// UpdateSettings says what would be written into the service.
func (p *pretend) UpdateSettings(_ context.Context, ref names.Ref, s names.Settings) (string, error) {
	description := "null"
	if s.Description != nil {
		description = strconv.Quote(*s.Description)
	}
	p.would(ref, registrar.SetRecords, "", fmt.Sprintf("UpdateService Id=%s Description=%s DnsRecords=%s", ref.ServiceID, description, encoded(s.Records)))
	return "", nil
}

// encoded is a value as JSON, whose objects have their keys in order.
func encoded(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error() // no value of ours fails
	}
	return string(b)
}
