package iam

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const (
	ordersRole = "arn:aws:iam::111122223333:role/tasks/orders"
	issuer     = "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF"
	ecsTrust   = `{"Version":"2012-10-17","Statement":[{"Sid":"","Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
)

func irsa() Trust {
	return Trust{Role: ordersRole, Issuer: "https://" + issuer, Subjects: []Subject{{"shop", "orders"}}}
}

func podIdentity() Trust {
	return Trust{Role: ordersRole, Cluster: "production", Subjects: []Subject{{"shop", "orders"}}}
}

func TestTrustStatements(t *testing.T) {
	two := []Subject{{"shop", "users"}, {"back", "orders"}, {"shop", "orders"}, {"shop", "users"}}
	for _, c := range []struct {
		name string
		t    Trust
		want string
	}{
		{"irsa", irsa(), `[{"Sid":"TranshipIRSA","Effect":"Allow",
			"Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF"},
			"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{
				"oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF:aud":"sts.amazonaws.com",
				"oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF:sub":"system:serviceaccount:shop:orders"}}}]`},
		{"irsa of several", Trust{Role: ordersRole, Issuer: issuer, Subjects: two}, `[{"Sid":"TranshipIRSA","Effect":"Allow",
			"Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF"},
			"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{
				"oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF:aud":"sts.amazonaws.com",
				"oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF:sub":
					["system:serviceaccount:back:orders","system:serviceaccount:shop:orders","system:serviceaccount:shop:users"]}}}]`},
		{"pod identity", podIdentity(), `[{"Sid":"TranshipPodIdentity","Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},
			"Action":["sts:AssumeRole","sts:TagSession"],"Condition":{"StringEquals":{
				"aws:RequestTag/eks-cluster-name":"production","aws:RequestTag/kubernetes-namespace":"shop",
				"aws:RequestTag/kubernetes-service-account":"orders"}}}]`},
		// One statement would also let back/users in.
		{"pod identity of several, by ARN", Trust{Role: ordersRole, Cluster: "arn:aws:eks:eu-west-1:111122223333:cluster/production", Subjects: two}, `[
			{"Sid":"TranshipPodIdentity","Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},"Action":["sts:AssumeRole","sts:TagSession"],
			"Condition":{"ArnEquals":{"aws:RequestTag/eks-cluster-arn":"arn:aws:eks:eu-west-1:111122223333:cluster/production"},"StringEquals":{
				"aws:RequestTag/kubernetes-namespace":"back","aws:RequestTag/kubernetes-service-account":"orders"}}},
			{"Sid":"TranshipPodIdentity","Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},"Action":["sts:AssumeRole","sts:TagSession"],
			"Condition":{"ArnEquals":{"aws:RequestTag/eks-cluster-arn":"arn:aws:eks:eu-west-1:111122223333:cluster/production"},"StringEquals":{
				"aws:RequestTag/kubernetes-namespace":"shop","aws:RequestTag/kubernetes-service-account":["orders","users"]}}}]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.t.Check(); err != nil {
				t.Fatal(err)
			}
			var got []statement
			for _, s := range c.t.Statements() {
				got = append(got, s.wire())
			}
			b, err := encode(got)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(value(t, []byte(c.want)), value(t, b)); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func value(t interface{ Fatal(...any) }, b []byte) any {
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestTrustCheck(t *testing.T) {
	for want, bad := range map[string]Trust{
		"by which way":          {Role: ordersRole, Subjects: []Subject{{"shop", "orders"}}},
		"way do pods get":       {Role: ordersRole, Issuer: issuer, Cluster: "c", Subjects: []Subject{{"shop", "orders"}}},
		`role "orders"`:         {Role: "orders", Cluster: "c", Subjects: []Subject{{"shop", "orders"}}},
		`issuer "no issuer"`:    {Role: ordersRole, Issuer: "no issuer", Subjects: []Subject{{"shop", "orders"}}},
		`EKS cluster "a b"`:     {Role: ordersRole, Cluster: "a b", Subjects: []Subject{{"shop", "orders"}}},
		"no ServiceAccount":     {Role: ordersRole, Cluster: "c"},
		`ServiceAccount shop/*`: {Role: ordersRole, Cluster: "c", Subjects: []Subject{{"shop", "*"}}},
		`ServiceAccount */x`:    {Role: ordersRole, Issuer: issuer, Subjects: []Subject{{"*", "x"}}},
	} {
		if err := bad.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", bad, err, want)
		}
	}
}

