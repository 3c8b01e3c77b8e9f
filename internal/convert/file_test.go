package convert

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/internal/names"
)

func TestFiles(t *testing.T) {
	const (
		task    = `{"taskDefinition":{"taskDefinitionArn":"arn:aws:ecs:eu-central-1:123456789012:task-definition/orders:7","family":"orders","containerDefinitions":[{"name":"app","image":"i"}]},"tags":[{"key":"a","value":"b"}]}`
		bare    = `{"family":"worker","containerDefinitions":[{"name":"app","image":"i"}]}`
		service = `{"services":[{"serviceName":"orders","serviceArn":"arn:aws:ecs:eu-central-1:123456789012:service/prod/orders","clusterArn":"c/prod","taskDefinition":"arn:aws:ecs:eu-central-1:123456789012:task-definition/orders:7","serviceRegistries":[{"registryArn":"r"}]}],"failures":[]}`
		one     = `{"serviceName":"web","taskDefinition":"worker"}`
	)
	tests := map[string]struct {
		in   []string
		want []string // cluster/service of which task; !refused
	}{
		"a service and its task definition":  {[]string{service, task}, []string{"prod/orders orders"}},
		"a task definition alone":            {[]string{bare}, []string{"default/worker worker"}},
		"one of each, whatever they say":     {[]string{one, bare}, []string{"default/web worker"}},
		"one that belongs to no service":     {[]string{service, task, bare}, []string{"prod/orders orders", "default/worker worker"}},
		"a service without task definition":  {[]string{service}, []string{"prod/orders "}},
		"no JSON":                            {[]string{"{"}, []string{"!no JSON object"}},
		"CloudFormation":                     {[]string{`{"Resources":{}}`}, []string{"!template of CloudFormation"}},
		"Terraform":                          {[]string{`{"planned_values":{}}`}, []string{"!plan of Terraform"}},
		"something else":                     {[]string{`{"a":1}`}, []string{"!neither a service nor"}},
		"a task definition without a family": {[]string{`{"containerDefinitions":[]}`}, []string{"!needs a family"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var data [][]byte
			for _, x := range tt.in {
				data = append(data, []byte(x))
			}
			in, err := Files(data...)
			if want, refused := strings.CutPrefix(tt.want[0], "!"); refused {
				if !errors.Is(err, names.ErrInvalid) || !strings.Contains(err.Error(), want) {
					t.Errorf("%v, want %s", err, want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, x := range in {
				got = append(got, x.Service.Cluster+"/"+x.Service.Name+" "+x.Task.Family)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	in, err := Files([]byte(service), []byte(task))
	if err != nil || in[0].Service.Account != "123456789012" || !strings.Contains(string(in[0].Task.Document), `"tags":[{"key":"a"`) || len(in[0].Service.Registries) != 1 {
		t.Errorf("%v %+v", err, in)
	}
}
