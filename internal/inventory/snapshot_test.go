package inventory

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/internal/names"
)

var at = time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)

func fleet() *Snapshot {
	p := Place{"123456789012", "eu-central-1"}
	return &Snapshot{
		Services: []Service{
			{Place: p, Cluster: "prod", Name: "users", Document: Document(`{"serviceName":"users"}`)},
			{Place: p, Cluster: "prod", Name: "orders", DesiredCount: 2, Document: Document(`{ "serviceName": "orders", "x": "<" }`)},
			{Place: p, Cluster: "prod", Name: "users", Document: Document(`{"serviceName":"users"}`)},
		},
		Unknown: []Unknown{{Place: p, Part: "roles", Permission: "iam:GetRole", Why: "denied"}},
	}
}

// What is written can be read, and is the same bytes again.
func TestEncode(t *testing.T) {
	s := fleet()
	if err := s.Seal(at); err != nil {
		t.Fatal(err)
	}
	if len(s.Services) != 2 || s.Services[0].Name != "orders" || s.Names == nil {
		t.Errorf("not sorted: %+v", s)
	}
	first, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Decode(first)
	if err != nil {
		t.Fatal(err)
	}
	second, err := again.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Errorf("not the same bytes:\n%s", cmp.Diff(string(first), string(second)))
	}
	other := fleet()
	if err := other.Seal(at.Add(time.Hour)); err != nil || other.Digest != s.Digest {
		t.Errorf("%v: the same fleet an hour later has another digest", err)
	}
	other.Services[0].DesiredCount++
	if err := other.Seal(at); err != nil || other.Digest == s.Digest {
		t.Errorf("%v: another fleet has the same digest", err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, text := range []string{"", "[]", "{}", `{"apiVersion":"v1"}`, `{"apiVersion":"tranship.dev/snapshot/v1","services":3}`} {
		if _, err := Decode([]byte(text)); !errors.Is(err, names.ErrInvalid) {
			t.Errorf("%q: %v", text, err)
		}
	}
	s := fleet()
	if err := s.Seal(at); err != nil {
		t.Fatal(err)
	}
	data, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	changed, err := Decode(bytes.Replace(data, []byte(`"desiredCount": 2`), []byte(`"desiredCount": 3`), 1))
	if !errors.Is(err, ErrChanged) || changed == nil || changed.Services[0].DesiredCount != 3 {
		t.Errorf("a changed one: %v", err)
	}
}
