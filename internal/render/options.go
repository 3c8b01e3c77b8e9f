package render

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Form is a way in which the objects are written down. Each has a folder of its own.
type Form string

// The forms.
const (
	// YAML is for kubectl apply -R -f: a file per service, its objects in order.
	YAML Form = "yaml"
	// Kustomize is a base per service, and overlays per environment.
	Kustomize Form = "kustomize"
	// Helm is a chart per service.
	Helm Form = "helm"
	// HelmOne is one chart, and a file of values per service.
	HelmOne Form = "helm-one"
	// ArgoCD has ApplicationSets over the folders of another form, and how Argo CD
	// judges our objects.
	ArgoCD Form = "argocd"
	// Flux has Kustomizations or HelmReleases over the folders of another form.
	Flux Form = "flux"
)

// Forms are all of them.
func Forms() []Form { return []Form{YAML, Kustomize, Helm, HelmOne, ArgoCD, Flux} }

// Options say what is rendered. The zero value is the plain form.
type Options struct {
	Forms []Form // none: YAML alone
	// Snapshot is the digest of what the results come from; "": headers do not name it.
	Snapshot string
	// Environments are what overlays and values are made for, once each; none: production.
	Environments []string
	// WithoutNamespaces leaves Namespace objects out, for those who own them elsewhere.
	WithoutNamespaces bool
	// Repository is where the output lies for Argo CD and Flux.
	Repository Repository
}

// Repository is what GitOps reads.
type Repository struct {
	// URL is https://…, ssh://… or git@…; for Flux oci://…, too, which then makes an
	// OCIRepository. "": a placeholder that a person has to replace.
	URL string
	// Revision is a branch; of an oci:// URL a tag. "": main, or latest.
	Revision string
	// Path leads from the top of the repository to the output folder; "": it is the top.
	Path string
}

// ErrOptions says that what was asked for can't be rendered.
var ErrOptions = errors.New("can't be rendered so")

var (
	environment = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$`)
	// Argo CD reads its ApplicationSets as templates, so nothing that could be one.
	address  = regexp.MustCompile(`^[A-Za-z0-9@:/._~%+-]+$`)
	revision = regexp.MustCompile(`^[A-Za-z0-9/._+-]+$`)
)

func (o Options) withDefaults() (Options, error) {
	o.Forms = slices.Clone(o.Forms)
	if len(o.Forms) == 0 {
		o.Forms = []Form{YAML}
	}
	slices.Sort(o.Forms)
	o.Forms = slices.Compact(o.Forms)
	for _, f := range o.Forms {
		if !slices.Contains(Forms(), f) {
			return o, fmt.Errorf("%w: %q is no form, the forms are %v", ErrOptions, f, Forms())
		}
	}
	if _, ok := o.below(); !ok {
		return o, fmt.Errorf("%w: %v lead to the folders of another form, so ask for yaml, kustomize, helm or helm-one as well", ErrOptions, o.Forms)
	}
	if len(o.Environments) == 0 {
		o.Environments = []string{"production"}
	}
	seen := map[string]bool{}
	for _, e := range o.Environments {
		switch {
		case !environment.MatchString(e):
			return o, fmt.Errorf("%w: the environment %q: at most 32 small letters, digits and hyphens, please", ErrOptions, e)
		case e == "base":
			return o, fmt.Errorf("%w: an environment can't be called base: bases lie beside the overlays", ErrOptions)
		case seen[e]:
			return o, fmt.Errorf("%w: the environment %q is there twice", ErrOptions, e)
		}
		seen[e] = true
	}
	r := &o.Repository
	r.Path = strings.Trim(r.Path, "/")
	switch {
	case r.URL != "" && !address.MatchString(r.URL):
		return o, fmt.Errorf("%w: %q is no address of a repository", ErrOptions, r.URL)
	case r.Revision != "" && !revision.MatchString(r.Revision):
		return o, fmt.Errorf("%w: %q is no branch or tag", ErrOptions, r.Revision)
	case r.Path != "" && (!revision.MatchString(r.Path) || slices.Contains(strings.Split(r.Path, "/"), "..")):
		return o, fmt.Errorf("%w: %q is no path in a repository", ErrOptions, r.Path)
	}
	return o, nil
}

// has says that a form was asked for.
func (o Options) has(f Form) bool { return slices.Contains(o.Forms, f) }

// below is the form that GitOps leads to: the one in which people have most to say.
func (o Options) below() (Form, bool) {
	for _, f := range []Form{Kustomize, Helm, HelmOne, YAML} {
		if o.has(f) {
			return f, true
		}
	}
	return "", false
}
