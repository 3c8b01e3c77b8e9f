package convert

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// options are those that Docker hands to the kernel's security modules and to Windows.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
func (c *conversion) options(k *container) {
	n := k.ecs.Field("dockerSecurityOptions")
	for _, text := range n.Texts() {
		key, value, _ := strings.Cut(text, ":")
		switch {
		case key == "credentialspec":
			c.credentials(k, n)
		case c.windows:
			n.Dropped(notOnWindows)
		case text == "no-new-privileges" || text == "no-new-privileges:true":
			c.noNewPrivileges(k, n)
		case key == "apparmor" && value != "":
			k.security().AppArmorProfile = appArmor(value)
			n.Mapped(k.to("securityContext.appArmorProfile"))
		case key == "label":
			k.label(n, value)
		default:
			n.Unsupported(fmt.Sprintf("Kubernetes has nothing for %q", text))
		}
	}
	c.credentials(k, k.ecs.Field("credentialSpecs"))
}

// noNewPrivileges forbids a process more rights than its parent has, which an API server
// refuses beside rights that make it void.
func (c *conversion) noNewPrivileges(k *container, n ledger.Node) {
	s := k.security()
	if s.Privileged != nil && *s.Privileged ||
		s.Capabilities != nil && (slices.Contains(s.Capabilities.Add, "SYS_ADMIN") || slices.Contains(s.Capabilities.Add, "ALL")) {
		n.Unsupported("Kubernetes does not take it beside privileged, or the capability SYS_ADMIN")
		return
	}
	s.AllowPrivilegeEscalation = new(false)
	n.Mapped(k.to("securityContext.allowPrivilegeEscalation"))
}

func appArmor(profile string) *corev1.AppArmorProfile {
	if profile == "unconfined" {
		return &corev1.AppArmorProfile{Type: corev1.AppArmorProfileTypeUnconfined}
	}
	return &corev1.AppArmorProfile{Type: corev1.AppArmorProfileTypeLocalhost, LocalhostProfile: &profile}
}

// label is a part of an SELinux label, such as type:container_t.
func (k *container) label(n ledger.Node, text string) {
	part, value, _ := strings.Cut(text, ":")
	o := k.security().SELinuxOptions
	if o == nil {
		o = &corev1.SELinuxOptions{}
	}
	switch part {
	case "user":
		o.User = value
	case "role":
		o.Role = value
	case "type":
		o.Type = value
	case "level":
		o.Level = value
	case "disable":
		o.Type = "spc_t" // the type that is not confined
	default:
		n.Unsupported(fmt.Sprintf("SELinux has no %q in a label", part))
		return
	}
	k.security().SELinuxOptions = o
	n.Mapped(k.to("securityContext.seLinuxOptions"))
}

// credentials lets a container act as an account of Active Directory.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/windows-gmsa.html
// https://kubernetes.io/docs/tasks/configure-pod-container/configure-gmsa/
func (c *conversion) credentials(k *container, n ledger.Node) {
	switch {
	case !n.Set():
	case !c.windows:
		n.Unsupported("Kubernetes joins no Linux container to Active Directory: keep the ticket fresh in a sidecar, from a Secret with a keytab")
	default:
		name := c.name + "." + k.Name
		k.security().WindowsOptions = &corev1.WindowsSecurityContextOptions{GMSACredentialSpecName: &name}
		if n.Decide("", "The credential spec has to be an object of the cluster. Is there one?",
			ledger.Answer{Word: "by-hand", Then: "you make a GMSACredentialSpec " + name + " of what the ARN leads to"}) != "" {
			n.Mapped(k.to("securityContext.windowsOptions.gmsaCredentialSpecName"))
		}
	}
}
