package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tranship/tranship/internal/inventory"
)

const ecsTrust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}`

// savedFleet writes a snapshot of three services: two that share a role, and one whose
// role could not be read.
func savedFleet(t *testing.T, change func(*inventory.Snapshot)) string {
	t.Helper()
	p := inventory.Place{Account: "111122223333", Region: "eu-west-1"}
	s := &inventory.Snapshot{
		Places: []inventory.Place{p},
		Namespaces: []inventory.Namespace{
			{Place: p, ID: "ns-shop", ARN: "arn:aws:servicediscovery:eu-west-1:111122223333:namespace/ns-shop", Name: "shop.internal", Type: "DNS_PRIVATE", HostedZone: "Z0SHOP"},
			{Place: p, ID: "ns-other", ARN: "arn:aws:servicediscovery:eu-west-1:111122223333:namespace/ns-other", Name: "other.internal", Type: "DNS_PRIVATE", HostedZone: "Z0OTHER"},
		},
		Roles: []inventory.Role{{
			Account: p.Account, ARN: "arn:aws:iam::111122223333:role/shop", Name: "shop", Trust: inventory.Document(ecsTrust),
			Policies: []inventory.Policy{
				{Name: "queue", Document: inventory.Document(`{"Statement":[{"Effect":"Allow","Action":"sqs:*","Resource":"*","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:ecs:*"}}}]}`)},
				{Name: "denied", ARN: "arn:aws:iam::111122223333:policy/denied"},
			},
		}},
		Unknown: []inventory.Unknown{{Place: p, Part: "roles", Object: "late", Permission: "iam:GetRole", Why: "denied"}},
	}
	for _, x := range []struct{ name, role string }{{"orders", "arn:aws:iam::111122223333:role/shop"}, {"users", "shop"}, {"late", "late"}} {
		registry := "arn:aws:servicediscovery:eu-west-1:111122223333:service/srv-" + x.name
		arn := "arn:aws:ecs:eu-west-1:111122223333:task-definition/" + x.name + ":1"
		s.Names = append(s.Names, inventory.Name{Place: p, ID: "srv-" + x.name, ARN: registry, NamespaceID: "ns-shop", DNSName: x.name + ".shop.internal"})
		s.Services = append(s.Services, inventory.Service{
			Place: p, Cluster: "production", Name: x.name, ARN: "arn:aws:ecs:eu-west-1:111122223333:service/production/" + x.name, DesiredCount: 2, TaskDefinition: arn,
			Registries: []inventory.Registry{{ARN: registry}},
			Document:   inventory.Document(`{"serviceName":"` + x.name + `","serviceArn":"arn:aws:ecs:eu-west-1:111122223333:service/production/` + x.name + `","clusterArn":"arn:aws:ecs:eu-west-1:111122223333:cluster/production","desiredCount":2,"taskDefinition":"` + arn + `"}`),
		})
		s.TaskDefinitions = append(s.TaskDefinitions, inventory.TaskDefinition{
			Place: p, ARN: arn, Family: x.name, Revision: 1, Status: "ACTIVE",
			Document: inventory.Document(`{"family":"` + x.name + `","taskRoleArn":"` + x.role + `","containerDefinitions":[{"name":"app","image":"111122223333.dkr.ecr.eu-west-1.amazonaws.com/` + x.name + `:1","secrets":[{"name":"K","valueFrom":"/` + x.name + `/key"}],"portMappings":[{"containerPort":8080}]}]}`),
		})
	}
	if change != nil {
		change(s)
	}
	if err := s.Seal(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	data, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "snapshot.json")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// printed runs `tranship iam`.
func printed(t *testing.T, args ...string) (code Code, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = Execute(t.Context(), Env{Streams: Streams{Out: &stdout, Err: &stderr}}, append([]string{"tranship", "iam"}, args...))
	return code, stdout.String(), stderr.String()
}

// One run has every task's role and what becomes of the execution roles.
func TestIAMOfAFleet(t *testing.T) {
	file := savedFleet(t, nil)
	code, out, errs := printed(t, "--from", file, "--pod-identity", "blue", "-n", "shop")
	if code != CodeFine {
		t.Fatal(code, errs)
	}
	var got struct {
		Policies []struct{ Name string }
		Roles    []struct {
			Role            string
			ServiceAccounts []string
			Trust           struct{ Statement []any }
			Decide          []struct{ Where, What string }
		}
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	var roles []string
	for _, r := range got.Roles {
		roles = append(roles, r.Role+" "+strings.Join(r.ServiceAccounts, ","))
	}
	if d := cmp.Diff([]string{"arn:aws:iam::111122223333:role/late shop/late", "arn:aws:iam::111122223333:role/shop shop/orders,shop/users"}, roles); d != "" {
		t.Fatalf("roles (-want +got)\n%s", d)
	}
	if n := len(got.Roles[1].Trust.Statement); n != 2 {
		t.Errorf("the trust policy has %d statements, want ECS' and ours", n)
	}
	for i, want := range [][]string{{"is not known, so only what is to be added is here: denied"}, {"aws:SourceArn", "policy denied could not be read"}} {
		for _, w := range want {
			if !strings.Contains(strings.Join(strings.Fields(errs), " "), w) {
				t.Errorf("role %d: %q is not said in\n%s", i, w, errs)
			}
		}
	}
	var names []string
	for _, p := range got.Policies {
		names = append(names, p.Name)
	}
	if d := cmp.Diff([]string{"tranship-images", "tranship-secrets"}, names); d != "" {
		t.Errorf("policies (-want +got)\n%s", d)
	}
	for _, form := range []string{"json", "terraform", "cloudformation"} {
		_, first, _ := printed(t, "--from", file, "--irsa", "oidc.eks.eu-west-1.amazonaws.com/id/A", "-o", form)
		if _, again, _ := printed(t, "--from", file, "--irsa", "oidc.eks.eu-west-1.amazonaws.com/id/A", "-o", form); first == "" || first != again {
			t.Errorf("%s: not the same bytes twice", form)
		}
	}
	if code, _, errs := printed(t, "task-role", "--from", file, "--pod-identity", "blue", "--strict"); code != CodeIncomplete {
		t.Error(code, errs)
	}
}

// A controller's policy has the names and services of the fleet, and no others.
func TestIAMIsNarrowedByASnapshot(t *testing.T) {
	code, out, errs := printed(t, "controller", "--from", savedFleet(t, nil))
	if code != CodeFine || errs != "" {
		t.Fatal(code, errs)
	}
	for _, want := range []string{"service/srv-orders", "namespace/ns-shop", "hostedzone/Z0SHOP", "service/production/late"} {
		if !strings.Contains(out, want) {
			t.Errorf("%s is not there", want)
		}
	}
	for _, not := range []string{"ns-other", "Z0OTHER", "service/*", "--cloud-map-service narrows"} {
		if strings.Contains(out, not) {
			t.Errorf("%s is there", not)
		}
	}
	// A flag says more than the snapshot.
	if _, out, _ := printed(t, "controller", "--from", savedFleet(t, nil), "--ecs-service", "production/*"); !strings.Contains(out, "service/production/*") {
		t.Error("--ecs-service is not heard")
	}
}

func TestIAMRefusesSnapshots(t *testing.T) {
	two := savedFleet(t, func(s *inventory.Snapshot) {
		s.Places = append(s.Places, inventory.Place{Account: "444455556666", Region: "eu-west-1"})
	})
	broken := filepath.Join(t.TempDir(), "x.json")
	if err := os.WriteFile(broken, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code Code
		want string
	}{
		{[]string{"controller", "--from", two}, CodeUsage, "has the accounts 111122223333, 444455556666, and IAM is one for each: pick one with --account"},
		{[]string{"controller", "--from", two, "--account", "999999999999"}, CodeFailed, "has nothing of account 999999999999"},
		{[]string{"controller", "--from", broken}, CodeFailed, "tranship inventory --save FILE"},
		{[]string{"controller", "--from", broken + "x"}, CodeFailed, "no such file"},
		{[]string{"--from", two, "--account", "111122223333"}, CodeUsage, "how do pods get credentials?"},
	} {
		if code, out, errs := printed(t, c.args...); code != c.code || !strings.Contains(errs, c.want) || out != "" {
			t.Errorf("%v: %d %s, want %d %s", c.args, code, errs, c.code, c.want)
		}
	}
}
