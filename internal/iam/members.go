package iam

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// member is one of a JSON object, its value as it was written.
type member struct {
	key string
	raw json.RawMessage
}

// members are those of a JSON object, in their order.
// Errors: no object, a key that is there twice, something behind it.
func members(raw []byte) ([]member, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("it is no JSON object")
	}
	var out []member
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("it is no JSON: %w", err)
		}
		m := member{key: t.(string)} // keys of an object are strings, says package json
		if err := d.Decode(&m.raw); err != nil {
			return nil, fmt.Errorf("it is no JSON: %s: %w", m.key, err)
		}
		k := strings.ToLower(m.key)
		if seen[k] {
			return nil, fmt.Errorf("%s is there twice", m.key)
		}
		seen[k] = true
		out = append(out, m)
	}
	if _, err := d.Token(); err != nil {
		return nil, fmt.Errorf("it is no JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the document")
	}
	return out, nil
}

// joined writes members as they are.
func joined(list []member) []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		key, _ := encode(m.key) // a string is always JSON
		b.Write(key)
		b.WriteByte(':')
		b.Write(m.raw)
	}
	b.WriteByte('}')
	return b.Bytes()
}

// indented is JSON for a reader, otherwise as it was.
func indented(raw []byte) ([]byte, error) {
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}