func TestMerge(t *testing.T) {
	const deny = `{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Condition":{"Bool":{"aws:SecureTransport":false}}}`
	const ecs = `{"Effect":"Allow","Principal":{"Service":["ec2.amazonaws.com","ecs-tasks.amazonaws.com"]},"Action":["sts:AssumeRole"],"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:ecs:eu-west-1:111122223333:*"}}}`
	first, err := Merge([]byte(ecsTrust), irsa())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, document string
		trust          Trust
		sids           []string // of what is added
		decide         []string
	}{
		{"as ECS has it", ecsTrust, irsa(), []string{"TranshipIRSA"}, nil},
		{"one statement without a list", `{"Statement":` + ecs + `}`, podIdentity(), []string{"TranshipPodIdentity"}, nil},
		{"already there", string(first.Document), irsa(), nil, nil},
		{"the other way, too", string(first.Document), podIdentity(), []string{"TranshipPodIdentity"}, nil},
		{"another ServiceAccount", string(first.Document), Trust{Role: ordersRole, Issuer: issuer, Subjects: []Subject{{"shop", "users"}}}, []string{"TranshipIRSA2"}, nil},
		{"in another order and with another Sid", `{"Statement":[` + ecs + `,{"Sid":"Ours","Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},
			"Action":["sts:TagSession","sts:AssumeRole"],"Condition":{"StringEquals":{"aws:RequestTag/kubernetes-service-account":["users","orders"],
			"aws:RequestTag/kubernetes-namespace":"shop","aws:RequestTag/eks-cluster-name":"production"}}}]}`, podIdentity(), nil, nil},
		{"narrower than ours", `{"Statement":[` + ecs + `,{"Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},
			"Action":["sts:TagSession","sts:AssumeRole"],"Condition":{"StringEquals":{"aws:RequestTag/kubernetes-service-account":"orders",
			"aws:RequestTag/kubernetes-namespace":"shop","aws:RequestTag/eks-cluster-name":"production","aws:SourceAccount":"1"}}}]}`, podIdentity(), []string{"TranshipPodIdentity"}, nil},
		{"it denies", `{"Statement":[` + deny + `,` + ecs + `]}`, irsa(), []string{"TranshipIRSA"}, []string{"statement number 1 denies"}},
		{"of no task", `{"Statement":[]}`, irsa(), []string{"TranshipIRSA"}, []string{"does not trust ecs-tasks"}},
		{"long", `{"Statement":[` + strings.Repeat(ecs+",", 9) + ecs + `]}`, irsa(), []string{"TranshipIRSA"}, []string{"a role 2048 unless"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := Merge([]byte(c.document), c.trust)
			if err != nil {
				t.Fatal(err)
			}
			var sids []string
			for _, s := range m.Added {
				sids = append(sids, s.Sid)
			}
			if d := cmp.Diff(c.sids, sids); d != "" {
				t.Errorf("added (-want +got)\n%s", d)
			}
			if len(m.Decide) != len(c.decide) {
				t.Fatalf("to decide: %v, want %v", m.Decide, c.decide)
			}
			for i, want := range c.decide {
				if !strings.Contains(m.Decide[i].What, want) {
					t.Errorf("to decide: %s, want %s", m.Decide[i].What, want)
				}
			}
			holds(t, []byte(c.document), m, c.trust)
		})
	}
}

