package manifests

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/tranship/tranship/api/v1alpha1/crds"
)

// source is a Go module whose owners keep definitions in it.
type source struct {
	module, version string
	// sum is what the module's content must hash to, as go.sum has it.
	sum   string
	files []string
}

// sources are read from the module cache; nothing of them is compiled.
var sources = []source{
	{
		module: "github.com/external-secrets/external-secrets", version: "v1.3.2", sum: "h1:u2J8RjlHIeF0oZCqtl92adI/uZWUwOesJIDkfql6LqQ=",
		files: []string{"config/crds/bases/external-secrets.io_externalsecrets.yaml"},
	},
	{
		module: "github.com/aws/amazon-vpc-resource-controller-k8s", version: "v1.8.2", sum: "h1:S6fvZf7+Xjho4LLo2AdxT3x9yaOJ37Ly/eGQd+ASWi4=",
		files: []string{"config/crd/bases/vpcresources.k8s.aws_securitygrouppolicies.yaml"},
	},
	{
		module: "github.com/argoproj/argo-cd/v3", version: "v3.4.0", sum: "h1:yZwfaOIzE/aQTA52mOfeZQbribmyxKYvMgirQja4eX0=",
		files: []string{"manifests/crds/application-crd.yaml", "manifests/crds/applicationset-crd.yaml"},
	},
	{
		module: "github.com/fluxcd/kustomize-controller", version: "v1.7.3", sum: "h1:SzNnGn/4ObAPEHHleM5U7y/AKxKXph3Vj6ZhteeXw8M=",
		files: []string{"config/crd/bases/kustomize.toolkit.fluxcd.io_kustomizations.yaml"},
	},
	{
		module: "github.com/kedacore/keda/v2", version: "v2.21.0", sum: "h1:R6z2HZvstK4RLUMxroNACzBj74xGxt3kG59b5Xc+Xps=",
		files: []string{"config/crd/bases/keda.sh_scaledobjects.yaml"},
	},
}

// own are the definitions that no module has.
//
//go:embed definitions/*.yaml
var own embed.FS

// definitions are all that the objects need: others', stand-ins of ours, and tranship's own.
func definitions(ctx context.Context) ([]*unstructured.Unstructured, error) {
	var out []*unstructured.Unstructured
	take := func(data []byte, err error) error {
		if err != nil {
			return err
		}
		list, err := read(data)
		out = append(out, list...)
		return err
	}
	for _, s := range sources {
		dir, err := s.dir(ctx)
		if err != nil {
			return nil, err
		}
		for _, f := range s.files {
			if err := take(os.ReadFile(filepath.Join(dir, filepath.FromSlash(f)))); err != nil {
				return nil, fmt.Errorf("%s@%s: %w", s.module, s.version, err)
			}
		}
	}
	for _, dir := range []fs.FS{own, crds.FS} {
		var files []string
		for _, pattern := range []string{"*.yaml", "definitions/*.yaml"} {
			found, err := fs.Glob(dir, pattern)
			if err != nil {
				return nil, err
			}
			files = append(files, found...)
		}
		for _, f := range files {
			if err := take(fs.ReadFile(dir, f)); err != nil {
				return nil, fmt.Errorf("%s: %w", f, err)
			}
		}
	}
	for _, d := range out {
		// Nothing here converts between versions for them.
		unstructured.RemoveNestedField(d.Object, "spec", "conversion")
	}
	return out, nil
}

// dir is the module's folder in the module cache; it is downloaded if need be.
func (s source) dir(ctx context.Context) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", s.module+"@"+s.version)
	cmd.Dir = os.TempDir() // in no module, so that no go.mod of ours grows by it
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	runErr := cmd.Run()
	var got struct{ Dir, Sum, Error string }
	if err := json.Unmarshal(stdout.Bytes(), &got); err != nil || got.Error != "" || runErr != nil {
		return "", fmt.Errorf("reading the module %s@%s: %s%s: %w", s.module, s.version, got.Error, stderr.Bytes(), errors.Join(runErr, err))
	}
	if got.Sum != s.sum {
		return "", fmt.Errorf("the module %s@%s hashes to %s, not to %s", s.module, s.version, got.Sum, s.sum)
	}
	return got.Dir, nil
}

// read reads the objects of a YAML file, in their order.
func read(data []byte) ([]*unstructured.Unstructured, error) {
	var out []*unstructured.Unstructured
	for d := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(data), 4096); ; {
		u := &unstructured.Unstructured{}
		switch err := d.Decode(&u.Object); {
		case errors.Is(err, io.EOF):
			return slices.DeleteFunc(out, func(u *unstructured.Unstructured) bool { return len(u.Object) == 0 }), nil
		case err != nil:
			return nil, err
		}
		out = append(out, u)
	}
}
