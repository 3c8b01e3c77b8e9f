package render

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"path"
	"slices"
	"strings"
)

// Changes are what a run does to the files of the run before. Lists are in order of
// path.
type Changes struct {
	Created, Changed, Removed []string
	// Unchanged counts files of ours that stay as they are.
	Unchanged int
	// Kept are a person's files: they are there, and were left alone.
	Kept []string
	// Orphaned are files of services that are not in this run, or no more in ECS, and a
	// person's files about something that is gone. They are left alone, too.
	Orphaned []string
	// Edited are files of ours that somebody edited, or that were there before us.
	Edited []string

	edits []edit // what Created, Changed and Removed stand for, in order of path
}

// Any says whether there is anything to write.
func (c Changes) Any() bool { return len(c.edits) > 0 }

// edit is one file before and after; nil is not there.
type edit struct {
	path        string
	before, now []byte
	yours       bool
}

// compare says what leads from the files on disk to those that are wanted. disk has
// the files of both that are there; last is what the run before wrote.
//
// A service that is no more in ECS is the end of a move, and one that this run is not
// about is not to be touched: their files stay, and those of what several services
// need, unless gone says that they should not.
func compare(last marker, disk map[string][]byte, files Files, keep func(string) bool, gone bool) Changes {
	var c Changes
	wanted, services := map[string]bool{}, servicesOf(files)
	for _, f := range files {
		wanted[f.Path] = true
		before, there := disk[f.Path]
		switch {
		case !there:
			c.Created = append(c.Created, f.Path)
			c.edits = append(c.edits, edit{path: f.Path, now: f.Data, yours: f.Yours})
		case f.Yours || keep(f.Path):
			c.Kept = append(c.Kept, f.Path)
		case bytes.Equal(before, f.Data):
			c.Unchanged++
		case !last.wrote(f.Path, before):
			c.Edited = append(c.Edited, f.Path)
			c.Changed = append(c.Changed, f.Path)
			c.edits = append(c.edits, edit{path: f.Path, before: before, now: f.Data})
		case bytes.Equal(withoutSnapshot(before), withoutSnapshot(f.Data)):
			c.Unchanged++
		default:
			c.Changed = append(c.Changed, f.Path)
			c.edits = append(c.edits, edit{path: f.Path, before: before, now: f.Data})
		}
	}
	for _, p := range slices.Sorted(maps.Keys(disk)) {
		switch {
		case wanted[p]:
		case slices.Contains(last.Yours, p), keep(p), !gone && left(p, services):
			c.Orphaned = append(c.Orphaned, p)
		default:
			if !last.wrote(p, disk[p]) {
				c.Edited = append(c.Edited, p)
			}
			c.Removed = append(c.Removed, p)
			c.edits = append(c.edits, edit{path: p, before: disk[p]})
		}
	}
	slices.Sort(c.Edited)
	slices.SortFunc(c.edits, func(a, b edit) int { return bytes.Compare([]byte(a.path), []byte(b.path)) })
	return c
}

// marker is what a run leaves behind for the next: which files it wrote, and what
// stood in them.
type marker struct {
	APIVersion string `json:"apiVersion"`
	// Files are ours, with the digests of their bytes.
	Files map[string]string `json:"files"`
	// Yours are a person's, which we made once.
	Yours []string `json:"yours"`
	// Next is what a run was about to write when it was stopped.
	Next map[string]string `json:"next,omitempty"`
}

const markerVersion = "tranship.dev/render/v1"

// wrote says that a file's bytes come from us.
func (m marker) wrote(path string, data []byte) bool {
	d := digest(data)
	return m.Files[path] == d || m.Next[path] == d
}

// after is the marker once the changes are made.
func (m marker) after(c Changes, disk map[string][]byte, files Files) marker {
	out := marker{APIVersion: markerVersion, Files: map[string]string{}, Yours: slices.Clone(c.Kept)}
	for _, p := range c.Orphaned {
		if d, ours := m.Files[p]; ours {
			out.Files[p] = d
			continue
		}
		out.Yours = append(out.Yours, p)
	}
	written := map[string]bool{}
	for _, e := range c.edits {
		written[e.path] = true
	}
	for _, f := range files {
		switch {
		case f.Yours:
			out.Yours = append(out.Yours, f.Path)
		case slices.Contains(c.Kept, f.Path):
		case written[f.Path]:
			out.Files[f.Path] = digest(f.Data)
		default:
			out.Files[f.Path] = digest(disk[f.Path])
		}
	}
	slices.Sort(out.Yours)
	out.Yours = slices.Compact(out.Yours)
	return out
}

// serviceOf is what of a path names a service, with the form before it:
// helm/services/shop/orders; "" for files of no service.
func serviceOf(p string) string {
	form, rest, ok := strings.Cut(p, "/services/")
	if !ok {
		return ""
	}
	namespace, rest, _ := strings.Cut(rest, "/")
	name, _, _ := strings.Cut(rest, "/")
	return form + "/services/" + namespace + "/" + strings.TrimSuffix(name, ".yaml")
}

func servicesOf(files Files) map[string]bool {
	out := map[string]bool{}
	for _, f := range files {
		out[serviceOf(f.Path)] = true
	}
	return out
}

// left says that a file which is not wanted now is about another service than this
// run, or about what several need.
func left(p string, services map[string]bool) bool {
	if s := serviceOf(p); s != "" {
		return !services[s]
	}
	return strings.Contains(p, "/fleet/") || strings.HasSuffix(p, "/fleet.yaml")
}

// withLeft are the files with what is left of earlier runs in their lists.
func withLeft(disk map[string][]byte, files Files) Files {
	services, wanted := servicesOf(files), map[string]bool{}
	for _, f := range files {
		wanted[f.Path] = true
	}
	stays := func(target string) bool {
		for p := range disk {
			if !wanted[p] && (p == target || strings.HasPrefix(p, target+"/")) && left(p, services) {
				return true
			}
		}
		return false
	}
	files = slices.Clone(files)
	for i, f := range files {
		if !f.Lists {
			continue
		}
		have := strings.Split(string(f.Data), "\n")
		for line := range strings.Lines(string(disk[f.Path])) {
			line = strings.TrimSuffix(line, "\n")
			entry, ok := strings.CutPrefix(line, "- ")
			if ok && !slices.Contains(have, line) && stays(path.Join(path.Dir(f.Path), entry)) {
				files[i].Data = append(slices.Clip(files[i].Data), line+"\n"...)
			}
		}
	}
	return files
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}
