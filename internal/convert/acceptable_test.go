package convert_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/tranship/tranship/internal/convert"
)

// acceptable checks of an object what can be known of an API server's mind without
// one; lab/e2e asks a real one.
func acceptable(t failer, o convert.Object) {
	t.Helper()
	data, err := json.Marshal(o.Object)
	if err != nil {
		t.Fatalf("%v", err)
	}
	var m struct {
		metav1.TypeMeta `json:",inline"`
		Metadata        metav1.ObjectMeta `json:"metadata"`
	}
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatalf("%v", err)
	}
	what := m.Kind + " " + m.Metadata.Name
	no := func(about string, problems []string) {
		t.Helper()
		if len(problems) > 0 {
			t.Errorf("%s: %s: %v", what, about, problems)
		}
	}
	if m.Kind == "" || m.APIVersion == "" {
		t.Errorf("%s has no kind", data)
	}
	if m.Kind == "Service" {
		no("name", validation.IsDNS1035Label(m.Metadata.Name))
	}
	no("name", validation.IsDNS1123Subdomain(m.Metadata.Name))
	if !slices.Contains([]string{"StorageClass", "PersistentVolume", "Namespace"}, m.Kind) {
		no("namespace", validation.IsDNS1123Label(m.Metadata.Namespace))
	}
	metadata(m.Metadata, no)
	switch o := o.Object.(type) {
	case *appsv1.Deployment:
		strict(t, data, &appsv1.Deployment{})
		pod(o.Spec.Template, no)
	case *appsv1.DaemonSet:
		strict(t, data, &appsv1.DaemonSet{})
		pod(o.Spec.Template, no)
	case *corev1.Service:
		names, numbers := map[string]bool{}, map[string]bool{}
		for _, p := range o.Spec.Ports {
			key := fmt.Sprint(p.Protocol, " ", p.Port)
			if numbers[key] || names[p.Name] {
				no("ports", []string{p.Name + " is there twice"})
			}
			names[p.Name], numbers[key] = true, true
			if len(o.Spec.Ports) > 1 || p.Name != "" {
				no("port's name", validation.IsDNS1123Label(p.Name))
			}
			no("port", validation.IsValidPortNum(int(p.Port)))
		}
	}
}

// strict reads an object back and wants no field to be unknown.
func strict(t failer, data []byte, into any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		t.Errorf("%v", err)
	}
}

func metadata(m metav1.ObjectMeta, no func(string, []string)) {
	for k, v := range m.Labels {
		no("label "+k, append(validation.IsQualifiedName(k), validation.IsValidLabelValue(v)...))
	}
	size := 0
	for k, v := range m.Annotations {
		no("annotation "+k, validation.IsQualifiedName(strings.ToLower(k)))
		size += len(k) + len(v)
	}
	if size > 256<<10 {
		no("annotations", []string{"longer than 256 KiB"})
	}
}

// pod checks what an API server checks of a pod, as far as conversions can get wrong.
func pod(p corev1.PodTemplateSpec, no func(string, []string)) {
	metadata(p.ObjectMeta, no)
	volumes := map[string]bool{}
	for _, v := range p.Spec.Volumes {
		if volumes[v.Name] {
			no("volumes", []string{v.Name + " is there twice"})
		}
		volumes[v.Name] = true
		no("volume's name", validation.IsDNS1123Label(v.Name))
	}
	if len(p.Spec.Containers) == 0 {
		no("containers", []string{"there are none"})
	}
	called := map[string]bool{}
	for _, k := range slices.Concat(p.Spec.InitContainers, p.Spec.Containers) {
		if called[k.Name] {
			no("containers", []string{k.Name + " is there twice"})
		}
		called[k.Name] = true
		container(k, volumes, p.Spec.HostNetwork, no)
	}
	for _, a := range p.Spec.HostAliases {
		if _, err := netip.ParseAddr(a.IP); err != nil {
			no("hostAliases", []string{err.Error()})
		}
		for _, h := range a.Hostnames {
			no("hostAliases", validation.IsDNS1123Subdomain(h))
		}
	}
	if h := p.Spec.Hostname; h != "" {
		no("hostname", validation.IsDNS1123Label(h))
	}
	if d := p.Spec.DNSConfig; d != nil && len(d.Nameservers) > 3 {
		no("dnsConfig", []string{"more than three name servers"})
	}
}

func container(k corev1.Container, volumes map[string]bool, hostNetwork bool, no func(string, []string)) {
	at := k.Name + " "
	no(at+"name", validation.IsDNS1123Label(k.Name))
	if k.Image == "" || strings.TrimSpace(k.Image) != k.Image {
		no(at+"image", []string{"none, or with space around"})
	}
	set := map[string]bool{}
	for _, e := range k.Env {
		no(at+"env "+e.Name, validation.IsRelaxedEnvVarName(e.Name))
		if set[e.Name] {
			no(at+"env", []string{e.Name + " is there twice"})
		}
		set[e.Name] = true
	}
	ports := map[string]bool{}
	for _, p := range k.Ports {
		no(at+"port", validation.IsValidPortNum(int(p.ContainerPort)))
		if p.Name != "" {
			no(at+"port's name", validation.IsValidPortName(p.Name))
			if ports[p.Name] {
				no(at+"ports", []string{p.Name + " is there twice"})
			}
			ports[p.Name] = true
		}
		if p.HostPort != 0 && hostNetwork && p.HostPort != p.ContainerPort {
			no(at+"port", []string{"hostPort differs on the host's network"})
		}
	}
	paths := map[string]bool{}
	for _, m := range k.VolumeMounts {
		if !volumes[m.Name] {
			no(at+"volumeMounts", []string{m.Name + " is no volume"})
		}
		if m.MountPath == "" || paths[m.MountPath] {
			no(at+"volumeMounts", []string{"the path " + m.MountPath + " is none or there twice"})
		}
		paths[m.MountPath] = true
	}
	for name, q := range k.Resources.Requests {
		if q.Sign() < 0 {
			no(at+"requests", []string{string(name) + " is negative"})
		}
		if l, ok := k.Resources.Limits[name]; ok && q.Cmp(l) > 0 {
			no(at+"requests", []string{string(name) + " is more than its limit"})
		}
	}
}
