package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/tranship/tranship/lab/nested"
)

// How the folders are named that a sweep looks at: those of clusters, and those that Folder makes.
const (
	folderPattern = "tranship-cluster-*"
	otherPattern  = "tranship-lab.*"
)

// ownerName is the file in such a folder that says whose it is.
const ownerName = "owner.json"

// settling is how long a folder may be there before its owner file says something.
const settling = time.Minute

// owner holds a folder, such as that of a running cluster. The file is locked as long as the owner lives: the kernel gives the lock back at
// its death, and a lock is seen from another container, too, where a process number means nothing.
type owner struct {
	file    *os.File
	content ownership
}

// ownership is what the owner file says, so that what a dead owner has left can be ended.
type ownership struct {
	PID      int       `json:"pid"`
	Started  string    `json:"started"`
	Children []process `json:"children,omitempty"`
}

// process is one of the owner's children. Its number may belong to another process by now; the time of its start tells.
type process struct {
	Name    string `json:"name"`
	PID     int    `json:"pid"`
	Started string `json:"started"`
}

// Folder makes a folder, with a short path, in the system's temporary one, for what somebody who runs a cluster has beside it.
// leave removes it. Where this process dies before that, the next Sweep does.
func Folder() (dir string, leave func() error, err error) {
	dir, holder, err := own(os.TempDir(), otherPattern)
	if err != nil {
		return "", nil, err
	}
	return dir, func() error { return errors.Join(os.RemoveAll(dir), holder.release()) }, nil
}

// own makes a folder of that name below parent and holds it.
func own(parent, pattern string) (string, *owner, error) {
	dir, err := os.MkdirTemp(parent, pattern)
	if err != nil {
		return "", nil, fmt.Errorf("making a folder: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(dir, ownerName), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return "", nil, errors.Join(fmt.Errorf("owning folder %s: %w", dir, err), os.RemoveAll(dir))
	}
	o := &owner{file: file, content: ownership{PID: os.Getpid(), Started: startTime(os.Getpid())}}
	// A sweep may be looking at the file just now, for a moment.
	err = nested.Lock(file)
	if err == nil {
		err = o.write()
	}
	if err != nil {
		return "", nil, errors.Join(fmt.Errorf("owning folder %s: %w", dir, err), file.Close(), os.RemoveAll(dir))
	}
	return dir, o, nil
}

// add notes a child.
func (o *owner) add(p process) error {
	o.content.Children = append(o.content.Children, p)
	return o.write()
}

// write puts the content into the file. It is read by others only when the lock is free, so never by halves of the living.
func (o *owner) write() error {
	content, err := json.Marshal(o.content)
	if err != nil {
		return err
	}
	if _, err := o.file.WriteAt(content, 0); err != nil {
		return fmt.Errorf("noting the cluster's owner: %w", err)
	}
	return o.file.Truncate(int64(len(content)))
}

// release lets the folder go.
func (o *owner) release() error { return o.file.Close() }

// Sweep removes the folders below parent of clusters, and of Folder, whose owner has died, and ends those of their processes that
// still run. Start does this in the folder that it is told to use; an empty parent means the system's temporary folder.
func Sweep(parent string) error {
	if parent == "" {
		parent = os.TempDir()
	}
	var all []error
	for _, pattern := range []string{folderPattern, otherPattern} {
		dirs, err := filepath.Glob(filepath.Join(parent, pattern))
		if err != nil {
			return fmt.Errorf("looking for the folders of the dead: %w", err)
		}
		for _, dir := range dirs {
			if err := sweepOne(dir, time.Now().Add(-settling)); err != nil {
				all = append(all, fmt.Errorf("sweeping what a dead owner has left: %w", err))
			}
		}
	}
	return errors.Join(all...)
}

// sweepOne removes one folder if its owner is dead. A folder that says nothing of an owner must be older than the given time.
func sweepOne(dir string, silentSince time.Time) error {
	info, err := os.Lstat(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
		return nil
	}
	if err != nil {
		return err
	}
	if !ours(info) {
		return nil
	}
	file, err := os.OpenFile(filepath.Join(dir, ownerName), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		if info.ModTime().Before(silentSince) {
			return os.RemoveAll(dir)
		}
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // gives the lock back
	if free, err := nested.TryLock(file); err != nil || !free {
		return err
	}
	content, err := io.ReadAll(file)
	if err != nil {
		return err
	}
	var left ownership
	if err := json.Unmarshal(content, &left); err != nil && !info.ModTime().Before(silentSince) {
		return nil // not written yet, or by halves; later
	}
	for _, p := range left.Children {
		if p.Started == "" || startTime(p.PID) != p.Started {
			continue
		}
		if err := syscall.Kill(-p.PID, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("ending %s: %w", p.Name, err)
		}
	}
	return os.RemoveAll(dir)
}

// ours tells whether a folder belongs to this user; those of others are for them to sweep.
func ours(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid()
}
