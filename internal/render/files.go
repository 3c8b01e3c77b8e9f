package render

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// File is one file of the output.
type File struct {
	Path string // from the output folder, with slashes
	Data []byte
	// Yours says that it belongs to a person from the moment it is there: it is made
	// once, and then never written again.
	Yours bool
	// Lists says that lines such as "- ../base" lead to other files and folders. What is
	// left of an earlier run, see Write, stays in the list.
	Lists bool
}

// Files are the files of an output, in order of path; each path is there once.
type Files []File

// ErrPath says that a path leads out of the output folder, or is there twice.
var ErrPath = errors.New("no path of a file in the output")

// NewFiles puts files in order. Errors: ErrPath.
func NewFiles(list ...File) (Files, error) {
	f := slices.Clone(list)
	slices.SortFunc(f, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	for i, x := range f {
		if x.Path == "" || path.IsAbs(x.Path) || path.Clean(x.Path) != x.Path ||
			x.Path == ".." || strings.HasPrefix(x.Path, "../") || strings.ContainsAny(x.Path, "\\:\x00") {
			return nil, fmt.Errorf("%w: %q", ErrPath, x.Path)
		}
		if i > 0 && f[i-1].Path == x.Path {
			return nil, fmt.Errorf("%w: %q is there twice", ErrPath, x.Path)
		}
		if i > 0 && strings.HasPrefix(x.Path, f[i-1].Path+"/") {
			return nil, fmt.Errorf("%w: %q is a file and a folder", ErrPath, f[i-1].Path)
		}
	}
	return f, nil
}

// Get finds a file; nil if it is not there.
func (f Files) Get(path string) *File {
	i, ok := slices.BinarySearchFunc(f, path, func(x File, p string) int { return cmp.Compare(x.Path, p) })
	if !ok {
		return nil
	}
	return &f[i]
}
