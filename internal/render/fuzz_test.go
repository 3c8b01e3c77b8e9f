package render

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tranship/tranship/internal/convert"
)

// FuzzText: no text of a service, in a key, a value, a note or a name, changes
// anything but itself, in no form; and no brace of it reaches Helm.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", "yes", "a: b", "{{ fail }}", "{{{", "# x", "one\ntwo", "TRANSHIPSLOT0Z", "\x00", "---\na: b"} {
		f.Add("key", s, s, s)
		f.Add("KEY", s, "", "orders")
	}
	f.Add("key", "value", "TRANSHIPSLOT", "orders")
	f.Fuzz(func(t *testing.T, key, value, text, service string) {
		key, value, text, service = strings.ToValidUTF8(key, "?"), strings.ToValidUTF8(value, "?"), strings.ToValidUTF8(text, "?"), strings.ToValidUTF8(service, "?")
		r := small("shop", "web")
		r.Service = service
		r.Objects = append(r.Objects, convert.Object{Object: &corev1.ConfigMap{
			TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
			ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "shop", Annotations: map[string]string{key: value}},
			Data:       map[string]string{key: value},
		}, Notes: []convert.Note{{Text: text}, {Path: "data." + key, Text: text}, {Path: "metadata.annotations." + key, Text: text}, {Path: text, Text: key}}})
		files, err := Render([]convert.Result{r}, Options{Forms: []Form{YAML, Kustomize, Helm, HelmOne}, Snapshot: text})
		if err != nil {
			t.Fatal(err)
		}
		path := "kustomize/services/shop/web/base/configmap-web.yaml"
		for version, read := range readers {
			got, err := read(files.Get(path).Data)
			if err != nil {
				t.Fatalf("YAML %s does not read\n%s\n%v", version, files.Get(path).Data, err)
			}
			m, _ := got.(map[string]any)
			data, _ := m["data"].(map[string]any)
			if len(m) != 4 || m["kind"] != "ConfigMap" || len(data) != 1 || data[key] != value {
				t.Fatalf("YAML %s reads %v in\n%s", version, m, files.Get(path).Data)
			}
		}
		if _, err := readers["1.1"](files.Get("helm-one/services/shop/web/values.yaml").Data); err != nil {
			t.Fatal(err)
		}
		// Without the actions of ours, nothing that opens one is left.
		template := string(files.Get("helm/services/shop/web/templates/configmap-web.yaml").Data)
		left := strings.ReplaceAll(template, `{{ "{{" }}`, "")
		if n := strings.Count(left, "{{"); n != 2 { // the namespace, and the one value
			t.Fatalf("%d actions in\n%s", n, template)
		}
	})
}
