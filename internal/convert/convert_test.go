package convert

import (
	"errors"
	"testing"

	"github.com/tranship/tranship/internal/inventory"
)

func TestConvertSmallest(t *testing.T) {
	in := Input{
		Service: inventory.Service{Cluster: "Prod", Name: "orders", Document: inventory.Document(`{"serviceName":"orders"}`)},
		Task:    inventory.TaskDefinition{Document: inventory.Document(`{"containerDefinitions":[{"name":"My_App","image":"nginx"}]}`)},
	}
	r, err := Convert(in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Name != "orders" || r.Namespace != "prod" || len(r.Objects) != 2 || len(r.Entries) != 3 {
		t.Errorf("%+v", r)
	}
	in.Task.Document = nil
	if _, err := Convert(in, Options{}); !errors.Is(err, ErrNoTask) {
		t.Errorf("without a task definition: %v", err)
	}
}

func TestLabel(t *testing.T) {
	long := "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz"
	seen := map[string]string{}
	for _, text := range []string{"orders", "Orders", "or_ders", "or.ders", "or-ders", "", "-", "--a--", "ü", "é", long, long + "x"} {
		l := label(text)
		if len(l) > longest || seen[l] != "" {
			t.Errorf("%q: %q, which %q has, too", text, l, seen[l])
		}
		seen[l] = text
	}
	if l := label("orders"); l != "orders" {
		t.Errorf("orders became %s", l)
	}
}
