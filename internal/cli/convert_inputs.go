package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/tranship/tranship/internal/convert"
	"github.com/tranship/tranship/internal/inventory"
	"github.com/tranship/tranship/internal/inventory/saved"
)

// inputs are all services there are, so that each is named the same whichever of them
// are converted; and the digest of what they come from.
func (o *convertServices) inputs(ctx context.Context) ([]convert.Input, string, error) {
	if len(o.From) == 0 {
		s, err := o.source.snapshot(ctx)
		if err != nil {
			return nil, "", err
		}
		return convert.Inputs(s, nil), s.Digest, nil
	}
	var files []saved.File
	for _, name := range o.From {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, "", fmt.Errorf("read what is to be converted: %w", err)
		}
		files = append(files, saved.File{Name: name, Data: data})
	}
	r, err := saved.Read(files, saved.Options{})
	if err != nil {
		return nil, "", err
	}
	s := r.Snapshot
	if len(o.source.Clusters) > 0 {
		if s, err = s.Of(o.source.Clusters); err != nil {
			return nil, "", fmt.Errorf("%s: %w", strings.Join(o.From, ", "), err)
		}
	}
	if err := s.Seal(o.env.Now()); err != nil {
		return nil, "", err
	}
	for _, w := range r.Warnings {
		fmt.Fprintf(o.env.Err, "%s: %s\n", w.Object, w.Text)
	}
	for _, u := range r.Unresolved {
		fmt.Fprintf(o.env.Err, "%s: %s is not known, the file says %s\n", u.Object, u.Path, u.What)
	}
	inputs := convert.Inputs(s, nil)
	for i := range inputs {
		if p := &inputs[i].Service.Place; p.Account == saved.NoAccount || p.Region == saved.NoRegion {
			*p = inventory.Place{} // nobody knows
		}
	}
	return inputs, s.Digest, nil
}

// pick takes the services that are named, as NAME or CLUSTER/NAME; all if none is.
func pick(inputs []convert.Input, args []string) ([]convert.Input, error) {
	if len(args) == 0 {
		if len(inputs) == 0 {
			return nil, errors.New("there is no service to convert")
		}
		return inputs, nil
	}
	var out []convert.Input
	found := map[string]bool{}
	for _, in := range inputs {
		for _, a := range args {
			if a == in.Service.Name || a == in.Service.Cluster+"/"+in.Service.Name {
				out, found[a] = append(out, in), true
				break
			}
		}
	}
	var missing []string
	for _, a := range args {
		if !found[a] {
			missing = append(missing, a)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("no ECS service %s: `tranship inventory` lists those there are", strings.Join(missing, ", "))
	}
	return out, nil
}

// serviceKey is how the file of decisions calls a service.
func serviceKey(s inventory.Service) string {
	return strings.Join([]string{s.Account, s.Region, s.Cluster, s.Name}, "/")
}

// resultKey is the same of one that was converted.
func resultKey(r convert.Result) string {
	return strings.Join([]string{r.Account, r.Region, r.Cluster, r.Service}, "/")
}