// holds are the rules of every merge: what was there comes first, as it was; done
// twice it is done once.
func holds(t interface {
	Fatal(...any)
	Fatalf(string, ...any)
}, before []byte, m Merged, trust Trust) {
	was, err := parse(before, true)
	if err != nil {
		t.Fatal(err)
	}
	is, err := parse(m.Document, true)
	if err != nil {
		t.Fatal(err)
	}
	if len(is.raw) != len(was.raw)+len(m.Added) || len(is.members) != len(was.members) {
		t.Fatalf("%d statements and %d members of %d and %d", len(is.raw), len(is.members), len(was.raw)+len(m.Added), len(was.members))
	}
	for i, raw := range was.raw {
		if a, b := compact(raw), compact(is.raw[i]); a != b {
			t.Fatalf("statement %d was\n%s\nand is\n%s", i+1, a, b)
		}
	}
	for i, w := range was.members {
		if i == was.at {
			continue
		}
		if x := is.members[i]; x.key != w.key || compact(x.raw) != compact(w.raw) {
			t.Fatalf("%s %s became %s %s", w.key, w.raw, x.key, x.raw)
		}
	}
	again, err := Merge(m.Document, trust)
	if err != nil {
		t.Fatal(err)
	}
	if len(again.Added) > 0 || !bytes.Equal(again.Document, m.Document) {
		t.Fatalf("a second time changes it:\n%s", cmp.Diff(string(m.Document), string(again.Document)))
	}
}

func compact(raw []byte) string {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return string(raw)
	}
	return b.String()
}

func TestMergeRefusesWhatItCannotRead(t *testing.T) {
	const ok = `{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}`
	for document, want := range map[string]string{
		``:                                "no JSON object",
		`[]`:                              "no JSON object",
		`{"Statement":[` + ok:             "no JSON",
		`{}`:                              "no Statement",
		`{"Statement":[` + ok + `]}x`:     "something follows",
		`{"Statement":[],"Statement":[]}`: "Statement is there twice",
		`{"Statement":[],"statement":[]}`: "statement is there twice",
		`{"Statement":[],"Comment":"x"}`:  "Comment is no part",
		`{"Version":"2026-01-01","Statement":[]}`: "none that IAM has",
		`{"Statement":["x"]}`:                     "statement 1: it is no JSON object",
		`{"Statement":"x"}`:                       "statement 1: it is no JSON object",
		`{"Statement":[{"Effect":"allow","Principal":"*","Action":"x"}]}`:                 `Effect "allow"`,
		`{"Statement":[{"Effect":"Allow","Principal":"*"}]}`:                              "neither Action",
		`{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`:               "is it a trust policy",
		`{"Statement":[{"Effect":"Allow","Principal":"*","Action":{"a":1}}]}`:             "neither a string nor a list",
		`{"Statement":[{"Effect":"Allow","Effect":"Deny","Principal":"*","Action":"x"}]}`: "Effect is there twice",
	} {
		m, err := Merge([]byte(document), irsa())
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), ordersRole) || m.Document != nil {
			t.Errorf("%s: %v, want %q", document, err, want)
		}
	}
	many := Trust{Role: ordersRole, Issuer: issuer}
	for i := range 300 {
		many.Subjects = append(many.Subjects, Subject{"shop", "service-" + string(rune('a'+i%26)) + strings.Repeat("x", i/26)})
	}
	if _, err := Merge([]byte(ecsTrust), many); err == nil || !strings.Contains(err.Error(), "a role of their own") {
		t.Errorf("a trust policy that no role may have: %v", err)
	}
}

