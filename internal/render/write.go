package render

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// WriteOptions say how files are put on disk.
type WriteOptions struct {
	// Keep says of more files that they are a person's, as File.Yours does; nil: of none.
	Keep func(path string) bool
	// Overwrite writes also over files of ours that somebody edited.
	Overwrite bool
	// Gone also removes the files of services that this run is not about, as those that
	// are no more in ECS. Mind that GitOps may then take out what runs.
	Gone bool
	// DryRun only says what would change.
	DryRun bool
}

// ErrForeign says that a folder has something in it that tranship did not write.
var ErrForeign = errors.New("the folder is not empty, and tranship did not write it")

// ErrEdited says that files which each run writes anew were edited by a person.
var ErrEdited = errors.New("somebody edited files that are written anew by each run")

// markerFile lies at the top of an output folder and makes it ours.
const markerFile = ".tranship.json"

// Write puts files into a folder, which it makes if it is not there, and takes out
// those of the run before that are no more, but for services that are not in this run. A person's files are left alone, those
// that tranship made for them and any others. Nothing stays half-written: new bytes
// lie in a temporary folder first and are then renamed; if that fails, what was moved
// is moved back, and a run that was killed is completed by the next.
//
// Errors: ErrForeign, ErrEdited (with the Changes, whose Edited names them); those of
// the file system. With an error nothing has changed.
func Write(dir string, f Files, o WriteOptions) (Changes, error) {
	c, err := write(dir, f, o)
	if err != nil {
		return c, fmt.Errorf("write to %s: %w", dir, err)
	}
	return c, nil
}

func write(dir string, f Files, o WriteOptions) (Changes, error) {
	if o.Keep == nil {
		o.Keep = func(string) bool { return false }
	}
	if f.Get(markerFile) != nil {
		return Changes{}, fmt.Errorf("%w: %s", ErrPath, markerFile)
	}
	switch _, err := os.Lstat(dir); {
	case errors.Is(err, fs.ErrNotExist):
		c := compare(marker{}, nil, f, o.Keep, o.Gone)
		if o.DryRun {
			return c, nil
		}
		return c, fill(dir, f, marker{}.after(c, nil, f))
	case err != nil:
		return Changes{}, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Changes{}, err
	}
	defer func() { _ = root.Close() }() // nothing is written through it any more
	last, err := readMarker(root)
	if err != nil {
		return Changes{}, err
	}
	disk, err := readFiles(root, last, f)
	if err != nil {
		return Changes{}, err
	}
	if !o.Gone {
		f = withLeft(disk, f)
	}
	c := compare(last, disk, f, o.Keep, o.Gone)
	if len(c.Edited) > 0 && !o.Overwrite {
		return c, fmt.Errorf("%w: %s: move the edits to a file that is yours (README.md says which), or have them overwritten", ErrEdited, some(c.Edited))
	}
	if o.DryRun {
		return c, nil
	}
	return c, change(root, last, last.after(c, disk, f), c)
}

// readFiles reads what is on disk of the files of the last run and of this one.
func readFiles(root *os.Root, last marker, f Files) (map[string][]byte, error) {
	paths := map[string]bool{}
	for p := range last.Files {
		paths[p] = true
	}
	for p := range last.Next {
		paths[p] = true
	}
	for _, p := range last.Yours {
		paths[p] = true
	}
	for _, x := range f {
		paths[x.Path] = true
	}
	out := map[string][]byte{}
	for _, p := range slices.Sorted(maps.Keys(paths)) {
		data, err := root.ReadFile(filepath.FromSlash(p))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out[p] = data
	}
	return out, nil
}

// some names a few of many.
func some(paths []string) string {
	const few = 5
	if len(paths) <= few {
		return strings.Join(paths, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(paths[:few], ", "), len(paths)-few)
}
