package render

import (
	_ "embed" // health
	"fmt"
	"strings"
)

// health is how Argo CD judges a ServiceMigration.
// https://argo-cd.readthedocs.io/en/stable/operator-manual/health/#custom-health-checks
//
//go:embed argocd/servicemigration.lua
var health string

const (
	argoNamespace = "argocd"
	// somewhere stands where the address of the repository is not given.
	somewhere = "https://git.example.com/your/repository.git"
)

// argo leads Argo CD to the folders of another form:
//
//	argocd-cm.yaml                     how it judges our objects: kubectl patch, or apply it
//	application-fleet.yaml             a person's: what several services need
//	applicationset-ENVIRONMENT.yaml    a person's: an Application per folder of a service
func (r *renderer) argo() error {
	const top = "argocd/"
	if r.artifact() {
		return fmt.Errorf("%w: ApplicationSets find folders in Git, not in %s: name a Git repository", ErrOptions, r.opts.Repository.URL)
	}
	cm := map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap",
		"metadata": map[string]any{
			"name": "argocd-cm", "namespace": argoNamespace,
			// Argo CD reads no ConfigMap without it.
			"labels": map[string]any{"app.kubernetes.io/name": "argocd-cm", "app.kubernetes.io/part-of": "argocd"},
		},
		"data": map[string]any{"resource.customizations.health.tranship.dev_ServiceMigration": health},
	}
	how := "A patch of Argo CD's own ConfigMap:\n  kubectl -n argocd patch configmap argocd-cm --patch-file argocd/argocd-cm.yaml"
	if err := r.stated(top+"argocd-cm.yaml", header("How Argo CD judges ServiceMigrations", "", how), cm, false); err != nil {
		return err
	}
	if dir := r.fleetFolder(); dir != "" {
		source := r.argoSource(dir, nil)
		if f, _ := r.opts.below(); f != Kustomize {
			source["directory"] = map[string]any{"recurse": true}
		}
		app := map[string]any{
			"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
			"metadata": map[string]any{"name": "tranship-fleet", "namespace": argoNamespace},
			"spec":     application(source, "default"),
		}
		if err := r.stated(top+"application-fleet.yaml", handed("What several services need, such as Namespaces"), app, true); err != nil {
			return err
		}
	}
	for _, e := range r.opts.Environments {
		if err := r.stated(top+"applicationset-"+e+".yaml", handed("An Application per service in "+e), r.applicationSet(e), true); err != nil {
			return err
		}
	}
	return nil
}

// handed heads a file that is a person's.
func handed(what string) []byte {
	return []byte(comment(what+". Yours: made once, and never written again.") + "\n")
}

func (r *renderer) applicationSet(e string) map[string]any {
	f, _ := r.opts.below()
	folders := map[Form]string{
		YAML: "yaml/services/*/*", Kustomize: "kustomize/services/*/*/overlays/" + e, Helm: "helm/services/*/*", HelmOne: "helm-one/services/*/*",
	}[f]
	// services/NAMESPACE/NAME: the namespace comes after the form and "services".
	at := 2
	if r.opts.Repository.Path != "" {
		at += strings.Count(r.opts.Repository.Path, "/") + 1
	}
	segment := func(n int) string { return fmt.Sprintf("{{ index .path.segments %d }}", n) }
	path, helm := "{{ .path.path }}", map[string]any(nil)
	switch f {
	case Helm:
		helm = map[string]any{"releaseName": segment(at + 1), "valueFiles": []any{"values.yaml", "values-" + e + ".yaml"}}
	case HelmOne:
		path = r.inRepository("helm-one/chart")
		helm = map[string]any{"releaseName": segment(at + 1), "valueFiles": []any{"/{{ .path.path }}/values.yaml", "/{{ .path.path }}/values-" + e + ".yaml"}}
	case YAML, Kustomize, ArgoCD, Flux:
	}
	source := r.argoSource("", helm)
	source["path"] = path
	return map[string]any{
		"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet",
		"metadata": map[string]any{"name": "tranship-" + e, "namespace": argoNamespace},
		"spec": map[string]any{
			"goTemplate": true, "goTemplateOptions": []any{"missingkey=error"},
			// A folder that is gone takes its Application with it, but nothing that runs.
			"syncPolicy": map[string]any{"preserveResourcesOnDeletion": true},
			"generators": []any{map[string]any{"git": map[string]any{
				"repoURL": source["repoURL"], "revision": source["targetRevision"],
				"directories": []any{map[string]any{"path": r.inRepository(folders)}},
			}}},
			"template": map[string]any{
				"metadata": map[string]any{"name": e + "." + segment(at) + "." + segment(at+1)},
				"spec":     application(source, segment(at)),
			},
		},
	}
}

func (r *renderer) argoSource(dir string, helm map[string]any) map[string]any {
	s := map[string]any{"repoURL": r.address(), "targetRevision": r.revision()}
	if dir != "" {
		s["path"] = r.inRepository(dir)
	}
	if helm != nil {
		s["helm"] = helm
	}
	return s
}

func application(source map[string]any, namespace string) map[string]any {
	return map[string]any{
		"project": "default", "source": source,
		"destination": map[string]any{"server": "https://kubernetes.default.svc", "namespace": namespace},
		// What is applied first may need what comes later, such as a Namespace.
		"syncPolicy": map[string]any{
			"syncOptions": []any{"ServerSideApply=true"},
			"retry":       map[string]any{"limit": 5},
		},
	}
}
