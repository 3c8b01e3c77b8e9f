package rival

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tranship/tranship/internal/kube/source"
)

// provider is the one that writes to Cloud Map.
const provider = "aws-sd"

// page is how many workloads are read at once.
const page = 200

// Rival is an ExternalDNS that runs.
type Rival struct {
	Kind, Namespace, Name string // the workload
	Image                 string
	Provider              string // "" where it cannot be told
	Owner                 string // --txt-owner-id
	flags                 flags
	domains               source.Domains
}

// String is how people are told of it.
func (r Rival) String() string {
	return fmt.Sprintf("ExternalDNS (%s %s/%s, owner id %q)", r.Kind, r.Namespace, r.Name, r.Owner)
}

// Find lists every ExternalDNS that the cluster is to run, sorted. Give it the
// API server's own reader: this is asked now and then, and not worth a watch on
// every workload.
func Find(ctx context.Context, r client.Reader) ([]Rival, error) {
	var out []Rival
	add := func(kind string, o client.Object, replicas *int32, spec *corev1.PodSpec) {
		if !o.GetDeletionTimestamp().IsZero() || replicas != nil && *replicas == 0 {
			return
		}
		for i := range spec.Containers {
			if x, ok := read(&spec.Containers[i]); ok {
				x.Kind, x.Namespace, x.Name = kind, o.GetNamespace(), o.GetName()
				out = append(out, x)
			}
		}
	}
	var deployments appsv1.DeploymentList
	if err := pages(ctx, r, &deployments, func() {
		for i := range deployments.Items {
			d := &deployments.Items[i]
			add("Deployment", d, d.Spec.Replicas, &d.Spec.Template.Spec)
		}
	}); err != nil {
		return nil, fmt.Errorf("look for ExternalDNS among Deployments: %w", err)
	}
	var sets appsv1.StatefulSetList
	if err := pages(ctx, r, &sets, func() {
		for i := range sets.Items {
			s := &sets.Items[i]
			add("StatefulSet", s, s.Spec.Replicas, &s.Spec.Template.Spec)
		}
	}); err != nil {
		return nil, fmt.Errorf("look for ExternalDNS among StatefulSets: %w", err)
	}
	var daemons appsv1.DaemonSetList
	if err := pages(ctx, r, &daemons, func() {
		for i := range daemons.Items {
			d := &daemons.Items[i]
			add("DaemonSet", d, nil, &d.Spec.Template.Spec)
		}
	}); err != nil {
		return nil, fmt.Errorf("look for ExternalDNS among DaemonSets: %w", err)
	}
	slices.SortStableFunc(out, func(a, b Rival) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Kind, b.Kind))
	})
	return out, nil
}

// pages reads a list a page at a time, so that a large cluster is not held in
// memory whole.
func pages(ctx context.Context, r client.Reader, l client.ObjectList, each func()) error {
	for next := ""; ; {
		if err := r.List(ctx, l, client.Limit(page), client.Continue(next)); err != nil {
			return err
		}
		each()
		if next = l.GetContinue(); next == "" {
			return nil
		}
	}
}

// read tells whether a container is an ExternalDNS, and which.
func read(c *corev1.Container) (Rival, bool) {
	f := readFlags(c)
	image := c.Image[strings.LastIndexByte(c.Image, '/')+1:]
	image, _, _ = strings.Cut(image, "@")
	image, _, _ = strings.Cut(image, ":")
	r := Rival{Image: c.Image, Provider: f.one("provider"), flags: f}
	if r.Provider != provider && !strings.Contains(image, "external-dns") {
		return Rival{}, false
	}
	r.Owner = cmp.Or(f.one("txt-owner-id"), "default") // ExternalDNS' own default
	// With an expression that does not read it would not start; that it claims
	// everything is the safer guess.
	r.domains, _ = source.NewDomains(f["domain-filter"], f["exclude-domains"], f.one("regex-domain-filter"), f.one("regex-domain-exclusion"))
	return r, true
}

// Claims says that it would write this host, which an object of this kind and
// namespace, with these labels and annotations, asks for. Where its flags leave
// it open it says so, too.
func (r Rival) Claims(host, kind, namespace string, labels, annotations map[string]string) bool {
	f := r.flags
	if r.Provider != provider && r.Provider != "" || f.on("dry-run") {
		return false
	}
	src, known := source.ExternalDNSSource(kind)
	if sources := f["source"]; !known || len(sources) > 0 && !slices.Contains(sources, src) {
		return false
	}
	if ns := f.one("namespace"); ns != "" && ns != namespace {
		return false
	}
	if !matches(f.one("label-filter"), labels) || !matches(f.one("annotation-filter"), annotations) || !r.domains.Match(host) {
		return false
	}
	prefixes := []string{source.PrefixExternalDNS, source.PrefixAlpha}
	if p := f.one("annotation-prefix"); p != "" {
		prefixes = []string{p}
	}
	named := kind != source.KindService || len(f["fqdn-template"]) > 0 // others have hosts in their spec, too
	for _, p := range prefixes {
		if c, ok := annotations[p+"controller"]; ok && c != "dns-controller" {
			return false
		}
		named = named || slices.Contains(source.SplitHosts(annotations[p+"hostname"]+","+annotations[p+"internal-hostname"]), host)
	}
	return named
}

// matches reads a filter as a selector; one that does not read holds nothing back.
func matches(filter string, m map[string]string) bool {
	ok, err := source.Selects(filter, m)
	return ok || err != nil
}
