package controller

import (
	"fmt"
	"path"
	"strings"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/names"
)

// allowance is one word of an administrator.
type allowance struct{ namespace, cluster, service string }

// CheckAllow refuses a list in which a word would silently allow nothing.
func CheckAllow(list []string) error {
	_, err := permit(list)
	return err
}

// permit makes the rule of who may take what: the allow-list, or the tag on the
// ECS service. Nothing else, so an empty list permits nothing but tagged services.
func permit(list []string) (engine.Permit, error) {
	var rules []allowance
	for _, w := range list {
		ns, rest, ok := strings.Cut(w, "=")
		cluster, glob, slash := strings.Cut(rest, "/")
		if !ok || !slash || ns == "" || cluster == "" || glob == "" {
			return nil, fmt.Errorf("--allow %s: it is NAMESPACE=CLUSTER/GLOB, such as shop=production/*", w)
		}
		for _, p := range []string{cluster, glob} {
			if _, err := path.Match(p, ""); err != nil {
				return nil, fmt.Errorf("--allow %s: %q is no pattern: %w", w, p, err)
			}
		}
		rules = append(rules, allowance{ns, cluster, glob})
	}
	return func(ns string, src names.Source, tags map[string]string) string {
		if tags[v1alpha1.TagNamespace] == ns {
			return ""
		}
		for _, r := range rules {
			c, _ := path.Match(r.cluster, src.Cluster)
			s, _ := path.Match(r.service, src.Service)
			if r.namespace == ns && c && s {
				return ""
			}
		}
		return fmt.Sprintf("namespace %s may not take ECS service %s: an administrator allows it with --allow %s=%s on the controller or the tag %s=%s on the ECS service",
			ns, src, ns, src, v1alpha1.TagNamespace, ns)
	}, nil
}
