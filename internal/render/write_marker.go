package render

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// readMarker reads what the last run left, nothing in a folder that is empty.
// Errors: ErrForeign; a marker that can't be read.
func readMarker(root *os.Root) (marker, error) {
	var m marker
	data, err := root.ReadFile(markerFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		entries, err := fs.ReadDir(root.FS(), ".")
		if err != nil {
			return m, err
		}
		for _, e := range entries {
			// A repository without a file yet, or what a first run left that was killed.
			if e.Name() != ".git" && e.Name() != stageFolder {
				return m, fmt.Errorf("%w (there is %s, and no %s): name another folder", ErrForeign, e.Name(), markerFile)
			}
		}
		return m, nil
	case err != nil:
		return m, err
	}
	if err := json.Unmarshal(data, &m); err != nil {
		return m, fmt.Errorf("%s: %w", markerFile, err)
	}
	if m.APIVersion != markerVersion {
		return m, fmt.Errorf("%s: its apiVersion is %q, this tranship writes %q", markerFile, m.APIVersion, markerVersion)
	}
	for p := range m.Files {
		if _, err := NewFiles(File{Path: p}); err != nil {
			return m, fmt.Errorf("%s: %w", markerFile, err)
		}
	}
	return m, nil
}

func (m marker) bytes() ([]byte, error) {
	data, err := json.MarshalIndent(m, "", "  ")
	return append(data, '\n'), err
}
