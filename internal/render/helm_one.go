package render

import (
	"embed"
	"io/fs"
	"slices"
	"strings"
)

// chartOfAll is the chart that all services share. It has no data of theirs.
//
//go:embed all:helmone
var chartOfAll embed.FS

// helmOne is one chart, and values per service, which have its objects whole:
//
//	chart                                  the same for all
//	fleet                                  what several services need
//	services/NAMESPACE/NAME/values.yaml    the objects of a service
//	services/…/values-ENVIRONMENT.yaml     a person's
func (r *renderer) helmOne() error {
	const top = "helm-one/"
	err := fs.WalkDir(chartOfAll, "helmone", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := chartOfAll.ReadFile(path)
		r.put(File{Path: top + "chart" + strings.TrimPrefix(path, "helmone"), Data: data})
		return err
	})
	if err != nil {
		return err
	}
	if err := r.fleetFiles(top + "fleet/"); err != nil {
		return err
	}
	for _, s := range r.fleet.services {
		if err := r.objectValues(top+s.path(), s); err != nil {
			return err
		}
	}
	return nil
}

func (r *renderer) objectValues(path string, s *service) error {
	objects := map[string]any{}
	var notes []note
	taken := map[string]bool{}
	for _, o := range s.objects {
		key := strings.TrimSuffix(fileName(o, taken), ".yaml")
		objects[key] = o.tree
		for _, n := range o.notes {
			notes = append(notes, note{strings.TrimSuffix("objects."+key+"."+n.Path, "."), n.Text})
		}
	}
	n, err := nodeOf(map[string]any{"namespace": s.namespace, "objects": objects}, "")
	if err != nil {
		return err
	}
	annotate(n, notes)
	data, err := encode(n)
	if err != nil {
		return err
	}
	r.put(File{Path: path + "/values.yaml", Data: slices.Concat(header("From "+s.from, r.opts.Snapshot), data)})
	for _, e := range r.opts.Environments {
		r.put(File{Path: path + "/values-" + e + ".yaml", Yours: true, Data: []byte(comment(s.name+" in "+e+
			". Yours: made once, and never written again. What you write here wins over values.yaml, which follows ECS; "+
			"chart/values.yaml says what there is to write.") + "\n" + "{}\n")})
	}
	return nil
}
