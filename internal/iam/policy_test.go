package iam

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// narrow is a scope in which everything is named.
func narrow() Scope {
	return Scope{
		Account: "111122223333", Regions: []string{"eu-west-1"},
		Namespaces: []string{"ns-shop"}, Services: []string{"srv-orders", "srv-users"}, HostedZones: []string{"Z0SHOP"},
		ECSServices: []string{"production/orders", "production/users"}, EKSClusters: []string{"shop"},
		Roles: []string{"arn:aws:iam::111122223333:role/orders"}, Assume: []string{"arn:aws:iam::444455556666:role/tranship"},
		VPCs: []string{"vpc-0a1b"}, Owner: "blue",
	}
}

func wide() Scope {
	return Scope{Account: "111122223333", Regions: []string{"eu-west-1", "eu-central-1"}}
}

// crowded is narrow, with more of everything than a statement lists twice.
func crowded() Scope {
	s := narrow()
	for i := range many + 1 {
		s.Namespaces = append(s.Namespaces, fmt.Sprintf("ns-%d", i))
		s.Services = append(s.Services, fmt.Sprintf("srv-%d", i))
		s.HostedZones = append(s.HostedZones, fmt.Sprintf("Z%d", i))
		s.ECSServices = append(s.ECSServices, fmt.Sprintf("cluster-%d/service-%d", i, i))
		s.EKSClusters = append(s.EKSClusters, fmt.Sprintf("cluster-%d", i))
		s.Roles = append(s.Roles, fmt.Sprintf("arn:aws:iam::111122223333:role/role-%d", i))
		s.Assume = append(s.Assume, fmt.Sprintf("arn:aws:iam::4444555566%02d:role/tranship", i))
	}
	return s
}

// scopes are narrow, crowded and wide ones, with and without each feature.
func scopes() []Scope {
	var out []Scope
	for _, s := range []Scope{narrow(), crowded(), wide()} {
		out = append(out, s)
		for _, f := range []Feature{Create, CreatePrivate, CreatePublic, CreateHTTP, DeleteEmpty} {
			with := s
			with.Features = []Feature{f}
			out = append(out, with)
		}
		s.Features = []Feature{Create, CreatePrivate, CreatePublic, CreateHTTP, DeleteEmpty}
		out = append(out, s)
	}
	return out
}

func each(t *testing.T, f func(t *testing.T, v Verb, s Scope, ps []Policy)) {
	for _, v := range Verbs() {
		for i, s := range scopes() {
			t.Run(fmt.Sprintf("%s/%d", v.Name, i), func(t *testing.T) {
				ps, err := Of(v.Name, s)
				if err != nil {
					t.Fatal(err)
				}
				f(t, v, s, ps)
			})
		}
	}
}

// Whatever is not named one by one says why, and nothing is broader than it has to be.
func TestEveryWildcardIsExplained(t *testing.T) {
	each(t, func(t *testing.T, _ Verb, _ Scope, ps []Policy) {
		for _, p := range ps {
			for _, s := range p.Statements {
				if slices.ContainsFunc(s.Resources, func(r string) bool { return strings.Contains(r, "*") }) != (s.Wide != "") {
					t.Errorf("%s on %v: wide because %q", s.Sid, s.Resources, s.Wide)
				}
				if slices.ContainsFunc(s.Actions, func(a string) bool { return strings.Contains(a, "*") }) {
					t.Errorf("%s allows %v", s.Sid, s.Actions)
				}
				if s.Why == "" {
					t.Errorf("%s does not say what it is for: add it to reasons", s.Sid)
				}
				if slices.Contains(s.Resources, "*") {
					for _, a := range s.Actions {
						if len(table[a].On) > 0 {
							t.Errorf("%s on *, though AWS knows %v for it", a, table[a].On)
						}
						if !global[prefixOf(a)] && len(s.Conditions) == 0 {
							t.Errorf("%s on * in every region", a)
						}
					}
				}
			}
		}
	})
}

// In a narrow scope a write has a named resource, a condition, or is asked for by
// Cloud Map in Route 53.
func TestWritesAreNarrow(t *testing.T) {
	for _, v := range Verbs() {
		if v.anything != "" {
			continue
		}
		ps, err := Of(v.Name, narrow())
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range ps {
			for _, s := range p.Statements {
				if s.Wide != "" && strings.HasPrefix(s.Sid, "Write") && len(s.Conditions) == 0 && !strings.Contains(s.Sid, "HealthCheck") && s.Sid != "WriteRoute53Everywhere" {
					t.Errorf("%s: %s on %v without a condition", v.Name, s.Sid, s.Resources)
				}
			}
		}
	}
}

