package render

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// stated puts an object of another's API into a file.
func (r *renderer) stated(path string, head []byte, tree map[string]any, yours bool) error {
	n, err := nodeOf(tree, "")
	if err != nil {
		return err
	}
	data, err := encode(n)
	if err != nil {
		return err
	}
	r.put(File{Path: path, Data: slices.Concat(head, data), Yours: yours})
	return nil
}

func (r *renderer) address() string { return cmp.Or(r.opts.Repository.URL, somewhere) }

// revision is the branch, or of an OCI artifact the tag.
func (r *renderer) revision() string {
	return cmp.Or(r.opts.Repository.Revision, map[bool]string{true: "latest", false: "main"}[r.artifact()])
}

// artifact says that the output is read from an OCI registry.
func (r *renderer) artifact() bool { return strings.HasPrefix(r.opts.Repository.URL, "oci://") }

// inRepository is a path of the output as the repository has it.
func (r *renderer) inRepository(path string) string {
	return strings.TrimPrefix(r.opts.Repository.Path+"/"+path, "/")
}

// fleetFolder is where the form that GitOps leads to has what several services need;
// "" if there is nothing.
func (r *renderer) fleetFolder() string {
	f, _ := r.opts.below()
	switch {
	case len(r.fleet.objects) == 0:
		return ""
	case f == Kustomize:
		return "kustomize/fleet/base"
	}
	return string(f) + "/fleet"
}

// short keeps names within a limit: of a longer one the end becomes a few letters of
// its digest.
func short(s string, most int) string {
	if len(s) <= most {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	mark := "-" + hex.EncodeToString(sum[:])[:8]
	return strings.TrimRight(s[:most-len(mark)], "-.") + mark
}
