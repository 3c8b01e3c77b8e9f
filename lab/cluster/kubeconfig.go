package cluster

import (
	"fmt"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// UserConfig returns the way into the cluster for a user of that name and groups, who may do what RBAC grants them and nothing
// else. Its client is not throttled: QPS is -1. The lab signs a new certificate at each call, valid for seven days.
func (c *Cluster) UserConfig(user string, groups ...string) (*rest.Config, error) {
	p, err := c.authority.client(user, groups...)
	if err != nil {
		return nil, err
	}
	return &rest.Config{
		Host:            c.server,
		QPS:             -1,
		TLSClientConfig: rest.TLSClientConfig{CAData: c.authority.certPEM, CertData: p.cert, KeyData: p.key},
	}, nil
}

// WriteKubeconfig writes a kubeconfig for a user of that name and groups, with everything inside it, readable by its owner only.
func (c *Cluster) WriteKubeconfig(path, user string, groups ...string) error {
	config, err := c.UserConfig(user, groups...)
	if err != nil {
		return err
	}
	return writeKubeconfig(path, user, config)
}

func writeKubeconfig(path, user string, config *rest.Config) error {
	const name = "tranship-lab"
	file := clientcmdapi.NewConfig()
	file.Clusters[name] = &clientcmdapi.Cluster{Server: config.Host, CertificateAuthorityData: config.CAData}
	file.AuthInfos[user] = &clientcmdapi.AuthInfo{ClientCertificateData: config.CertData, ClientKeyData: config.KeyData}
	file.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: user, Namespace: "default"}
	file.CurrentContext = name
	if err := clientcmd.WriteToFile(*file, path); err != nil {
		return fmt.Errorf("writing the kubeconfig of %s: %w", user, err)
	}
	return nil
}
