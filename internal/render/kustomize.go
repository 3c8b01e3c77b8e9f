package render

import (
	"bytes"
	"fmt"
	"strings"
)

// kustomize is the form for kubectl apply -k, and for whoever has environments:
//
//	fleet/base                         what several services need
//	services/NAMESPACE/NAME/base       an object a file
//	services/…/overlays/ENVIRONMENT    a person's
//	fleet/ENVIRONMENT                  lists all of them
//	environments/ENVIRONMENT           a person's: what is built
//
// All but a person's is written anew, also the list, so that services may come and go.
func (r *renderer) kustomize() error {
	const top = "kustomize/"
	if len(r.fleet.services) == 0 {
		return nil // Kustomize takes no folder without an object
	}
	if err := r.folder(top+"fleet/base", fleetFrom, r.fleet.objects); err != nil {
		return err
	}
	for _, s := range r.fleet.services {
		if err := r.folder(top+s.path()+"/base", "From "+s.from, s.objects); err != nil {
			return err
		}
	}
	for _, e := range r.opts.Environments {
		var all []string
		if len(r.fleet.objects) > 0 {
			all = append(all, "../base")
		}
		for _, s := range r.fleet.services {
			all = append(all, "../../"+s.path()+"/overlays/"+e)
			r.put(File{Path: top + s.path() + "/overlays/" + e + "/kustomization.yaml", Yours: true,
				Data: kustomization(overlayHeader(s, e), []string{"../../base"}, overlayHint(s))})
		}
		r.put(File{Path: top + "fleet/" + e + "/kustomization.yaml", Lists: true, Data: kustomization(
			header("Everything in "+e, ""), all, "")})
		r.put(File{Path: top + "environments/" + e + "/kustomization.yaml", Yours: true, Data: kustomization(
			[]byte(comment("Everything in "+e+". Yours: made once, and never written again.\n  kubectl apply -k kustomize/environments/"+e)+"\n"),
			[]string{"../../fleet/" + e}, "")})
	}
	return nil
}

// folder is a base: an object a file, and the list of them in their order.
func (r *renderer) folder(path, from string, objects []*object) error {
	if len(objects) == 0 {
		return nil
	}
	var names []string
	taken := map[string]bool{}
	for _, o := range objects {
		name := fileName(o, taken)
		names = append(names, name)
		if err := r.documents(path+"/"+name, from, []*object{o}); err != nil {
			return err
		}
	}
	r.put(File{Path: path + "/kustomization.yaml", Lists: true, Data: kustomization(header(from, ""), names, "")})
	return nil
}

// fileName is deployment-orders.yaml, with a number if there are several of them.
func fileName(o *object, taken map[string]bool) string {
	stem := strings.ToLower(o.kind) + "-" + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '.' {
			return r
		}
		return '-' // such as the colons in the names of roles
	}, o.name)
	name := stem + ".yaml"
	for n := 2; taken[name]; n++ {
		name = fmt.Sprintf("%s-%d.yaml", stem, n)
	}
	taken[name] = true
	return name
}

// kustomization lists resources. Kustomize sorts by kind unless it is told not to,
// and does not know the kinds of others.
func kustomization(head []byte, resources []string, hint string) []byte {
	var b bytes.Buffer
	b.Write(head)
	b.WriteString("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nsortOptions:\n  order: fifo\nresources:\n")
	for _, x := range resources {
		fmt.Fprintf(&b, "- %s\n", x)
	}
	b.WriteString(hint)
	return b.Bytes()
}

func overlayHeader(s *service, e string) []byte {
	return []byte(comment(s.name+" in "+e+". Yours: made once, and never written again. What is the same in all environments, "+
		"and what follows ECS, is in ../../base.") + "\n")
}

// overlayHint shows how to say what people change most, with the service's own names.
func overlayHint(s *service) string {
	var b strings.Builder
	for _, o := range s.objects {
		image := o.image()
		if image == "" {
			continue
		}
		name, tag := splitImage(image)
		fmt.Fprintf(&b, "\n# For example:\n# images:\n# - name: %s\n#   newTag: %s\n", inline(name), inline(tag))
		if _, ok := o.tree["spec"].(map[string]any)["replicas"]; ok {
			fmt.Fprintf(&b, "# replicas:\n# - name: %s\n#   count: 2\n", o.name)
		}
		fmt.Fprintf(&b, "# patches:\n# - target:\n#     kind: %s\n#     name: %s\n#   patch: |-\n"+
			"#     - op: add\n#       path: /spec/template/spec/priorityClassName\n#       value: high\n", o.kind, o.name)
		break
	}
	return b.String()
}

// image is that of the first container, if it is a workload.
func (o *object) image() string {
	k := o.containers()
	if len(k) == 0 {
		return ""
	}
	s, _ := k[0]["image"].(string)
	return s
}

// containers are those of a workload's pods that run all the time.
func (o *object) containers() []map[string]any {
	spec, _ := o.tree["spec"].(map[string]any)
	template, _ := spec["template"].(map[string]any)
	pod, _ := template["spec"].(map[string]any)
	items, _ := pod["containers"].([]any)
	var out []map[string]any
	for _, x := range items {
		if k, ok := x.(map[string]any); ok {
			out = append(out, k)
		}
	}
	return out
}

// splitImage takes the tag from an image.
func splitImage(image string) (name, tag string) {
	image, _, _ = strings.Cut(image, "@")
	slash := strings.LastIndexByte(image, '/')
	if colon := strings.LastIndexByte(image, ':'); colon > slash {
		return image[:colon], image[colon+1:]
	}
	return image, "latest"
}
