package render

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// Of several variables of one name the last counts, so it is the one that values have.
func TestTheLastOfOneNameIsInTheValues(t *testing.T) {
	r := small("shop", "web")
	d := r.Objects[1].Object.(*appsv1.Deployment)
	d.Spec.Template.Spec.Containers[0].Env = []corev1.EnvVar{{Name: "A", Value: "first"}, {Name: "B", Value: "$(A)"}, {Name: "A", Value: "last"}}
	f := rendered(t, Options{Forms: []Form{Helm}}, r)
	template := string(f.Get("helm/services/shop/web/templates/deployment-web.yaml").Data)
	values := string(f.Get("helm/services/shop/web/values.yaml").Data)
	if !strings.Contains(template, "value: first\n") || strings.Count(template, ".Values.containers.web.env.A ") != 1 ||
		!strings.Contains(values, "A: last\n") || strings.Contains(values, "first") {
		t.Errorf("%s\n%s", template, values)
	}
}
