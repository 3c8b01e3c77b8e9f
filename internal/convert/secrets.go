package convert

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// reference is where the value of a secret is. The value itself is never known here.
type reference struct {
	parameter bool   // in Parameter Store; else in Secrets Manager
	id        string // ARN or name
	region    string // "" for the service's
	jsonKey   string // of the secret's JSON; "": all of it
	stage     string // version stage; "": AWSCURRENT
	version   string // version id
}

// refer reads what ECS takes as valueFrom; false for what is neither.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-ssm-paramstore.html
func refer(valueFrom string) (reference, bool) {
	if !strings.HasPrefix(valueFrom, "arn:") {
		return reference{parameter: true, id: valueFrom}, valueFrom != ""
	}
	p := strings.Split(valueFrom, ":")
	part := func(i int) string {
		if i < len(p) {
			return p[i]
		}
		return ""
	}
	switch {
	case part(2) == "secretsmanager" && part(5) == "secret" && part(6) != "" && len(p) <= 10:
		return reference{
			id: strings.Join(p[:7], ":"), region: part(3), jsonKey: part(7), stage: part(8), version: part(9),
		}, true
	case part(2) == "ssm" && strings.HasPrefix(part(5), "parameter/"):
		return reference{parameter: true, id: valueFrom, region: part(3)}, true
	}
	return reference{}, false
}

// variableFrom is a variable whose value is a secret, and the key of it in the Secret.
type variableFrom struct {
	reference
	name, key string
	store     string // the ClusterSecretStore
}

// secrets gives the containers the variables whose values are secrets, by reference.
func (c *conversion) secrets() {
	for _, k := range c.containers {
		var all []variableFrom
		for _, n := range k.ecs.Field("secrets").Items() {
			if v, ok := c.variableFrom(k, n, all); ok {
				all = append(all, v)
			}
		}
		if len(all) == 0 {
			continue
		}
		if c.opts.Secrets == SecretsStoreCSI {
			c.secretProviderClasses(k, all)
			continue
		}
		c.externalSecrets(k, all)
	}
}

func (c *conversion) variableFrom(k *container, n ledger.Node, before []variableFrom) (variableFrom, bool) {
	name, from := n.Field("name"), n.Field("valueFrom")
	r, ok := refer(from.Text())
	switch {
	case !variable(name.Text()):
		refused(n, name.Text())
		return variableFrom{}, false
	case !ok:
		from.Unsupported("neither a secret of Secrets Manager nor a parameter of Parameter Store")
		name.Unsupported("its value is not known")
		return variableFrom{}, false
	}
	v := variableFrom{reference: r, name: name.Text(), key: name.Text()}
	if !portable(v.key) || slices.ContainsFunc(before, func(o variableFrom) bool { return o.key == v.key }) {
		v.key = label(fmt.Sprintf("%s_%d", v.name, len(before)))
	}
	v.store = c.opts.SecretStore
	if v.parameter {
		v.store = c.opts.ParameterStore
	}
	to := k.to("env[].valueFrom.secretKeyRef")
	if v.store = c.storeOf(from, r, v.store); v.store != "" {
		from.Mapped(to)
	} else {
		v.store = regional(c.opts, r)
	}
	name.Mapped(to)
	return v, true
}

// storeOf asks where to read a secret of another region; "" while nobody said.
func (c *conversion) storeOf(from ledger.Node, r reference, store string) string {
	here := c.home()
	if c.opts.Secrets == SecretsStoreCSI || r.region == "" || here == "" || r.region == here {
		return store
	}
	other := regional(c.opts, r)
	switch from.Decide("", fmt.Sprintf("It is in %s, and the ClusterSecretStore %s reads %s. Which one reads it?", r.region, store, here),
		ledger.Answer{Word: "regional", Then: "a ClusterSecretStore " + other + ", which you make"},
		ledger.Answer{Word: "same", Then: "the ClusterSecretStore " + store + ", which reads " + r.region + ", too"}) {
	case "regional":
		return other
	case "same":
		return store
	}
	return ""
}

// regional is what the store of another region is called.
func regional(o Options, r reference) string {
	store := o.SecretStore
	if r.parameter {
		store = o.ParameterStore
	}
	return store + "-" + r.region
}

// setFrom sets a variable from a Secret, also one that env had.
func (k *container) setFrom(name, secret, key string) {
	k.Env = slices.DeleteFunc(k.Env, func(v corev1.EnvVar) bool { return v.Name == name })
	k.Env = append(k.Env, corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
		LocalObjectReference: corev1.LocalObjectReference{Name: secret}, Key: key,
	}}})
}
