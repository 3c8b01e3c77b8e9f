package rival

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// flags are those of an ExternalDNS, by name, each with its values in order.
type flags map[string][]string

// switches are the flags that take no value, of those that matter here.
var switches = []string{"dry-run", "once", "events", "debug", "combine-fqdn-annotation", "ignore-hostname-annotation", "publish-internal-services", "publish-host-ip", "always-publish-not-ready-addresses"}

// readFlags reads a container's arguments and, for what they leave out, its
// environment, where EXTERNAL_DNS_DOMAIN_FILTER means --domain-filter and each
// line is a value.
// https://kubernetes-sigs.github.io/external-dns/latest/docs/flags/
func readFlags(c *corev1.Container) flags {
	f := flags{}
	args := slices.Concat(c.Command, c.Args)
	for n := 0; n < len(args); n++ {
		name, ok := strings.CutPrefix(args[n], "--")
		if !ok {
			continue
		}
		name, value, said := strings.Cut(name, "=")
		switch {
		case said:
		case slices.Contains(switches, name):
			value = "true"
		case strings.HasPrefix(name, "no-"):
			name, value = strings.TrimPrefix(name, "no-"), "false"
		case n+1 < len(args) && !strings.HasPrefix(args[n+1], "--"):
			n++
			value = args[n]
		default:
			value = "true"
		}
		for _, e := range c.Env {
			value = strings.ReplaceAll(value, "$("+e.Name+")", e.Value)
		}
		if value != "" { // "": from a Secret, which is not read; it may be anything
			f[name] = append(f[name], value)
		}
	}
	for _, e := range c.Env {
		name, ok := strings.CutPrefix(e.Name, "EXTERNAL_DNS_")
		name = strings.ReplaceAll(strings.ToLower(name), "_", "-")
		if _, said := f[name]; !ok || said || e.Value == "" {
			continue
		}
		f[name] = strings.Split(strings.Trim(e.Value, "\n"), "\n")
	}
	return f
}

// one is the last value of a flag.
func (f flags) one(name string) string {
	if v := f[name]; len(v) > 0 {
		return v[len(v)-1]
	}
	return ""
}

func (f flags) on(name string) bool {
	return strings.EqualFold(f.one(name), "true") || f.one(name) == "1"
}
