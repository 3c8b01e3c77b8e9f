package view

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/internal/inventory"
)

// Several accounts: each line says which; a name that could not be read is not no name.
func TestInventoryOfSeveralAccounts(t *testing.T) {
	home, away := inventory.Place{Account: "111122223333", Region: "eu-west-1"}, inventory.Place{Account: "123456789012", Region: "eu-west-1"}
	s := &inventory.Snapshot{
		Places: []inventory.Place{home, away},
		Services: []inventory.Service{{
			Place: home, Cluster: "prod", Name: "orders", DesiredCount: 1, TaskDefinition: "arn:x:task-definition/orders:1", Registries: []inventory.Registry{{ARN: "r"}},
			Scaling: &inventory.Scaling{Target: inventory.Document("[]")},
		}},
		Unknown: []inventory.Unknown{
			{Place: away, Part: "account", Permission: "sts:AssumeRole", Why: "the role\ncan't be assumed"},
			{Place: home, Part: "names", Why: "throttled"},
		},
	}
	var b strings.Builder
	if err := InventoryWide(&b, s, Style{Width: 10}); err != nil {
		t.Fatal(err)
	}
	const want = `ACCOUNT       REGION     CLUSTER  SERVICE  TASKS  LAUNCH  NAME     RECORDS  TTL  SCALING  LB  IN THE NAME  TASK DEFINITION  STATUS
111122223333  eu-west-1  prod     orders     0/1  -       unknown  -          -  unknown   -  -            orders:1         unknown

ACCOUNT AND REGION      UNKNOWN  OF   MISSING PERMISSION  WHY
123456789012 eu-west-1  account  all  sts:AssumeRole      the role can't be assumed
111122223333 eu-west-1  names    all  -                   throttled
Unknown is not the same as not there: whatever reads this inventory keeps them apart.
` + "`tranship iam inventory` prints a policy with all that this verb reads.\n"
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	b.Reset()
	if err := Inventory(&b, s, Style{}); err != nil || !strings.HasPrefix(b.String(), "ACCOUNT       REGION     CLUSTER  SERVICE  TASKS  LAUNCH  NAME     TTL") {
		t.Errorf("%v\n%s", err, b.String())
	}
	if got, want := InventorySummary(s), "1 service in 0 clusters; 0 names in 0 namespaces; 2 things unknown"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
