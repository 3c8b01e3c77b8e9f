package lab

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	product "github.com/tranship/tranship/internal/aws"
	"github.com/tranship/tranship/internal/aws/clients"
)

// The product finds names in other accounts and regions of the lab, under the
// role that it may assume there.
func TestOthers(t *testing.T) {
	const away = "111122223333"
	others := []string{Account + "/eu-west-1", away + "/ap-south-1"}
	l, err := Up(t.Context(), Options{Services: 1, Tasks: 1, NoKubernetes: true, Others: others})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Down(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	proxy, err := url.Parse(l.Ready.AWSEndpoint)
	if err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{Proxy: http.ProxyURL(proxy)}
	t.Cleanup(tr.CloseIdleConnections)
	f, err := clients.NewFleet(t.Context(), clients.FleetOptions{
		AWS: product.Options{
			Region: l.Ready.Region, Endpoint: "http://aws.lab.internal", HTTPClient: &http.Client{Transport: tr}, Now: time.Now,
			Credentials: credentials.NewStaticCredentialsProvider(l.Ready.AccessKeyID, l.Ready.SecretAccessKey, ""),
		},
		Accounts: []clients.Account{{ID: Account, Regions: []string{"eu-west-1"}}, {ID: away, Role: RoleIn(away)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	hosts := map[string]string{ServiceName(1) + "." + l.Options.Namespace: Account + "/" + l.Ready.Region}
	for _, at := range others {
		account, region, _ := strings.Cut(at, "/")
		hosts[ServiceIn+"."+NamespaceIn(account, region)] = at
	}
	for host, at := range hosts {
		ref, err := f.Lookup(t.Context(), host)
		if err != nil || ref.Account+"/"+ref.Region != at {
			t.Errorf("%s: %v, %v; want it in %s", host, ref, err, at)
			continue
		}
		if v, err := f.View(t.Context(), ref); err != nil || v.Settings.DNSName() != host {
			t.Errorf("%s: %+v, %v", host, v, err)
		}
	}
}

func TestOthersRefused(t *testing.T) {
	for _, others := range [][]string{{"1/ap-south-1"}, {"111122223333"}, {Account + "/ap-south-1"}, {"111122223333/eu-west-1", "111122223333/eu-west-1"}} {
		if _, err := (Options{Others: others}).withDefaults(); err == nil {
			t.Errorf("%v: taken", others)
		}
	}
}
