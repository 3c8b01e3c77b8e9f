package convert

import (
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// pull says which images the containers run, when they are pulled, and with whose
// credentials.
func (c *conversion) pull() {
	for _, k := range c.containers {
		image := k.ecs.Field("image")
		k.Image = strings.TrimSpace(image.Text())
		image.Mapped(k.to("image"))
		pinned := strings.Contains(k.Image, "@sha256:")
		if !pinned {
			// ECS asks the registry at each start of a task, where Kubernetes would take
			// what the node has by that tag.
			// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-definition-containers.html
			k.ImagePullPolicy = corev1.PullAlways
		}
		switch v := k.ecs.Field("versionConsistency"); {
		case v.Text() == "disabled", pinned:
			v.Mapped(k.to("image"))
		default:
			v.Approximated(k.to("imagePullPolicy"),
				"ECS holds a tag to the image it had when the deployment began, Kubernetes asks anew for each pod: pin the image by its digest")
		}
		if r := k.ecs.At("repositoryCredentials.credentialsParameter"); r.Set() {
			c.pullSecret(k, r)
		}
	}
}

// ecr is the host of an account's private registry.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html
var ecr = regexp.MustCompile(`^(\d{12})\.dkr[.-]ecr(-fips)?\.`)

// ecrAccount is the account whose private registry the image is in; "" if it is in another
// registry.
func ecrAccount(image string) string {
	if m := ecr.FindStringSubmatch(image); m != nil {
		return m[1]
	}
	return ""
}

// registry is the host that an image comes from, as Docker's configuration calls it.
// https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/
func registry(image string) string {
	host, _, found := strings.Cut(image, "/")
	if !found || !strings.ContainsAny(host, ".:") && host != "localhost" {
		return "https://index.docker.io/v1/"
	}
	return host
}
