package cluster

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/tranship/tranship/lab/nested"
)

// The components, by the names under which they are called.
const (
	etcd              = "etcd"
	apiServer         = "kube-apiserver"
	controllerManager = "kube-controller-manager"
	scheduler         = "kube-scheduler"
)

var components = []string{etcd, apiServer, controllerManager, scheduler}

// program is the one that all components are links to.
var program = nested.Program{
	Title: "control plane", Source: "lab/controlplane", Binary: "controlplane", Links: components,
	Requires:  "k8s.io/kubernetes",
	Compiling: "etcd and Kubernetes VERSION; this takes 6-10 minutes on two cores, once",
	Flags:     linkerFlags,
	Instead:   ", or set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver, kube-controller-manager and kube-scheduler",
}

// linkerFlags leave out what only a debugger needs, and say the version, without which kubectl and clients refuse the server.
func linkerFlags(version string) string {
	parts := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3)
	const at = " -X k8s.io/component-base/version."
	return "-s -w" + at + "gitVersion=" + version + at + "gitMajor=" + parts[0] + at + "gitMinor=" + parts[1]
}

// Build returns the folder with the control plane's binaries, and makes them if they are not there yet, which takes 6–10
// minutes on two cores, once: see nested.Program. If KUBEBUILDER_ASSETS is set, that is the folder and nothing is built.
func Build(ctx context.Context, progress io.Writer) (assetsDir string, err error) {
	if dir := os.Getenv("KUBEBUILDER_ASSETS"); dir != "" {
		if err := nested.Check(dir, etcd, apiServer); err != nil {
			return "", fmt.Errorf("KUBEBUILDER_ASSETS: %w", err)
		}
		return filepath.Abs(dir)
	}
	return program.Build(ctx, progress)
}

// Built returns the folder with the control plane's binaries if they are there, and "" if they aren't. It never builds.
func Built(ctx context.Context) (assetsDir string, err error) {
	if os.Getenv("KUBEBUILDER_ASSETS") != "" {
		return Build(ctx, io.Discard)
	}
	return program.Built(ctx)
}
