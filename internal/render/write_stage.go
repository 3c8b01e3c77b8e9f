package render

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
)

// stageFolder is where files wait until all are written.
const stageFolder = ".tranship.tmp"

// fill makes a folder that is not there yet: all of it beside, then one rename.
func fill(dir string, f Files, m marker) (err error) {
	dir = filepath.Clean(dir)
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	temp, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+".tranship-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(temp))
		}
	}()
	// MkdirTemp is for one user's eyes alone.
	if err := os.Chmod(temp, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(temp)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }() // nothing is written through it any more
	for _, x := range f {
		if err := writeFile(root, x.Path, x.Data); err != nil {
			return err
		}
	}
	data, err := m.bytes()
	if err != nil {
		return err
	}
	if err := writeFile(root, markerFile, data); err != nil {
		return err
	}
	return os.Rename(temp, dir)
}

// change carries out what was decided in a folder that is there. The marker says
// first what will be written, so that a run that is killed in the middle leaves
// nothing that the next takes for a person's.
func change(root *os.Root, last, next marker, c Changes) (err error) {
	s := &stage{root: root}
	if err := root.RemoveAll(stageFolder); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			if back := s.undo(); back != nil {
				err = fmt.Errorf("%w; what was there before is in %s: %w", err, stageFolder, back)
				return // for a person to look at
			}
		}
		err = errors.Join(err, root.RemoveAll(stageFolder))
	}()
	for i, e := range c.edits {
		if e.now == nil {
			continue
		}
		if err := writeFile(root, s.fresh(i), e.now); err != nil {
			return err
		}
	}
	if len(c.edits) > 0 {
		announced := last
		announced.APIVersion, announced.Next = markerVersion, next.Files
		if err := s.mark(announced); err != nil {
			return err
		}
	}
	for i, e := range c.edits {
		if err := s.move(i, e); err != nil {
			return err
		}
	}
	if err := s.mark(next); err != nil {
		return err
	}
	s.moved = nil // it is done: nothing is to be undone
	for _, e := range c.edits {
		if e.now == nil {
			s.sweep(path.Dir(e.path))
		}
	}
	return nil
}

// stage moves files from where they wait to where they belong, and back.
type stage struct {
	root  *os.Root
	moved []func() error
	marks int
}

func (s *stage) fresh(i int) string { return stageFolder + "/new/" + strconv.Itoa(i) }

// mark writes the marker.
func (s *stage) mark(m marker) error {
	data, err := m.bytes()
	if err != nil {
		return err
	}
	s.marks++
	at := stageFolder + "/marker-" + strconv.Itoa(s.marks)
	if err := writeFile(s.root, at, data); err != nil {
		return err
	}
	return s.replace(markerFile, at, at+"-before")
}

// move puts one file in its place.
func (s *stage) move(i int, e edit) error {
	before := stageFolder + "/old/" + strconv.Itoa(i)
	if e.now == nil {
		return s.rename(e.path, before)
	}
	return s.replace(e.path, s.fresh(i), before)
}

// replace renames from to at, after what is there went to before. An old file stands
// in its place until the new one does, but for the moment between two renames.
func (s *stage) replace(at, from, before string) error {
	switch _, err := s.root.Lstat(at); {
	case err == nil:
		if err := s.rename(at, before); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return s.rename(from, at)
}

func (s *stage) rename(from, to string) error {
	if err := s.root.MkdirAll(path.Dir(to), 0o755); err != nil {
		return err
	}
	if err := s.root.Rename(from, to); err != nil {
		return err
	}
	s.moved = append(s.moved, func() error { return s.root.Rename(to, from) })
	return nil
}

// undo moves everything back, the last first.
func (s *stage) undo() error {
	var errs []error
	for i := len(s.moved) - 1; i >= 0; i-- {
		errs = append(errs, s.moved[i]())
	}
	s.moved = nil
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("moving back what was moved: %w", err)
	}
	return nil
}

// sweep removes folders that are empty now, outwards. One that has a person's file in
// it stays, for Remove refuses it.
func (s *stage) sweep(dir string) {
	for dir != "." && s.root.Remove(dir) == nil {
		dir = path.Dir(dir)
	}
}

func writeFile(root *os.Root, name string, data []byte) error {
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	return root.WriteFile(name, data, 0o644)
}
