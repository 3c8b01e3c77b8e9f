package kube

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/tranship/tranship/internal/cutover"
)

// A state of a few tasks is stored as it is, so that people can read it. Beyond
// maxPlain bytes it is packed: ids and attributes repeat, so that 200 tasks fit
// where they would need three times the room.
const (
	maxPlain = 16 << 10
	maxState = 1 << 20 // unpacked; more is no state of ours
)

// packed is a state that is stored compressed. Schema, Phase and Command stand
// beside it because others look at them.
type packed struct {
	Schema  int           `json:"schema"`
	Phase   cutover.Phase `json:"phase,omitempty"`
	Command string        `json:"command,omitempty"`
	Gzip    []byte        `json:"gzip"`
}

// encodeState stores a state. What is stored already is kept as it is where it
// says the same, so that nothing is written for nothing, and where this version
// cannot know all of it.
func encodeState(before *runtime.RawExtension, s cutover.State) (*runtime.RawExtension, error) {
	if s.Schema > cutover.Schema && before != nil {
		return before, nil
	}
	raw, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("encode the state: %w", err)
	}
	if len(raw) > maxPlain {
		if raw, err = pack(s, raw); err != nil {
			return nil, err
		}
	}
	if before != nil && sameJSON(before.Raw, raw) {
		return before, nil
	}
	return &runtime.RawExtension{Raw: raw}, nil
}

func pack(s cutover.State, raw []byte) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(raw); err != nil {
		return nil, fmt.Errorf("pack the state: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("pack the state: %w", err)
	}
	out, err := json.Marshal(packed{Schema: s.Schema, Phase: s.Phase, Command: s.Command, Gzip: b.Bytes()})
	if err != nil {
		return nil, fmt.Errorf("encode the packed state: %w", err)
	}
	return out, nil
}

// decodeState reads what encodeState wrote. A state that cannot be read is no
// state of a new crossing: it counts as one of a newer version, which is held.
func decodeState(r *runtime.RawExtension) (cutover.State, error) {
	if r == nil || len(r.Raw) == 0 || bytes.Equal(bytes.TrimSpace(r.Raw), []byte("null")) {
		return cutover.State{}, nil
	}
	unreadable := cutover.State{Schema: cutover.Schema + 1}
	var p packed
	if err := json.Unmarshal(r.Raw, &p); err != nil {
		return unreadable, fmt.Errorf("status.crossing does not read: %w", err)
	}
	raw := r.Raw
	if len(p.Gzip) > 0 {
		z, err := gzip.NewReader(bytes.NewReader(p.Gzip))
		if err != nil {
			return unreadable, fmt.Errorf("status.crossing does not unpack: %w", err)
		}
		if raw, err = io.ReadAll(io.LimitReader(z, maxState+1)); err != nil {
			return unreadable, fmt.Errorf("status.crossing does not unpack: %w", err)
		}
		if len(raw) > maxState {
			return unreadable, errors.New("status.crossing unpacks to more than any state has")
		}
	}
	var s cutover.State
	if err := json.Unmarshal(raw, &s); err != nil {
		if p.Schema > cutover.Schema {
			return cutover.State{Schema: p.Schema}, nil
		}
		return unreadable, fmt.Errorf("status.crossing does not read: %w", err)
	}
	return s, nil
}

// sameJSON compares what two texts say: the API server sorts the keys.
func sameJSON(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	read := func(raw []byte) (any, bool) {
		var v any
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		err := d.Decode(&v)
		return v, err == nil
	}
	x, okx := read(a)
	y, oky := read(b)
	return okx && oky && reflect.DeepEqual(x, y)
}
