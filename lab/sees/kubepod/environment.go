package kubepod

import (
	"fmt"
	"maps"
	"net"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/tranship/tranship/lab/sees"
)

// environment fills in what the container's variables are, and returns all of them.
// What env states wins over envFrom, of which a later source wins over an earlier;
// both win over what tells of Services. A value may refer to those before it.
// https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
func (w World) environment(c corev1.Container, out *sees.Container) (map[string]string, error) {
	services, own := w.links(), map[string]string{}
	for _, f := range c.EnvFrom {
		data, err := w.source(f)
		if err != nil {
			return nil, err
		}
		for k, v := range data {
			own[f.Prefix+k] = v
		}
	}
	find := func(name string) (string, bool) {
		v, ok := own[name]
		if !ok {
			v, ok = services[name]
		}
		return v, ok
	}
	for _, e := range c.Env {
		value := expand(e.Value, find)
		if e.Value == "" && e.ValueFrom != nil {
			v, ok, err := w.value(c, *e.ValueFrom)
			if err != nil {
				return nil, fmt.Errorf("variable %s: %w", e.Name, err)
			}
			if !ok {
				continue // optional, and not there
			}
			value = v
		}
		own[e.Name] = value
	}
	all := map[string]string{}
	for k, v := range services {
		if _, there := own[k]; there {
			continue
		}
		all[k] = v
		if strings.HasPrefix(k, "KUBERNETES_") {
			put(&out.Given, k, v)
		} else {
			put(&out.Environment, k, v)
		}
	}
	for k, v := range own {
		put(&out.Environment, k, v)
	}
	// The webhooks of EKS leave alone what is there.
	for k, v := range w.Identity {
		if _, there := own[k]; !there {
			put(&out.Given, k, v)
			all[k] = v
		}
	}
	maps.Copy(all, own)
	return all, nil
}

// source is all of a ConfigMap or Secret.
func (w World) source(f corev1.EnvFromSource) (map[string]string, error) {
	switch {
	case f.ConfigMapRef != nil:
		m, err := w.configMap(f.ConfigMapRef.Name, f.ConfigMapRef.Optional)
		if m == nil || err != nil {
			return nil, err
		}
		return m.Data, nil
	case f.SecretRef != nil:
		s, err := w.secret(f.SecretRef.Name, f.SecretRef.Optional)
		if s == nil || err != nil {
			return nil, err
		}
		out := map[string]string{}
		for k, v := range s.Data {
			out[k] = string(v)
		}
		return out, nil
	}
	return nil, nil
}

// value is what a variable's source has; false: nothing, and that is as well.
func (w World) value(c corev1.Container, from corev1.EnvVarSource) (string, bool, error) {
	missing := func(what, key string, optional *bool) (string, bool, error) {
		if yes(optional) {
			return "", false, nil
		}
		return "", false, fmt.Errorf("key %s of %s %w", key, what, ErrMissing)
	}
	switch {
	case from.ConfigMapKeyRef != nil:
		k := from.ConfigMapKeyRef
		m, err := w.configMap(k.Name, k.Optional)
		if m == nil || err != nil {
			return "", false, err
		}
		v, ok := m.Data[k.Key]
		if !ok {
			return missing("ConfigMap "+k.Name, k.Key, k.Optional)
		}
		return v, true, nil
	case from.SecretKeyRef != nil:
		k := from.SecretKeyRef
		s, err := w.secret(k.Name, k.Optional)
		if s == nil || err != nil {
			return "", false, err
		}
		v, ok := s.Data[k.Key]
		if !ok {
			return missing("Secret "+k.Name, k.Key, k.Optional)
		}
		return string(v), true, nil
	case from.FieldRef != nil:
		v, err := w.field(from.FieldRef.FieldPath)
		return v, err == nil, err
	case from.ResourceFieldRef != nil:
		return w.resource(c, from.ResourceFieldRef), true, nil
	}
	return "", true, nil
}

func yes(p *bool) bool { return p != nil && *p }

func (w World) configMap(name string, optional *bool) (*corev1.ConfigMap, error) {
	if w.ConfigMap == nil {
		return nil, absent("ConfigMap", name, optional)
	}
	m, err := w.ConfigMap(name)
	if m == nil && err == nil {
		err = absent("ConfigMap", name, optional)
	}
	return m, err
}

func (w World) secret(name string, optional *bool) (*corev1.Secret, error) {
	if w.Secret == nil {
		return nil, absent("Secret", name, optional)
	}
	s, err := w.Secret(name)
	if s == nil && err == nil {
		err = absent("Secret", name, optional)
	}
	return s, err
}

func absent(kind, name string, optional *bool) error {
	if yes(optional) {
		return nil
	}
	return fmt.Errorf("%s %s %w", kind, name, ErrMissing)
}

// links are the variables that tell of Services with an address: of the pod's
// namespace, unless it wants none, and always of the API server.
// https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
func (w World) links() map[string]string {
	out := map[string]string{}
	for _, s := range w.Services {
		kubernetes := s.Namespace == "default" && s.Name == "kubernetes"
		if p := w.Pod.Spec.EnableServiceLinks; !kubernetes && (s.Namespace != w.Pod.Namespace || p != nil && !*p) {
			continue
		}
		if s.Spec.ClusterIP == "" || s.Spec.ClusterIP == corev1.ClusterIPNone || len(s.Spec.Ports) == 0 {
			continue
		}
		name := variable(s.Name)
		out[name+"_SERVICE_HOST"] = s.Spec.ClusterIP
		out[name+"_SERVICE_PORT"] = strconv.Itoa(int(s.Spec.Ports[0].Port))
		for i, p := range s.Spec.Ports {
			if p.Name != "" {
				out[name+"_SERVICE_PORT_"+variable(p.Name)] = strconv.Itoa(int(p.Port))
			}
			url := protocol(p.Protocol) + "://" + net.JoinHostPort(s.Spec.ClusterIP, strconv.Itoa(int(p.Port)))
			if i == 0 {
				out[name+"_PORT"] = url
			}
			one := fmt.Sprintf("%s_PORT_%d_%s", name, p.Port, strings.ToUpper(protocol(p.Protocol)))
			out[one], out[one+"_PROTO"] = url, protocol(p.Protocol)
			out[one+"_PORT"], out[one+"_ADDR"] = strconv.Itoa(int(p.Port)), s.Spec.ClusterIP
		}
	}
	return out
}

func variable(name string) string { return strings.ToUpper(strings.ReplaceAll(name, "-", "_")) }
