package convert

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/internal/inventory"
)

func one(cluster, name, tags string) Input {
	return Input{
		Service: inventory.Service{
			Place: inventory.Place{Account: "123456789012", Region: "eu-central-1"}, Cluster: cluster, Name: name,
			Document: inventory.Document(fmt.Sprintf(`{"serviceName":%q,"tags":[%s]}`, name, tags)),
		},
		Task: inventory.TaskDefinition{Document: inventory.Document(`{"containerDefinitions":[{"name":"app","image":"i"}]}`)},
	}
}

func TestNamed(t *testing.T) {
	tests := map[string]struct {
		in   []Input
		opts Options
		want []string
	}{
		"each as on ECS":           {[]Input{one("prod", "carts", ""), one("prod", "orders", "")}, Options{}, []string{"prod/carts", "prod/orders"}},
		"the exact one keeps it":   {[]Input{one("prod", "Orders", ""), one("prod", "orders", "")}, Options{}, []string{"prod/orders-prod", "prod/orders"}},
		"three of one name":        {[]Input{one("prod", "OR_1", ""), one("prod", "Or_1", ""), one("prod", "or_1", "")}, Options{}, []string{"prod/or-1", "prod/or-1-prod", "prod/or-1-3feac"}},
		"clusters in a namespace":  {[]Input{one("a", "orders", ""), one("b", "orders", "")}, Options{Namespace: "shop"}, []string{"shop/orders", "shop/orders-b"}},
		"clusters":                 {[]Input{one("A_1", "orders", ""), one("b", "orders", "")}, Options{}, []string{"a-1/orders", "b/orders"}},
		"the tag names it":         {[]Input{one("a", "orders", `{"key":"tranship.dev/namespace","value":"shop"}`)}, Options{Namespace: "x"}, []string{"shop/orders"}},
		"a tag that can't":         {[]Input{one("a", "orders", `{"key":"tranship.dev/namespace","value":"Shop!"}`)}, Options{}, []string{"a/orders"}},
		"no digit in front":        {[]Input{one("a", "2048", "")}, Options{}, []string{"a/svc-2048"}},
		"nothing that is a letter": {[]Input{one("a", "__", "")}, Options{}, []string{"a/x-d8156"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, in := range Named(tt.in, tt.opts) {
				got = append(got, in.called.namespace+"/"+in.called.name)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// One that can't be converted stops none of the others.
func TestFleet(t *testing.T) {
	broken := one("a", "broken", "")
	broken.Task.Document = nil
	odd := one("a", "odd", "")
	odd.Service.Document = inventory.Document(`[`)
	out, errs := Fleet([]Input{one("a", "carts", ""), broken, odd, one("a", "orders", "")}, Options{})
	if len(out) != 2 || out[0].Name != "carts" || out[1].Name != "orders" {
		t.Errorf("%+v", out)
	}
	if len(errs) != 2 || !errors.Is(errs[0], ErrNoTask) {
		t.Error(errs)
	}
}
