package render

import (
	"bytes"
	"fmt"
	"strings"
)

// about are what README.md says of each form.
var about = map[Form]string{
	YAML:      "| `yaml/` | a file per service, its objects in the order to apply them: `kubectl apply -R -f yaml` |\n",
	Kustomize: "| `kustomize/` | a base per service, overlays per environment: `kubectl apply -k kustomize/environments/ENVIRONMENT` |\n",
	Helm:      "| `helm/` | a chart per service: `helm upgrade --install NAME helm/services/NAMESPACE/NAME -n NAMESPACE -f …/values-ENVIRONMENT.yaml`, after `kubectl apply -R -f helm/fleet` |\n",
	HelmOne:   "| `helm-one/` | one chart, and values per service: `helm upgrade --install NAME helm-one/chart -n NAMESPACE -f helm-one/services/NAMESPACE/NAME/values.yaml -f …/values-ENVIRONMENT.yaml`, after `kubectl apply -R -f helm-one/fleet` |\n",
	ArgoCD:    "| `argocd/` | ApplicationSets over the folders, and how Argo CD judges a ServiceMigration: `kubectl apply -f argocd/applicationset-ENVIRONMENT.yaml` |\n",
	Flux:      "| `flux/` | a Kustomization or HelmRelease per service: `kubectl apply -R -f flux/ENVIRONMENT` |\n",
}

// readme explains the folder to whoever finds it.
func (r *renderer) readme() {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Services from ECS, for Kubernetes\n\n"+
		"`tranship convert` wrote this folder from what runs in ECS, and writes it again on each run. "+
		"It then changes only what changed in ECS, and shows it as a diff.\n\n| folder | what it is |\n|---|---|\n")
	for _, f := range r.opts.Forms {
		b.WriteString(about[f])
	}
	var yours []string
	for _, f := range r.files {
		if f.Yours {
			yours = append(yours, f.Path)
		}
	}
	b.WriteString("\n## What is yours\n\n")
	if len(yours) == 0 {
		b.WriteString("Files that tranship did not write are left alone. ")
	} else {
		fmt.Fprintf(&b, "Files such as `%s` are made once and then yours: no run writes them again. "+
			"Files that you add are left alone, too. ", yours[0])
	}
	b.WriteString("All others are written anew, so a run that finds one of them edited says so and stops.\n")
	r.put(File{Path: "README.md", Data: []byte(strings.ReplaceAll(b.String(), "\r", ""))})
}
