package cases

import (
	"context"
	"fmt"
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

// answer asks each server, or server=N.
func answer(r *runner, _ context.Context) (string, error) {
	var b strings.Builder
	name, kind := r.arg("name", "orders."+usualNamespace+"."), r.arg("type", "A")
	r.target.Do(func(c *cloud.Cloud) {
		for server := range c.Servers() {
			if r.number("server", server) != server {
				continue
			}
			a := c.Answer(server, name, kind)
			fmt.Fprintf(&b, "server %d: %s", server, a.Rcode)
			if r.d.HasArg("count") {
				fmt.Fprintf(&b, " %d records\n", len(a.Records))
				continue
			}
			var lines []string
			for _, rec := range a.Records {
				lines = append(lines, fmt.Sprintf("  %s %d %s %s", rec.Name, rec.TTL, rec.Type, rec.Data))
			}
			slices.Sort(lines)
			if a.SOA != nil {
				lines = append(lines, fmt.Sprintf("  SOA %s %d", a.SOA.Name, a.SOA.TTL))
			}
			b.WriteString("\n")
			for _, l := range lines {
				b.WriteString(l + "\n")
			}
		}
	})
	return b.String(), nil
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
