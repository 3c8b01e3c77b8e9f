package cluster

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/netip"
	"os"
)

// furnish puts everything into the folder that the components read: certificates, keys, kubeconfigs.
func (c *Cluster) furnish(l layout) error {
	var err error
	if c.authority, err = newAuthority(); err != nil {
		return err
	}
	if err := os.WriteFile(l.path("ca.crt"), c.authority.certPEM, 0o600); err != nil {
		return err
	}
	if err := c.servingCertificates(l); err != nil {
		return err
	}
	etcdClient, err := c.authority.client("kube-apiserver-etcd-client")
	if err != nil {
		return err
	}
	if err := etcdClient.write(l.dir, "etcd-client"); err != nil {
		return err
	}
	if err := serviceAccountKey(l); err != nil {
		return err
	}

	c.Kubeconfig = l.path("admin.kubeconfig")
	if c.RESTConfig, err = c.UserConfig("admin", "system:masters"); err != nil {
		return err
	}
	if err := writeKubeconfig(c.Kubeconfig, "admin", c.RESTConfig); err != nil {
		return err
	}
	for _, name := range []string{controllerManager, scheduler} {
		if err := c.WriteKubeconfig(l.path(name+".kubeconfig"), "system:"+name); err != nil {
			return err
		}
	}
	return os.WriteFile(l.path(scheduler+".yaml"), []byte(l.schedulerConfig()), 0o600)
}

func (c *Cluster) servingCertificates(l layout) error {
	services, err := netip.ParsePrefix(l.serviceRange)
	if err != nil {
		return fmt.Errorf("ServiceClusterIPRange: %w", err)
	}
	loopback := net.IPv4(127, 0, 0, 1)
	first := net.IP(services.Masked().Addr().Next().AsSlice()) // the address of the Service named kubernetes
	apiNames := []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"}
	api, err := c.authority.server("kube-apiserver", apiNames, []net.IP{loopback, first})
	if err != nil {
		return err
	}
	if err := api.write(l.dir, "apiserver"); err != nil {
		return err
	}
	store, err := c.authority.server("etcd", []string{"localhost"}, []net.IP{loopback})
	if err != nil {
		return err
	}
	return store.write(l.dir, "etcd")
}

// serviceAccountKey makes the key that signs the tokens of service accounts.
func serviceAccountKey(l layout) error {
	key, err := newKey()
	if err != nil {
		return err
	}
	private, err := privateKeyPEM(key)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return fmt.Errorf("encoding the key of service accounts: %w", err)
	}
	if err := os.WriteFile(l.path("service-account.key"), private, 0o600); err != nil {
		return err
	}
	return os.WriteFile(l.path("service-account.pub"), pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600)
}
