package cluster

import (
	"fmt"
	"path/filepath"
	"strings"
)

// controllers are those that a fleet of Deployments behind Services needs. Without the node lifecycle controller no node has to
// send heartbeats; clusterrole-aggregation fills the roles admin, edit and view.
var controllers = []string{
	"clusterrole-aggregation-controller",
	"deployment-controller",
	"endpointslice-controller",
	"garbage-collector-controller",
	"namespace-controller",
	"replicaset-controller",
}

// layout says where in a cluster's folder things are, and on which ports its servers listen.
type layout struct {
	dir              string
	etcdPort         int
	apiPort          int
	serviceRange     string
	extraControllers []string
}

func (l layout) path(name string) string { return filepath.Join(l.dir, name) }

func (l layout) etcdURL() string { return fmt.Sprintf("https://127.0.0.1:%d", l.etcdPort) }

func (l layout) apiURL() string { return fmt.Sprintf("https://127.0.0.1:%d", l.apiPort) }

func (l layout) etcdFlags() []string {
	return []string{
		"--name=lab",
		"--data-dir=" + l.path("etcd"),
		"--listen-client-urls=" + l.etcdURL(),
		"--advertise-client-urls=" + l.etcdURL(),
		"--listen-peer-urls=http://127.0.0.1:0", // nobody is to call: there is one member
		"--client-cert-auth",
		"--trusted-ca-file=" + l.path("ca.crt"),
		"--cert-file=" + l.path("etcd.crt"),
		"--key-file=" + l.path("etcd.key"),
		"--unsafe-no-fsync", // the data are thrown away with the cluster
		"--log-level=warn",
	}
}

func (l layout) apiServerFlags() []string {
	return []string{
		"--etcd-servers=" + l.etcdURL(),
		"--etcd-cafile=" + l.path("ca.crt"),
		"--etcd-certfile=" + l.path("etcd-client.crt"),
		"--etcd-keyfile=" + l.path("etcd-client.key"),
		"--bind-address=127.0.0.1",
		"--advertise-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", l.apiPort),
		"--endpoint-reconciler-type=none", // Endpoints may not hold a loopback address, and nothing in the lab asks for them
		"--tls-cert-file=" + l.path("apiserver.crt"),
		"--tls-private-key-file=" + l.path("apiserver.key"),
		"--client-ca-file=" + l.path("ca.crt"),
		"--authorization-mode=RBAC",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + l.path("service-account.pub"),
		"--service-account-signing-key-file=" + l.path("service-account.key"),
		"--service-cluster-ip-range=" + l.serviceRange,
		// Nothing here makes a namespace's default service account or takes the taint off a new node.
		"--disable-admission-plugins=ServiceAccount,TaintNodesByCondition",
		"--allow-privileged=true",
		"--profiling=false",
		"--v=1",
	}
}

func (l layout) controllerManagerFlags() []string {
	return []string{
		"--kubeconfig=" + l.path(controllerManager+".kubeconfig"),
		"--controllers=" + strings.Join(append(append([]string{}, controllers...), l.extraControllers...), ","),
		"--use-service-account-credentials=true", // each controller has no more rights than in a real cluster
		"--leader-elect=false",
		"--secure-port=0",
		"--kube-api-qps=1000",
		"--kube-api-burst=2000",
		// Without a batch a large rollout makes the endpointslice controller outrun its own cache, and then wait.
		"--endpointslice-updates-batch-period=300ms",
		"--concurrent-deployment-syncs=20",
		"--concurrent-replicaset-syncs=20",
		"--profiling=false",
		"--v=1",
	}
}

func (l layout) schedulerFlags() []string {
	return []string{
		"--config=" + l.path(scheduler+".yaml"),
		"--secure-port=0",
		"--v=1",
	}
}

// schedulerConfig is what of the scheduler can't be said by flags.
func (l layout) schedulerConfig() string {
	return fmt.Sprintf(`apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
clientConnection:
  kubeconfig: %q
  qps: 1000
  burst: 2000
leaderElection:
  leaderElect: false
enableProfiling: false
`, l.path(scheduler+".kubeconfig"))
}
