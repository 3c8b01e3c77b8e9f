package render

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
)

// helm is a chart per service:
//
//	fleet                                  what several services need: no chart, so that no
//	                                       uninstall takes a Namespace with all that is in it
//	services/NAMESPACE/NAME                the chart, with values as ECS has them
//	services/…/values-ENVIRONMENT.yaml     a person's
func (r *renderer) helm() error {
	const top = "helm/"
	if err := r.fleetFiles(top + "fleet/"); err != nil {
		return err
	}
	for _, s := range r.fleet.services {
		if err := r.chart(top+s.path(), s); err != nil {
			return err
		}
	}
	return nil
}

func (r *renderer) chart(path string, s *service) error {
	head := header("From "+s.from, r.opts.Snapshot)
	var b bytes.Buffer
	fmt.Fprintf(&b, "%sapiVersion: v2\nname: %s\ndescription: %s\ntype: application\nversion: 0.1.0\n",
		head, s.name, inline(s.name+", from "+s.from))
	for _, o := range s.objects {
		if image := o.image(); image != "" {
			_, tag := splitImage(image)
			fmt.Fprintf(&b, "appVersion: %s\n", quoted(tag))
			break
		}
	}
	r.put(File{Path: path + "/Chart.yaml", Data: b.Bytes()})

	v := &values{tree: map[string]any{}}
	taken := map[string]bool{}
	for _, o := range s.objects {
		data, err := r.template(s, o, v)
		if err != nil {
			return err
		}
		r.put(File{Path: path + "/templates/" + fileName(o, taken), Data: data})
	}
	n, err := nodeOf(v.tree, "values")
	if err != nil {
		return err
	}
	annotate(n, v.notes)
	data, err := encode(n)
	if err != nil {
		return err
	}
	r.put(File{Path: path + "/values.yaml", Data: slices.Concat(head, data)})
	for _, e := range r.opts.Environments {
		r.put(File{Path: path + "/values-" + e + ".yaml", Yours: true, Data: []byte(comment(s.name+" in "+e+
			". Yours: made once, and never written again. What you write here wins over values.yaml, which follows ECS.\n  helm upgrade --install "+
			s.name+" . -n "+s.namespace+" -f values-"+e+".yaml") + "\n" + "{}\n")})
	}
	r.put(File{Path: path + "/templates/NOTES.txt", Data: []byte(notesText(s))})
	return nil
}

// notesText is what helm prints after it installed a service.
func notesText(s *service) string {
	text := "{{ .Release.Name }} is in the namespace {{ .Release.Namespace }}.\n" + escape("It comes from "+oneLine(s.from)+".") + "\n"
	for _, o := range s.objects {
		if o.kind == "ServiceMigration" {
			text += escape("\nIts name still leads to ECS, until migration.goal is Target:\n  tranship status "+o.name) + " -n {{ .Release.Namespace }}\n"
		}
	}
	return text
}

// quoted is a string that no reader takes for a number.
func quoted(s string) string {
	n := textNode(s)
	if n.Style == 0 {
		return `"` + s + `"`
	}
	return inline(s)
}

// template is an object with what people change taken from the values.
func (r *renderer) template(s *service, o *object, v *values) ([]byte, error) {
	t := &object{apiVersion: o.apiVersion, kind: o.kind, namespace: o.namespace, name: o.name, tree: clone(o.tree).(map[string]any), notes: o.notes}
	f, err := newSlots(t)
	if err != nil {
		return nil, err
	}
	if meta, _ := t.tree["metadata"].(map[string]any); o.namespace == s.namespace && o.namespace != "" {
		meta["namespace"] = f.value(".Release.Namespace | quote")
	}
	v.take(t, f)
	data, top, err := r.manifest(t)
	if err != nil {
		return nil, err
	}
	data, err = f.template(data)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", o.kind, o.name, err)
	}
	return slices.Concat([]byte(escape(string(header("From "+s.from, r.opts.Snapshot, top...)))), data), nil
}

// clone copies a tree.
func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := maps.Clone(v)
		for k, x := range m {
			m[k] = clone(x)
		}
		return m
	case []any:
		l := slices.Clone(v)
		for i, x := range l {
			l[i] = clone(x)
		}
		return l
	}
	return v
}
