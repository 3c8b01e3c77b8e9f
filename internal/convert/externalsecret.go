package convert

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// refresh is how often External Secrets looks for a new value. ECS reads at the start
// of each task; a pod that starts finds a value not older than this.
const refresh = "5m"

// externalSecrets makes one ExternalSecret for each store that a container's secrets
// are in, which keeps a Secret of the same name.
// https://external-secrets.io/latest/api/externalsecret/
func (c *conversion) externalSecrets(k *container, all []variableFrom) {
	var stores []string
	data := map[string][]any{}
	for _, v := range all {
		if data[v.store] == nil {
			stores = append(stores, v.store)
		}
		data[v.store] = append(data[v.store], map[string]any{"secretKey": v.key, "remoteRef": v.remote()})
	}
	for _, store := range stores {
		name := fmt.Sprintf("%s.%s", c.name, k.Name)
		if store != c.opts.SecretStore {
			name += "." + strings.ToLower(store)
		}
		c.addExternalSecret(name, store, nil, data[store])
		for _, v := range all {
			if v.store == store {
				k.setFrom(v.name, name, v.key)
			}
		}
	}
}

// remote is the reference as the stores of AWS read it.
// https://external-secrets.io/latest/provider/aws-secrets-manager/
func (r reference) remote() map[string]any {
	out := map[string]any{"key": r.id}
	if r.jsonKey != "" {
		out["property"] = r.jsonKey
	}
	switch {
	case r.version != "":
		out["version"] = "uuid/" + r.version
	case r.stage != "":
		out["version"] = r.stage
	}
	return out
}

func (c *conversion) addExternalSecret(name, store string, template map[string]any, data []any) {
	target := map[string]any{"name": name, "creationPolicy": "Owner"}
	if template != nil {
		target["template"] = template
	}
	o := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{
		"refreshInterval": refresh,
		"secretStoreRef":  map[string]any{"kind": "ClusterSecretStore", "name": store},
		"target":          target,
		"data":            data,
	}}}
	o.SetAPIVersion("external-secrets.io/v1")
	o.SetKind("ExternalSecret")
	o.SetName(name)
	c.add(o)
}

// pullSecret lets the pod pull an image with the credentials that ECS took from a
// secret: JSON with username and password.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/private-auth.html
func (c *conversion) pullSecret(k *container, n ledger.Node) {
	name := fmt.Sprintf("%s.%s.pull", c.name, k.Name)
	c.pod.Spec.ImagePullSecrets = append(c.pod.Spec.ImagePullSecrets, corev1.LocalObjectReference{Name: name})
	r, ok := refer(n.Text())
	switch {
	case ok && r.parameter: // ECS takes the name of a secret here, too, but no parameter
		r = reference{id: n.Text()}
	case !ok:
		n.Unsupported("no secret of Secrets Manager: make a Secret " + name + " of type kubernetes.io/dockerconfigjson yourself")
		return
	}
	if c.opts.Secrets == SecretsStoreCSI {
		if n.Decide("", "The Secrets Store driver can't write a registry's credentials. Where does the Secret "+name+" come from?",
			ledger.Answer{Word: "by-hand", Then: "you make it: kubectl create secret docker-registry " + name}) != "" {
			n.Mapped("Pod spec.imagePullSecrets")
		}
		return
	}
	store := c.storeOf(n, r, c.opts.SecretStore)
	if store != "" {
		n.Mapped("Pod spec.imagePullSecrets")
	} else {
		store = regional(c.opts, r)
	}
	property := func(key string) map[string]any {
		p := r
		p.jsonKey = key
		return map[string]any{"secretKey": key, "remoteRef": p.remote()}
	}
	c.addExternalSecret(name, store, map[string]any{
		"type":          "kubernetes.io/dockerconfigjson",
		"engineVersion": "v2",
		"data": map[string]any{".dockerconfigjson": fmt.Sprintf(
			`{"auths":{%q:{"username":{{ .username | toJson }},"password":{{ .password | toJson }}}}}`, registry(k.Image))},
	}, []any{property("username"), property("password")})
}
