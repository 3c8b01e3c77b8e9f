package loadbalancer

import (
	"regexp"
	"testing"
)

// The two forms by which ExternalDNS and AWS know a load balancer's name.
// https://github.com/kubernetes-sigs/external-dns/blob/v0.21.0/provider/awssd/aws_sd.go
var (
	networkForm     = regexp.MustCompile(`^k8s-[a-z0-9]{1,8}-[a-z0-9]{1,8}-[a-z0-9]{10}-[0-9a-f]{16}\.elb\.[^.]+\.amazonaws\.com$`)
	applicationForm = regexp.MustCompile(`^internal-k8s-[a-z0-9]{1,8}-[a-z0-9]{1,8}-[a-z0-9]{10}-[0-9]{10}\.[^.]+\.elb\.amazonaws\.com$`)
)

func TestDNSName(t *testing.T) {
	for _, x := range []struct {
		kind      kind
		ns, name  string
		form      *regexp.Regexp
		otherwise *regexp.Regexp
	}{
		{network, "default", "orders", networkForm, applicationForm},
		{network, "kube-system", "a-rather-long-name", networkForm, applicationForm},
		{application, "default", "orders", applicationForm, networkForm},
	} {
		got := dnsName(x.kind, x.ns, x.name, "ap-south-1")
		if !x.form.MatchString(got) || x.otherwise.MatchString(got) {
			t.Errorf("%s %s/%s is %s", x.kind, x.ns, x.name, got)
		}
		if len(got) > 253 || len(lbName(x.kind, x.ns, x.name)) > 32 {
			t.Errorf("%s is longer than AWS allows", got)
		}
		if again := dnsName(x.kind, x.ns, x.name, "ap-south-1"); again != got {
			t.Errorf("%s the first time, %s the second", got, again)
		}
	}
	if dnsName(network, "a", "bc", "x") == dnsName(network, "ab", "c", "x") {
		t.Error("two Services have one name")
	}
}
