package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

func main() {
	os.Exit(run(filepath.Base(os.Args[0])))
}

// run becomes the component of that name; each takes its arguments from os.Args.
func run(component string) int {
	if component == "etcd" {
		etcdmain.Main(os.Args)
		return 0
	}
	constructors := map[string]func() *cobra.Command{
		"kube-apiserver":          apiserver.NewAPIServerCommand,
		"kube-controller-manager": controllermanager.NewControllerManagerCommand,
		"kube-scheduler":          func() *cobra.Command { return scheduler.NewSchedulerCommand() },
	}
	construct, ok := constructors[component]
	if !ok {
		fmt.Fprintf(os.Stderr, "controlplane: no component %q: run it by a link named etcd, kube-apiserver, "+
			"kube-controller-manager or kube-scheduler\n", component)
		return 2
	}
	return cli.Run(construct())
}
