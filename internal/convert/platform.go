package convert

import (
	"cmp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// builds are the Windows builds of ECS' operating system families, as nodes are
// labelled with them. A Windows container runs on its own build alone.
// https://kubernetes.io/docs/concepts/windows/user-guide/#handling-multiple-windows-versions-in-the-same-cluster
var builds = map[string]string{
	"WINDOWS_SERVER_2019": "10.0.17763",
	"WINDOWS_SERVER_2022": "10.0.20348",
	"WINDOWS_SERVER_2025": "10.0.26100",
}

// platform says for which machines the images are made.
func (c *conversion) platform() {
	c.pod.Spec.NodeSelector = map[string]string{corev1.LabelOSStable: "linux"}
	family := c.task.At("runtimePlatform.operatingSystemFamily")
	system := "Pod spec.nodeSelector"
	switch windows := strings.HasPrefix(family.Text(), "WINDOWS"); {
	case windows:
		c.windows = true
		c.pod.Spec.NodeSelector[corev1.LabelOSStable] = "windows"
		c.pod.Spec.OS = &corev1.PodOS{Name: corev1.Windows}
		// Full and Core differ in the host, which is EKS' to choose.
		version, _, _ := cutLast(family.Text(), "_")
		if build := builds[version]; build != "" {
			c.pod.Spec.NodeSelector[corev1.LabelWindowsBuild] = build
			family.Mapped(system)
		} else {
			family.Unsupported("EKS has no nodes of this Windows: build the image for Windows Server 2022")
		}
	case family.Text() == "LINUX":
		family.Mapped(system)
	default:
		family.Unsupported("no operating system of ECS that tranship knows")
	}

	cpu := c.task.At("runtimePlatform.cpuArchitecture")
	switch {
	case cpu.Text() == "X86_64":
		c.pod.Spec.NodeSelector[corev1.LabelArchStable] = "amd64"
		cpu.Mapped(system)
	case cpu.Text() == "ARM64":
		c.pod.Spec.NodeSelector[corev1.LabelArchStable] = "arm64"
		cpu.Mapped(system)
	case cpu.Set():
		cpu.Unsupported("no architecture of ECS that tranship knows")
	case c.onFargate():
		// Which is what Fargate takes where nothing is said.
		// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatform.html
		c.pod.Spec.NodeSelector[corev1.LabelArchStable] = "amd64"
	}
	c.task.Field("requiresCompatibilities").Dropped(
		"ECS checks the task definition against it when it is registered; the service says where it runs")
}

// onFargate says that ECS runs the task on Fargate, where its size is a bound and its
// host is nobody's business.
func (c *conversion) onFargate() bool {
	launch := cmp.Or(c.of("launchType").Text(), c.in.Service.LaunchType)
	strategy := c.of("capacityProviderStrategy").Items()
	switch {
	case len(strategy) > 0:
		return strings.HasPrefix(strategy[0].Field("capacityProvider").Text(), "FARGATE")
	case launch != "":
		return launch == "FARGATE"
	}
	return slices.Equal(c.task.Field("requiresCompatibilities").Texts(), []string{"FARGATE"})
}

// cutLast is strings.Cut at the last separator.
func cutLast(s, separator string) (before, after string, found bool) {
	if i := strings.LastIndex(s, separator); i >= 0 {
		return s[:i], s[i+len(separator):], true
	}
	return s, "", false
}
