package cases

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/tranship/tranship/lab/cloud"
)

// effects prints what the world outside has to do.
func (r *runner) effects() string {
	var b strings.Builder
	r.target.Do(func(c *cloud.Cloud) {
		for _, e := range c.TakeEffects() {
			r.name(e.Task.ID, "t")
			fmt.Fprintf(&b, "%s %s %s %s", r.at(e.At), e.Kind, e.Task.ID, e.Task.IP)
			if e.Grace > 0 {
				fmt.Fprintf(&b, " grace=%s", e.Grace)
			}
			b.WriteByte('\n')
		}
	})
	return b.String()
}

// answer asks each server, or server=N; with public as the rest of the world.
func answer(r *runner, _ context.Context) (string, error) {
	var b strings.Builder
	name, kind, public := r.arg("name", "orders."+usualNamespace+"."), r.arg("type", "A"), r.d.HasArg("public")
	servers := 0
	r.target.Do(func(c *cloud.Cloud) { servers = c.Servers() })
	for server := range servers {
		if r.number("server", server) != server {
			continue
		}
		fmt.Fprintf(&b, "server %d: ", server)
		b.WriteString(r.show(r.target.answer(server, public, name, kind)))
	}
	return b.String(), nil
}

// resolve asks the resolver of the VPC, as client=ADDRESS.
func resolve(r *runner, _ context.Context) (string, error) {
	if r.target.Resolve == nil {
		r.d.Fatalf(r.t, "resolve: there is no resolver here; such cases lie in lab/dns")
	}
	client, err := netip.ParseAddr(r.arg("client", "10.0.1.5"))
	if err != nil {
		return "", err
	}
	a, said := r.target.Resolve(client, r.arg("name", "orders."+usualNamespace+"."), r.arg("type", "A"))
	if said {
		return r.show(a), nil
	}
	return "no reply\n", nil
}

// show is an answer, its records sorted; with count, how many.
func (r *runner) show(a cloud.Answer) string {
	if r.d.HasArg("count") {
		return fmt.Sprintf("%s %d records\n", a.Rcode, len(a.Records))
	}
	list := func(mark string, records []cloud.Record) string {
		var lines []string
		for _, rec := range records {
			lines = append(lines, fmt.Sprintf("%s%s %d %s %s\n", mark, rec.Name, rec.TTL, rec.Type, rec.Data))
		}
		slices.Sort(lines)
		return strings.Join(lines, "")
	}
	out := a.Rcode + "\n" + list("  ", a.Records) + list("  additional ", a.Additional)
	if a.SOA != nil {
		out += fmt.Sprintf("  SOA %s %d\n", a.SOA.Name, a.SOA.TTL)
	}
	return out
}

// balancer lets a load balancer's name lead to addrs=(…), or to none; unhealthy:
// it has no healthy target.
func balancer(r *runner, _ context.Context) (string, error) {
	var addrs []netip.Addr
	for _, arg := range r.d.CmdArgs {
		if arg.Key != "addrs" {
			continue
		}
		for _, v := range arg.Vals {
			a, err := netip.ParseAddr(v)
			if err != nil {
				return "", err
			}
			addrs = append(addrs, a)
		}
	}
	r.target.Do(func(c *cloud.Cloud) {
		c.SetLoadBalancer(r.arg("name", ""), addrs)
		c.SetLoadBalancerHealth(r.arg("name", ""), !r.d.HasArg("unhealthy"))
	})
	return "", nil
}

// silence lets server=N give no answer; with off, answer again.
func silence(r *runner, _ context.Context) (string, error) {
	r.target.Do(func(c *cloud.Cloud) { c.SilenceServer(r.number("server", 0), !r.d.HasArg("off")) })
	return "", nil
}

func views(r *runner, ctx context.Context) (string, error) {
	id := r.serviceID(ctx, r.arg("service", "orders"))
	var b strings.Builder
	r.target.Do(func(c *cloud.Cloud) {
		for _, v := range c.Views(id) {
			fmt.Fprintf(&b, "%s server %d: ttl=%s", r.at(v.At), v.Server, v.TTL)
			for _, a := range v.Addrs {
				fmt.Fprintf(&b, " %s", a)
			}
			b.WriteByte('\n')
		}
	})
	return b.String(), nil
}
