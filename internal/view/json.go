package view

import (
	"encoding/json"
	"io"

	"sigs.k8s.io/yaml"
)

// JSON writes the whole status, indented.
func JSON(w io.Writer, s Status) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(s)
}

// JSONLine writes the whole status as one line, for streams.
func JSONLine(w io.Writer, s Status) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(s)
}

// YAML writes the same as JSON.
func YAML(w io.Writer, s Status) error {
	b, err := yaml.Marshal(s)
	if err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}
