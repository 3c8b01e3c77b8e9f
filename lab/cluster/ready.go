package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"k8s.io/client-go/rest"
)

// errPortTaken says that a server found somebody else on its port.
var errPortTaken = errors.New("the port has been taken meanwhile")

// askEvery is how often a server that comes up is asked whether it is ready.
const askEvery = 25 * time.Millisecond

// freePorts returns ports of the loopback address that nobody listens on now, all different.
func freePorts(n int) ([]int, error) {
	ports := make([]int, n)
	for i := range ports {
		l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			return nil, fmt.Errorf("looking for a free port: %w", err)
		}
		defer func() { _ = l.Close() }() // after the loop, so that no port comes twice
		addr, ok := l.Addr().(*net.TCPAddr)
		if !ok {
			return nil, fmt.Errorf("looking for a free port: %s is no TCP address", l.Addr())
		}
		ports[i] = addr.Port
	}
	return ports, nil
}

// awaitEtcd returns when etcd answers.
func (c *Cluster) awaitEtcd(ctx context.Context, l layout) error {
	cert, err := tls.LoadX509KeyPair(l.path("etcd-client.crt"), l.path("etcd-client.key"))
	if err != nil {
		return fmt.Errorf("asking etcd: %w", err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(c.authority.cert)
	transport := &http.Transport{TLSClientConfig: &tls.Config{Certificates: []tls.Certificate{cert}, RootCAs: roots}}
	defer transport.CloseIdleConnections()
	return c.await(ctx, etcd, &http.Client{Transport: transport}, l.etcdURL()+"/health")
}

// awaitAPIServer returns when the API server is ready and has made the namespace default.
func (c *Cluster) awaitAPIServer(ctx context.Context) error {
	client, err := rest.HTTPClientFor(c.RESTConfig)
	if err != nil {
		return fmt.Errorf("asking the API server: %w", err)
	}
	defer client.CloseIdleConnections()
	if err := c.await(ctx, apiServer, client, c.server+"/readyz"); err != nil {
		return err
	}
	return c.await(ctx, apiServer, client, c.server+"/api/v1/namespaces/default")
}

// await asks again and again until the server answers 200.
func (c *Cluster) await(ctx context.Context, name string, client *http.Client, url string) error {
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	for {
		err := ask(ctx, client, url)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w; last: %w\n%s", name, context.Cause(ctx), err, c.keeper.logTail(name))
		case <-c.Lost():
			if c.portTaken(name) {
				return fmt.Errorf("waiting for %s: %w", name, errPortTaken)
			}
			return fmt.Errorf("waiting for %s", name) // the loss itself is added where the start fails
		case <-tick.C:
		}
	}
}

func ask(ctx context.Context, client *http.Client, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", response.Status, strings.TrimSpace(string(body)))
	}
	return nil
}

// portTaken tells from its log whether a component has died because of its port. Neither says it in another way.
func (c *Cluster) portTaken(name string) bool {
	content, err := os.ReadFile(c.keeper.logFile(name))
	return err == nil && strings.Contains(string(content), "address already in use")
}
