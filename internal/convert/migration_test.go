package convert

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/internal/inventory"
)

// What is made here without api/v1alpha1, which is no core, is what that says it is.
func TestServiceMigration(t *testing.T) {
	in, err := Saved(inventory.Document(`{"serviceName":"Orders_API","serviceArn":"arn:aws:ecs:eu-central-1:123456789012:service/Prod/Orders_API",
		"clusterArn":"arn:aws:ecs:eu-central-1:123456789012:cluster/Prod","desiredCount":1,"deploymentConfiguration":{"maximumPercent":100},
		"serviceRegistries":[{"registryArn":"r","containerName":"app","containerPort":8080}]}`),
		inventory.Document(`{"containerDefinitions":[{"name":"app","image":"i"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	in.Names = []inventory.Name{{ARN: "r", DNSName: "orders.shop.internal"}}
	r, err := Convert(in, Options{Chosen: map[string]string{"service:deploymentConfiguration.maximumPercent?kind": "request"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range r.Objects {
		tree := treeOf(t, o)
		if tree["kind"] == "Service" {
			want := map[string]any{v1alpha1.AnnotationHostname: "orders.shop.internal", v1alpha1.AnnotationGate: "true"}
			if diff := cmp.Diff(want, tree["metadata"].(map[string]any)["annotations"]); diff != "" {
				t.Error(diff)
			}
		}
		if tree["kind"] != "ServiceMigration" {
			continue
		}
		data, err := json.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		d := json.NewDecoder(bytes.NewReader(data))
		d.DisallowUnknownFields()
		var got v1alpha1.ServiceMigration
		if err := d.Decode(&got); err != nil {
			t.Fatal(err)
		}
		want := v1alpha1.ServiceMigrationSpec{
			Goal:   v1alpha1.GoalSource,
			Source: v1alpha1.Source{Account: "123456789012", Region: "eu-central-1", Cluster: "Prod", Service: "Orders_API"},
			Target: v1alpha1.Target{Service: "orders-api", Port: 8080}, Kind: "request",
		}
		if diff := cmp.Diff(want, got.Spec); diff != "" || got.APIVersion != v1alpha1.GroupVersion.String() || got.Name != "orders-api" || got.Namespace != "prod" {
			t.Errorf("%s %s/%s %s", got.APIVersion, got.Namespace, got.Name, diff)
		}
		if v1alpha1.TagNamespace != tagNamespace {
			t.Error(v1alpha1.TagNamespace)
		}
		return
	}
	t.Error("there is no ServiceMigration")
}
