package secrets

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const (
	orders = "arn:aws:secretsmanager:eu-west-1:1:secret:shop/orders-AbCdEf"
	flag   = "arn:aws:ssm:eu-west-1:1:parameter/shop/flag"
)

var store = Store{
	Secrets:    map[string]map[string][]string{orders: {Current: {"user", "password"}, "AWSPREVIOUS": {"password"}, "id-1": {"password"}}},
	Parameters: []string{flag},
}

func TestValueFrom(t *testing.T) {
	for from, want := range map[string]string{
		orders:                            `{"password":"password of shop/orders-AbCdEf at AWSCURRENT","user":"user of shop/orders-AbCdEf at AWSCURRENT"}`,
		orders + ":password::":            "password of shop/orders-AbCdEf at AWSCURRENT",
		orders + ":password:AWSPREVIOUS:": "password of shop/orders-AbCdEf at AWSPREVIOUS",
		orders + ":password::id-1":        "password of shop/orders-AbCdEf at id-1",
		flag:                              "the parameter /shop/flag",
		"/shop/flag":                      "the parameter /shop/flag",
		"shop/flag":                       "the parameter /shop/flag",
	} {
		if got, err := store.ValueFrom(from); got != want || err != nil {
			t.Errorf("%s: %q, %v", from, got, err)
		}
	}
	for _, from := range []string{orders + ":key::", orders + ":password:AWSPENDING:", orders + "x", "other"} {
		if got, err := store.ValueFrom(from); !errors.Is(err, ErrNone) {
			t.Errorf("%s: %q, %v", from, got, err)
		}
	}
}

func TestSecretOf(t *testing.T) {
	e := func(store string, data ...map[string]any) unstructured.Unstructured {
		var list []any
		for _, d := range data {
			list = append(list, d)
		}
		u := unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{
			"secretStoreRef": map[string]any{"name": store}, "target": map[string]any{"name": "orders.app"}, "data": list,
		}}}
		u.SetNamespace("shop")
		return u
	}
	ref := func(key string, more ...string) map[string]any {
		r := map[string]any{"key": key}
		for i := 0; i+1 < len(more); i += 2 {
			r[more[i]] = more[i+1]
		}
		return map[string]any{"secretKey": "K", "remoteRef": r}
	}
	o := Operator{Store: store, Parameters: "ssm"}
	for _, tt := range []struct {
		name string
		e    unstructured.Unstructured
		want string
	}{
		{"a key", e("sm", ref("shop/orders", "property", "user")), "user of shop/orders-AbCdEf at AWSCURRENT"},
		{"an id", e("sm", ref(orders, "property", "password", "version", "uuid/id-1")), "password of shop/orders-AbCdEf at id-1"},
		{"a stage", e("sm", ref(orders, "property", "password", "version", "AWSPREVIOUS")), "password of shop/orders-AbCdEf at AWSPREVIOUS"},
		{"a parameter", e("ssm", ref("/shop/flag")), "the parameter /shop/flag"},
	} {
		s, err := o.secret(tt.e)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if diff := cmp.Diff([]string{"shop", "orders.app", tt.want}, []string{s.Namespace, s.Name, string(s.Data["K"])}); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
	if _, err := o.secret(e("sm", ref("/shop/flag"))); !errors.Is(err, ErrNone) {
		t.Errorf("from the wrong store: %v", err)
	}
	pull := e("sm", ref(orders, "property", "user"))
	_ = unstructured.SetNestedField(pull.Object, string(corev1.SecretTypeDockerConfigJson), "spec", "target", "template", "type")
	if s, err := o.secret(pull); err != nil || s.Data[corev1.DockerConfigJsonKey] == nil {
		t.Errorf("%+v %v", s, err)
	}
}
