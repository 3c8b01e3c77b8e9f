package render

import (
	"bytes"
	"fmt"
)

// plain is the form for kubectl apply -R -f: what all need lies in a folder that is
// read before the services.
func (r *renderer) plain() error {
	if err := r.fleetFiles("yaml/fleet/"); err != nil {
		return err
	}
	for _, s := range r.fleet.services {
		if err := r.documents("yaml/"+s.path()+"/"+s.name+".yaml", "From "+s.from, s.objects); err != nil {
			return err
		}
	}
	return nil
}

// fleetFrom is what headers say of objects that belong to no service alone.
const fleetFrom = "What several services need"

// fleetFiles has an object a file, Namespaces before others for whoever reads folders
// in order of name.
func (r *renderer) fleetFiles(top string) error {
	taken := map[string]bool{}
	for _, o := range r.fleet.objects {
		path := top + "shared/" + fileName(o, taken)
		if o.isNamespace() {
			path = top + "namespaces/" + o.name + ".yaml"
		}
		if err := r.documents(path, fleetFrom, []*object{o}); err != nil {
			return err
		}
	}
	return nil
}

// documents writes objects into one file, in their order. kubectl takes no file
// without an object, so there is none then.
func (r *renderer) documents(path, from string, objects []*object) error {
	if len(objects) == 0 {
		return nil
	}
	var b bytes.Buffer
	b.Write(header(from, r.opts.Snapshot))
	for i, o := range objects {
		data, top, err := r.manifest(o)
		if err != nil {
			return err
		}
		if i > 0 || len(top) > 0 {
			b.WriteString("---\n")
		}
		for _, t := range top {
			fmt.Fprintln(&b, comment(t))
		}
		b.Write(data)
	}
	r.put(File{Path: path, Data: b.Bytes()})
	return nil
}

// manifest is one object, and what is to be said above it.
func (r *renderer) manifest(o *object) (data []byte, top []string, err error) {
	n, err := nodeOf(o.tree, "")
	if err != nil {
		return nil, nil, fmt.Errorf("%s %s: %w", o.kind, o.name, err)
	}
	notes := make([]note, len(o.notes))
	for i, x := range o.notes {
		notes[i] = note{x.Path, x.Text}
	}
	top = annotate(n, notes)
	data, err = encode(n)
	if err != nil {
		return nil, nil, fmt.Errorf("%s %s: %w", o.kind, o.name, err)
	}
	return data, top, nil
}
