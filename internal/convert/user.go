package convert

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// security is the container's security context, made at need.
func (k *container) security() *corev1.SecurityContext {
	if k.SecurityContext == nil {
		k.SecurityContext = &corev1.SecurityContext{}
	}
	return k.SecurityContext
}

// user says as whom the container runs. Kubernetes takes numbers alone, which only the
// image can tell for a name; but root is 0 in every image.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
func (c *conversion) user(k *container) {
	n := k.ecs.Field("user")
	switch {
	case !n.Set():
		return
	case c.windows:
		n.Dropped("ECS does not read it for Windows containers")
		return
	}
	name, group, grouped := strings.Cut(n.Text(), ":")
	uid, known := number(name)
	gid, groupKnown := number(group)
	to := k.to("securityContext.runAsUser")
	if grouped {
		to += ", runAsGroup"
	}
	if known {
		k.security().RunAsUser = &uid
	}
	if grouped && groupKnown {
		k.security().RunAsGroup = &gid
	}
	if known && (groupKnown || !grouped) {
		n.Mapped(to)
		return
	}
	who := "user " + name
	if known {
		who = "group " + group
	}
	k.note("securityContext", fmt.Sprintf("ECS runs it as %s. docker run --rm --entrypoint id %s %s tells the numbers", n.Text(), k.Image, name))
	switch n.Decide("", fmt.Sprintf("Kubernetes wants a number for the %s, which only the image knows. Does the image run as %s by itself?", who, n.Text()),
		ledger.Answer{Word: "image", Then: "it does: nothing is set, and the image's own user counts"},
		ledger.Answer{Word: "overlay", Then: "it does not: you set runAsUser and runAsGroup in an overlay"}) {
	case "image":
		n.Mapped(to, "the image's own")
	case "overlay":
		n.Approximated(to, "set in an overlay, by number")
	}
}

// number reads a user or group.
func number(text string) (int64, bool) {
	if text == "root" {
		return 0, true
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && n >= 0 && n <= math.MaxInt32
}
