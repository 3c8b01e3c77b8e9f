package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// externalDNS answers the flags of ExternalDNS that the controller does not
// have, so that the arguments of its Deployment can be moved over as they are
// and each that means nothing here is told at once.
type externalDNS struct {
	provider string
	given    []string // in the order of the command line
}

// refusal is why some of its flags are not taken. The help leaves them out.
type refusal struct {
	why      string
	values   []string // flags that have a value
	switches []string // flags that are on or off
}

var refusals = []refusal{
	{
		why:      "objects and pods are followed as they change, so there is nothing to set (--compare says how often a name at rest is read in full)",
		values:   []string{"interval", "min-event-sync-interval"},
		switches: []string{"events", "listen-endpoint-events"},
	},
	{
		why:      "it keeps names true for as long as it runs; --dry-run shows what it would write",
		switches: []string{"once"},
	},
	{
		why: "tranship marks its own instances with --owner, which needs no value of yours; what ExternalDNS keeps under its own id is taken over " +
			"name by name: `tranship handover NAME --from external-dns --owner ID`",
		values: []string{"txt-owner-id", "migrate-from-txt-owner"},
	},
	{
		why:      "each instance carries the mark of whoever registered it, so nothing is kept beside the names",
		values:   []string{"registry", "txt-prefix", "txt-suffix", "txt-wildcard-replacement", "txt-encrypt-aes-key", "txt-cache-interval", "dynamodb-region", "dynamodb-table"},
		switches: []string{"txt-encrypt-enabled", "txt-new-format-only"},
	},
	{
		why:    "calls are paced by the rates of the account and tried until they succeed, and a name that rests costs next to none",
		values: []string{"aws-api-retries", "aws-batch-change-size", "aws-batch-change-size-bytes", "aws-batch-change-size-values", "aws-batch-change-interval", "batch-change-size", "batch-change-interval", "aws-zones-cache-duration", "provider-cache-time"},
	},
	{
		why:    "credentials come from the usual AWS environment, such as AWS_PROFILE; --account says with which role other accounts are entered",
		values: []string{"aws-profile", "aws-assume-role", "aws-assume-role-external-id"},
	},
	{
		why:      "it is about records in Route 53, which Cloud Map writes itself; --domain-filter and --aws-zone-type choose among its namespaces",
		values:   []string{"aws-zone-tags", "zone-id-filter", "zone-name-filter"},
		switches: []string{"aws-evaluate-target-health", "aws-prefer-cname", "aws-zone-match-parent", "prefer-alias", "create-ptr"},
	},
	{
		why:      "--delete-empty is the flag; it deletes only what tranship created",
		switches: []string{"aws-sd-service-cleanup"},
	},
	{
		why: "it belongs to a source that is not read here; --source lists those that are",
		values: []string{"compatibility", "connector-source-server", "crd-source-apiversion", "crd-source-kind", "gloo-namespace", "openshift-router-name",
			"pod-source-domain", "skipper-routegroup-groupversion", "unstructured-resource"},
		switches: []string{"gateway-listener-sets", "ignore-non-host-network-pods", "traefik-enable-legacy", "traefik-disable-legacy", "traefik-disable-new"},
	},
	{
		why:    "targets are said by annotation, or by --default-targets",
		values: []string{"target-template", "fqdn-target-template", "nat64-networks"},
	},
	{
		why:    "events and conditions always tell how an object stands",
		values: []string{"events-emit"},
	},
	{
		why:    "a kubeconfig says which cluster is meant: --kubeconfig and --context",
		values: []string{"server", "request-timeout", "kube-api-request-timeout", "kube-api-qps", "kube-api-burst"},
	},
	{
		why:      "`tranship version` tells the version",
		switches: []string{"version"},
	},
}

// otherProviders begin the flags of ExternalDNS' other providers.
var otherProviders = []string{
	"akamai-", "alibaba-cloud-", "azure-", "cf-", "cloudflare-", "coredns-", "digitalocean-", "exoscale-", "godaddy-", "google-", "inmemory-",
	"ns1-", "oci-", "ovh-", "pdns-", "pihole-", "plural-", "rfc2136-", "tls-", "transip-", "webhook-provider-", "webhook-server",
}

// flags adds them, all hidden.
func (o *externalDNS) flags(to *pflag.FlagSet) {
	f := pflag.NewFlagSet("externaldns", pflag.ContinueOnError)
	f.StringVar(&o.provider, "provider", "aws-sd", "AWS Cloud Map, as ExternalDNS calls it")
	for _, r := range refusals {
		for _, name := range r.values {
			f.Var(noted{o, name}, name, r.why)
		}
		for _, name := range r.switches {
			f.VarPF(noted{o, name}, name, "", r.why).NoOptDefVal = "true"
			f.VarPF(noted{o, name}, "no-"+name, "", r.why).NoOptDefVal = "true"
		}
	}
	f.VisitAll(func(f *pflag.Flag) { f.Hidden = true })
	to.AddFlagSet(f)
}

// noted is the value of a flag that is only noted as given.
type noted struct {
	to   *externalDNS
	name string
}

// String implements pflag.Value.
func (n noted) String() string { return "" }

// Set implements pflag.Value.
func (n noted) Set(string) error {
	if !slices.Contains(n.to.given, n.name) {
		n.to.given = append(n.to.given, n.name)
	}
	return nil
}

// Type implements pflag.Value.
func (n noted) Type() string { return "value" }

// validate says of all that were given why they are not taken.
func (o *externalDNS) validate() error {
	var errs []error
	if o.provider != "aws-sd" {
		errs = append(errs, fmt.Errorf("--provider %s: tranship speaks to AWS Cloud Map alone, which ExternalDNS calls aws-sd", o.provider))
	}
	for _, r := range refusals {
		var flags []string
		for _, name := range o.given {
			if slices.Contains(r.values, name) || slices.Contains(r.switches, name) {
				flags = append(flags, "--"+name)
			}
		}
		if len(flags) > 0 {
			errs = append(errs, fmt.Errorf("leave out %s: %s", strings.Join(flags, ", "), r.why))
		}
	}
	return sentences(errs...)
}

// unknownFlag says of a flag of another provider whose it is.
func unknownFlag(cmd *cobra.Command, err error) error {
	if e, ok := errors.AsType[*pflag.NotExistError](err); ok {
		name := strings.TrimPrefix(e.GetSpecifiedName(), "no-")
		if slices.ContainsFunc(otherProviders, func(p string) bool { return strings.HasPrefix(name, p) }) {
			err = fmt.Errorf("leave out --%s: it belongs to a provider of ExternalDNS other than aws-sd, and tranship speaks to AWS Cloud Map alone", e.GetSpecifiedName())
		}
	}
	return usage(cmd, err)
}
