package lab

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Ready is how others find the lab; the JSON form is a contract.
type Ready struct {
	AWSEndpoint     string `json:"awsEndpoint"`
	AccessKeyID     string `json:"accessKeyId"`
	SecretAccessKey string `json:"secretAccessKey"`
	Region          string `json:"region"`
	AccountID       string `json:"accountId"`
	DNS             string `json:"dns"`
	ClusterDNS      string `json:"clusterDns,omitempty"` // CoreDNS, where it runs
	Socks5          string `json:"socks5"`
	Kubeconfig      string `json:"kubeconfig"`
	ECSCluster      string `json:"ecsCluster"`
	Namespace       string `json:"namespace"`
	Port            int    `json:"port"`
	// AdminEndpoint takes and shows faults, for who has AdminToken; see lab/admin.
	AdminEndpoint string `json:"adminEndpoint"`
	AdminToken    string `json:"adminToken"`
}

// WriteFile writes the JSON form, whole or not at all.
func (r Ready) WriteFile(path string) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".ready-")
	if err != nil {
		return fmt.Errorf("ready file: %w", err)
	}
	_, werr := tmp.Write(append(b, '\n'))
	if err := tmp.Close(); werr == nil {
		werr = err
	}
	if werr == nil {
		werr = os.Rename(tmp.Name(), path)
	}
	if werr != nil {
		_ = os.Remove(tmp.Name())
		return fmt.Errorf("ready file: %w", werr)
	}
	return nil
}

// Env is the environment in which the usual tools find the lab.
func (r Ready) Env() []string {
	env := []string{
		"AWS_ENDPOINT_URL=" + r.AWSEndpoint,
		"AWS_ACCESS_KEY_ID=" + r.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY=" + r.SecretAccessKey,
		"AWS_REGION=" + r.Region,
		"AWS_DEFAULT_REGION=" + r.Region,
	}
	if r.Kubeconfig != "" { // a lab without Kubernetes leaves the caller's alone
		env = append(env, "KUBECONFIG="+r.Kubeconfig)
	}
	return env
}

// awsHost is what clients call the lab's AWS. It need not be a name that anybody
// knows, because they ask the lab for it, as their HTTP proxy: also where an SDK puts
// data- or a bucket before it.
const awsHost = "http://aws.lab.internal"

// Exports is what a shell needs, as lines for it. Other than Env, it has the one way
// to reach AWS that suits every client.
func (r Ready) Exports() string {
	var b strings.Builder
	env := append(r.Env(), "HTTP_PROXY="+r.AWSEndpoint, "NO_PROXY=127.0.0.1,localhost")
	env[0] = "AWS_ENDPOINT_URL=" + awsHost
	for _, e := range append(env,
		"LAB_ACCOUNT_ID="+r.AccountID, "LAB_DNS="+r.DNS, "LAB_CLUSTER_DNS="+r.ClusterDNS, "LAB_SOCKS5="+r.Socks5,
		"LAB_ECS_CLUSTER="+r.ECSCluster, "LAB_NAMESPACE="+r.Namespace, fmt.Sprintf("LAB_PORT=%d", r.Port),
		"LAB_ADMIN_ENDPOINT="+r.AdminEndpoint, "LAB_ADMIN_TOKEN="+r.AdminToken) {
		fmt.Fprintf(&b, "export %s\n", e)
	}
	return b.String()
}