// documents draws trust policies of all shapes that IAM takes.
func documents(t *rapid.T) []byte {
	text := rapid.StringMatching(`[ -~]{0,12}`)
	words := func(name string) any {
		list := rapid.SliceOfN(text, 1, 3).Draw(t, name)
		if len(list) == 1 && rapid.Bool().Draw(t, name+" alone") {
			return list[0]
		}
		return list
	}
	st := func(i int) map[string]any {
		s := map[string]any{"Effect": rapid.SampledFrom([]string{"Allow", "Deny"}).Draw(t, "effect"), "Action": words("action")}
		if rapid.Bool().Draw(t, "sid") {
			s["Sid"] = rapid.SampledFrom([]string{"", "TranshipIRSA", "TranshipPodIdentity", "x"}).Draw(t, "sid")
		}
		switch rapid.IntRange(0, 2).Draw(t, "principal") {
		case 0:
			s["Principal"] = "*"
		case 1:
			s["Principal"] = map[string]any{"Service": words("service"), "AWS": words("aws")}
		case 2:
			s["NotPrincipal"] = map[string]any{"Federated": words("federated")}
		}
		if rapid.Bool().Draw(t, "condition") {
			s["Condition"] = map[string]any{text.Draw(t, "operator"): map[string]any{text.Draw(t, "key"): words("values")}}
		}
		return s
	}
	doc := map[string]any{}
	if rapid.Bool().Draw(t, "version") {
		doc["Version"] = PolicyVersion
	}
	if rapid.Bool().Draw(t, "id") {
		doc["Id"] = text.Draw(t, "id")
	}
	n := rapid.IntRange(0, 6).Draw(t, "statements")
	var list []any
	for i := range n {
		list = append(list, st(i))
	}
	doc["Statement"] = list
	switch {
	case n == 1 && rapid.Bool().Draw(t, "no list"):
		doc["Statement"] = list[0]
	case n == 0:
		doc["Statement"] = []any{}
	}
	b, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestMergeKeepsWhatWasThere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := documents(t)
		trust := irsa()
		if rapid.Bool().Draw(t, "pod identity") {
			trust = podIdentity()
		}
		trust.Subjects = nil
		for range rapid.IntRange(1, 4).Draw(t, "subjects") {
			trust.Subjects = append(trust.Subjects, Subject{
				rapid.SampledFrom([]string{"shop", "back"}).Draw(t, "namespace"), rapid.SampledFrom([]string{"orders", "users"}).Draw(t, "account"),
			})
		}
		m, err := Merge(before, trust)
		if err != nil {
			t.Fatal(err)
		}
		holds(t, before, m, trust)
	})
}

func FuzzMerge(f *testing.F) {
	f.Add([]byte(ecsTrust))
	f.Add([]byte(`{"Statement":{"Effect":"Allow","Principal":"*","Action":"x","Condition":{"Bool":{"a":true}}},"Id":"\u003c"}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		for _, trust := range []Trust{irsa(), podIdentity()} {
			m, err := Merge(document, trust)
			if err != nil {
				continue
			}
			holds(t, document, m, trust)
		}
	})
}

func TestTrustPolicyIsFound(t *testing.T) {
	for name, in := range map[string]string{
		"itself":      ecsTrust,
		"of get-role": `{"Role":{"RoleName":"orders","AssumeRolePolicyDocument":` + ecsTrust + `}}`,
		"of the API":  `{"Role":{"AssumeRolePolicyDocument":"%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Sid%22%3A%22%22%2C%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22ecs-tasks.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D"}}`,
		"as text":     `{"AssumeRolePolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"\",\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ecs-tasks.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}"}`,
	} {
		got, err := TrustPolicy([]byte(in))
		if err != nil || compact(got) != ecsTrust {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	for _, bad := range []string{"", "x", `"x"`, `{"AssumeRolePolicyDocument":"%zz"}`} {
		if _, err := TrustPolicy([]byte(bad)); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestReview(t *testing.T) {
	got, err := Review("policy orders", []byte(`{"Version":"2012-10-17","Statement":[
		{"Sid":"Queue","Effect":"Allow","Action":"sqs:SendMessage","Resource":"*","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:ecs:eu-west-1:111122223333:*"}}},
		{"Effect":"Allow","Action":["ecs:RunTask"],"Resource":"*","Condition":{"ArnEquals":{"ecs:cluster":"arn:aws:ecs:eu-west-1:111122223333:cluster/c"}}},
		{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"aws:SourceVpce":"vpce-1","aws:PrincipalTag/team":"shop"},"ArnLike":{"ecs:cluster":"x"}}},
		{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":true},"ArnLike":{"aws:SourceArn":"arn:aws:sns:eu-west-1:111122223333:x"}}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Decision{
		{"policy orders", "statement Queue has the condition ArnLike aws:SourceArn arn:aws:ecs:eu-west-1:111122223333:*: it names something of ECS, which no pod comes from"},
		{"policy orders", "statement number 3 has the condition ArnLike ecs:cluster x: only calls of ECS' own API have it"},
		{"policy orders", "statement number 3 has the condition StringEquals aws:SourceVpce vpce-1: it holds only if pods leave through the same VPC endpoint"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if _, err := Review("policy x", []byte(`{"Statement":3}`)); err == nil {
		t.Error("a policy that is none was read")
	}
}
