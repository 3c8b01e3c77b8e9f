package render

import (
	"fmt"

	"github.com/tranship/tranship/internal/convert"
)

// Render writes down what services are on Kubernetes, in the forms that are asked
// for. The same results and Options give the same bytes, whatever the order of the
// results. Errors: ErrOptions; ErrCollision; an object that says no kind or name.
func Render(results []convert.Result, o Options) (Files, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("render: %w", err)
	}
	f, err := gather(results, o)
	if err != nil {
		return nil, fmt.Errorf("render: %w", err)
	}
	r := &renderer{opts: o, fleet: f}
	for _, form := range o.Forms {
		if err := writers[form](r); err != nil {
			return nil, fmt.Errorf("render %s: %w", form, err)
		}
	}
	r.readme()
	return NewFiles(r.files...)
}

// renderer collects the files of the forms.
type renderer struct {
	opts  Options
	fleet *fleet
	files []File
}

var writers = map[Form]func(*renderer) error{
	YAML:      (*renderer).plain,
	Kustomize: (*renderer).kustomize,
	Helm:      (*renderer).helm,
	HelmOne:   (*renderer).helmOne,
	ArgoCD:    (*renderer).argo,
	Flux:      (*renderer).flux,
}

func (r *renderer) put(f File) { r.files = append(r.files, f) }
