package render

import (
	"fmt"
)

const fluxNamespace = "flux-system"

// Labels with the name of a Kustomization or HelmRelease, and names of releases, have
// limits: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/,
// https://fluxcd.io/flux/components/helm/helmreleases/#release-name
const (
	longestLabel   = 63
	longestRelease = 53
)

// flux leads Flux to the folders of another form:
//
//	ENVIRONMENT/source.yaml                    a person's: where the output lies
//	ENVIRONMENT/fleet.yaml                     what several services need
//	ENVIRONMENT/services/NAMESPACE/NAME.yaml   a Kustomization or HelmRelease each
func (r *renderer) flux() error {
	f, _ := r.opts.below()
	if r.artifact() && (f == Helm || f == HelmOne) {
		return fmt.Errorf("%w: Flux takes a chart that is a folder from Git alone, not from %s: name a Git repository, or ask for kustomize",
			ErrOptions, r.opts.Repository.URL)
	}
	for _, e := range r.opts.Environments {
		top := "flux/" + e + "/"
		if err := r.stated(top+"source.yaml", handed("Where Flux reads what tranship wrote"), r.fluxSource(), true); err != nil {
			return err
		}
		dir := r.fleetFolder()
		if dir != "" {
			k := r.kustomizationOf("tranship-fleet", dir, nil)
			// A Namespace that left the folder takes nothing that runs with it.
			k["spec"].(map[string]any)["prune"] = false
			if err := r.stated(top+"fleet.yaml", header(fleetFrom, ""), k, false); err != nil {
				return err
			}
		}
		for _, s := range r.fleet.services {
			if err := r.stated(top+s.path()+".yaml", header("From "+s.from, ""), r.fluxService(f, s, e, dir != ""), false); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *renderer) fluxSource() map[string]any {
	kind, ref := "GitRepository", "branch"
	if r.artifact() {
		kind, ref = "OCIRepository", "tag"
	}
	return map[string]any{
		"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": kind,
		"metadata": map[string]any{"name": "tranship", "namespace": fluxNamespace},
		"spec":     map[string]any{"interval": "5m", "url": r.address(), "ref": map[string]any{ref: r.revision()}},
	}
}

func (r *renderer) fluxService(f Form, s *service, e string, fleet bool) map[string]any {
	switch f {
	case Helm:
		dir := "./" + r.inRepository("helm/"+s.path())
		return r.helmRelease(s, dir, dir, e)
	case HelmOne:
		return r.helmRelease(s, "./"+r.inRepository("helm-one/chart"), "./"+r.inRepository("helm-one/"+s.path()), e)
	case Kustomize, YAML, ArgoCD, Flux:
	}
	dir := "yaml/" + s.path()
	if f == Kustomize {
		dir = "kustomize/" + s.path() + "/overlays/" + e
	}
	k := r.kustomizationOf(short(s.namespace+"."+s.name, longestLabel), dir, s)
	if fleet {
		k["spec"].(map[string]any)["dependsOn"] = []any{map[string]any{"name": "tranship-fleet"}}
	}
	return k
}

// kustomizationOf is Flux' Kustomization, which also takes folders of plain YAML.
func (r *renderer) kustomizationOf(name, dir string, s *service) map[string]any {
	spec := map[string]any{
		"interval": "10m", "retryInterval": "1m", "timeout": "5m", "sourceRef": r.sourceRef(),
		"path": "./" + r.inRepository(dir),
		// What is no more in the folder is taken out of the cluster; but if the folder, and
		// with it this object, is gone, what runs stays.
		"prune": true, "deletionPolicy": "Orphan",
	}
	if s != nil {
		var checks []any
		for _, o := range s.objects {
			if o.image() != "" {
				checks = append(checks, map[string]any{"apiVersion": o.apiVersion, "kind": o.kind, "name": o.name, "namespace": o.namespace})
			}
		}
		if len(checks) > 0 {
			spec["healthChecks"] = checks
		}
	}
	return map[string]any{
		"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
		"metadata": map[string]any{"name": name, "namespace": fluxNamespace}, "spec": spec,
	}
}

func (r *renderer) helmRelease(s *service, chart, values, e string) map[string]any {
	return map[string]any{
		"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease",
		"metadata": map[string]any{"name": short(s.namespace+"."+s.name, longestRelease), "namespace": fluxNamespace},
		"spec": map[string]any{
			"interval": "10m", "releaseName": short(s.name, longestRelease), "targetNamespace": s.namespace, "storageNamespace": s.namespace,
			// The Namespace may come a little later.
			"install": map[string]any{"remediation": map[string]any{"retries": -1}},
			"chart": map[string]any{"spec": map[string]any{
				"chart": chart, "sourceRef": r.sourceRef(),
				// Charts keep their version; what is in them changes.
				"reconcileStrategy": "Revision",
				"valuesFiles":       []any{values + "/values.yaml", values + "/values-" + e + ".yaml"},
			}},
		},
	}
}

func (r *renderer) sourceRef() map[string]any {
	kind := "GitRepository"
	if r.artifact() {
		kind = "OCIRepository"
	}
	return map[string]any{"kind": kind, "name": "tranship", "namespace": fluxNamespace}
}