func TestPoliciesFitAndParse(t *testing.T) {
	each(t, func(t *testing.T, v Verb, s Scope, ps []Policy) {
		again, err := Of(v.Name, s)
		if err != nil || fmt.Sprint(again) != fmt.Sprint(ps) {
			t.Errorf("%v: not the same twice", err)
		}
		allowed := map[string]bool{}
		for _, p := range ps {
			d, err := p.Document()
			if err != nil {
				t.Fatal(err)
			}
			if Size(d) > ManagedPolicySize {
				t.Errorf("%s has %d characters", p.Name, Size(d))
			}
			var doc struct{ Statement []struct{ Sid string } }
			if err := json.Unmarshal(d, &doc); err != nil {
				t.Fatal(err)
			}
			sids := map[string]bool{}
			for _, s := range doc.Statement {
				if sids[s.Sid] {
					t.Errorf("%s: Sid %s is there twice", p.Name, s.Sid)
				}
				sids[s.Sid] = true
			}
			for _, s := range p.Statements {
				for _, a := range s.Actions {
					allowed[a] = true
				}
			}
		}
		for _, c := range v.all() {
			if want := v.told(s, c.With) && !free[c.Action]; allowed[c.Action] != want {
				t.Errorf("%s allowed: %t, want %t", c.Action, allowed[c.Action], want)
			}
		}
	})
}

// A verb that calls nothing has no policy.
func TestVerbsThatCallNothing(t *testing.T) {
	for _, v := range Verbs() {
		ps, err := Of(v.Name, narrow())
		if err != nil {
			t.Fatal(err)
		}
		if calls := len(v.all()) > 0; calls != (len(ps) > 0) {
			t.Errorf("%s: %d policies", v.Name, len(ps))
		}
	}
	if _, err := Of("teleport", narrow()); err == nil {
		t.Error("a policy for what there is not")
	}
}

func TestScopeSaysAllThatIsWrong(t *testing.T) {
	s := Scope{
		Account: "1", Partition: "AWS", Namespaces: []string{"shop"}, Services: []string{"arn:aws:ecs:eu-west-1:111122223333:service/x"},
		HostedZones: []string{"shop.internal"}, ECSServices: []string{"orders", "a/[b]"}, EKSClusters: []string{"-"},
		Roles: []string{"orders"}, Assume: []string{"*"}, VPCs: []string{"*"}, Tag: "team",
	}
	err := s.Check()
	if err == nil {
		t.Fatal("nothing is wrong with it")
	}
	for _, want := range []string{
		`account "1"`, "no region", `partition "AWS"`, `namespace "shop"`, `service "arn:aws:ecs`, `zone "shop.internal"`,
		`"orders": it is such as production/orders`, `"a/[b]"`, `cluster "-"`, `role "orders"`, `assume "*"`, `VPC "*"`, `tag "team"`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not said in\n%v", want, err)
		}
	}
	if err := (Scope{Account: "111122223333", Regions: []string{"eu-west-1", "eu-north-1"}, Services: []string{"srv-1"}}).Check(); err == nil {
		t.Error("an id in two regions")
	}
}

// 200 names and ECS services: several policies, each short enough, nothing lost.
func TestSplitLosesNothing(t *testing.T) {
	s := narrow()
	s.Services, s.ECSServices = nil, nil
	for i := range 200 {
		s.Services = append(s.Services, fmt.Sprintf("srv-%016d", i))
		s.ECSServices = append(s.ECSServices, fmt.Sprintf("production/service-%03d", i))
	}
	ps, err := Of("controller", s)
	if err != nil {
		t.Fatal(err)
	}
	if len(ps) < 3 || len(ps) > PoliciesPerRole {
		t.Errorf("%d policies", len(ps))
	}
	got := map[string]bool{}
	for i, p := range ps {
		d, err := p.Document()
		if err != nil || Size(d) > ManagedPolicySize {
			t.Errorf("%s: %d characters, %v", p.Name, Size(d), err)
		}
		if want := fmt.Sprintf("tranship-controller-%d", i+1); p.Name != want {
			t.Errorf("%s, want %s", p.Name, want)
		}
		for _, st := range p.Statements {
			for _, a := range st.Actions {
				for _, r := range st.Resources {
					got[a+" "+r] = true
				}
			}
		}
	}
	for i := range 200 {
		for _, want := range []string{
			fmt.Sprintf("servicediscovery:RegisterInstance arn:aws:servicediscovery:eu-west-1:111122223333:service/srv-%016d", i),
			fmt.Sprintf("ecs:UpdateService arn:aws:ecs:eu-west-1:111122223333:service/production/service-%03d", i),
		} {
			if !got[want] {
				t.Errorf("lost: %s", want)
			}
		}
	}
	long := Policy{Name: "p", Statements: []Statement{{Sid: "X", Actions: []string{"a:B"}, Resources: []string{strings.Repeat("x", ManagedPolicySize)}}}}
	if _, err := Split(long); err == nil {
		t.Error("a statement that fits nowhere was split")
	}
}

func TestPartitions(t *testing.T) {
	for region, want := range map[string]string{
		"eu-west-1": "aws", "cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov", "us-iso-east-1": "aws-iso", "us-isob-east-1": "aws-iso-b", "eusc-de-east-1": "aws-eusc",
	} {
		if got := PartitionOf(region); got != want {
			t.Errorf("%s: %s, want %s", region, got, want)
		}
	}
	s := Scope{Account: "111122223333", Regions: []string{"cn-north-1"}}
	if got, _ := s.resources(ecsService); got[0] != "arn:aws-cn:ecs:cn-north-1:111122223333:service/*" {
		t.Errorf("%v", got)
	}
}
