package cli

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/tranship/tranship/internal/convert"
	"github.com/tranship/tranship/internal/iam"
	"github.com/tranship/tranship/internal/inventory"
)

// ofFleet is what a saved fleet needs, in one account.
func (o *permissions) ofFleet(what string) (iam.Bundle, error) {
	data, err := o.read(o.from)
	if err != nil {
		return iam.Bundle{}, err
	}
	s, err := inventory.Decode(data)
	switch {
	case errors.Is(err, inventory.ErrChanged):
		fmt.Fprintf(o.env.Err, "%s: %v\n", o.from, err)
	case err != nil:
		return iam.Bundle{}, fmt.Errorf("%s: %w", o.from, err)
	}
	if err := o.place(s); err != nil {
		return iam.Bundle{}, err
	}
	switch what {
	case taskRole:
		return o.fleetRoles(s)
	case executionRole:
		return o.fleetExecution(s)
	case "":
		b, err := o.fleetRoles(s)
		if err != nil {
			return b, err
		}
		x, err := o.fleetExecution(s)
		b.Policies = x.Policies
		return b, err
	case "controller", "external-dns":
		o.narrow(s)
	}
	return o.policies(what)
}

// place finds the account and the regions that the output is for.
func (o *permissions) place(s *inventory.Snapshot) error {
	var accounts, regions []string
	for _, p := range s.Places {
		accounts = append(accounts, p.Account)
	}
	slices.Sort(accounts)
	accounts = slices.Compact(accounts)
	switch {
	case o.scope.Account == "" && len(accounts) == 1:
		o.scope.Account = accounts[0]
	case o.scope.Account == "":
		return usagef("%s has the accounts %s, and IAM is one for each: pick one with --account", o.from, strings.Join(accounts, ", "))
	case !slices.Contains(accounts, o.scope.Account):
		return fmt.Errorf("%s has nothing of account %s; it has %s", o.from, o.scope.Account, strings.Join(accounts, ", "))
	}
	for _, p := range s.Places {
		if p.Account == o.scope.Account {
			regions = append(regions, p.Region)
		}
	}
	if len(o.scope.Regions) == 0 {
		slices.Sort(regions)
		o.scope.Regions = slices.Compact(regions)
	}
	return nil
}

// here says that something is in the account and regions that were asked for.
func (o *permissions) here(p inventory.Place) bool {
	return p.Account == o.scope.Account && slices.Contains(o.scope.Regions, p.Region)
}

// narrow names what the fleet has, where no flag did.
func (o *permissions) narrow(s *inventory.Snapshot) {
	used := map[string]bool{} // Cloud Map services that tasks are registered in
	var services, names, namespaces, zones []string
	for _, v := range s.Services {
		if !o.here(v.Place) {
			continue
		}
		services = append(services, v.Cluster+"/"+v.Name)
		for _, r := range v.Registries {
			used[r.ARN] = true
		}
	}
	in := map[string]bool{}
	for _, n := range s.Names {
		if o.here(n.Place) && used[n.ARN] {
			names = append(names, n.ARN)
			in[n.Account+n.Region+n.NamespaceID] = true
		}
	}
	for _, n := range s.Namespaces {
		if !in[n.Account+n.Region+n.ID] {
			continue
		}
		namespaces = append(namespaces, n.ARN)
		if n.HostedZone != "" {
			zones = append(zones, n.HostedZone)
		}
	}
	fill := func(list *[]string, found []string) {
		if len(*list) == 0 {
			*list = found
		}
	}
	fill(&o.scope.ECSServices, services)
	fill(&o.scope.Services, names)
	fill(&o.scope.Namespaces, namespaces)
	fill(&o.scope.HostedZones, zones)
}

// fleetRoles are the roles of all tasks, each with the ServiceAccounts that will take it.
func (o *permissions) fleetRoles(s *inventory.Snapshot) (iam.Bundle, error) {
	var b iam.Bundle
	known := map[string]inventory.Role{}
	for _, r := range s.Roles {
		known[r.ARN], known[r.Account+"/"+r.Name] = r, r
	}
	at := map[string]int{}
	for _, in := range o.inputs(s) {
		task, err := iam.ReadTask(in.Task.Document, in.Service.Account, in.Service.Region)
		if err != nil {
			fmt.Fprintf(o.env.Err, "ECS service %s/%s is left out: %v\n", in.Service.Cluster, in.Service.Name, err)
			continue
		}
		if task.Role == "" {
			continue // it had no rights of its own
		}
		r, ok := known[task.Role]
		if !ok {
			r = known[in.Service.Account+"/"+task.Role] // a task definition may say its name alone
		}
		arn := cmp.Or(r.ARN, roleARN(task.Role, in.Service.Place))
		i, seen := at[arn]
		if !seen {
			i = len(b.Roles)
			at[arn] = i
			b.Roles = append(b.Roles, iam.Role{Trust: iam.Trust{Role: arn, Issuer: o.irsa, Cluster: o.podIdentity}})
		}
		b.Roles[i].Subjects = append(b.Roles[i].Subjects, o.subject(in))
	}
	for i := range b.Roles {
		r := known[b.Roles[i].Trust.Role]
		if err := b.Roles[i].Check(); err != nil {
			return b, sentences(err)
		}
		o.existing(&b.Roles[i], r, s)
	}
	b.Sort()
	return b, nil
}

// roleARN completes the name of a role, which a task definition may have in place of
// its ARN.
func roleARN(ref string, p inventory.Place) string {
	if strings.HasPrefix(ref, "arn:") {
		return ref
	}
	return "arn:" + iam.PartitionOf(p.Region) + ":iam::" + p.Account + ":role/" + ref
}

// dnsLabel is a name as Kubernetes takes it.
func dnsLabel(name string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(name)), "-")
}

// inputs are the fleet's services as convert takes and names them.
func (o *permissions) inputs(s *inventory.Snapshot) []convert.Input {
	all := convert.Inputs(s, func(v inventory.Service) bool { return o.here(v.Place) })
	return convert.Named(all, convert.Options{Namespace: o.namespace})
}

// subject is the ServiceAccount that convert makes for a service.
func (o *permissions) subject(in convert.Input) iam.Subject {
	r, err := convert.Convert(in, convert.Options{Namespace: o.namespace})
	if err != nil {
		fmt.Fprintf(o.env.Err, "ECS service %s/%s can't be converted, so its ServiceAccount is a guess: %v\n", in.Service.Cluster, in.Service.Name, err)
		return iam.Subject{Namespace: cmp.Or(o.namespace, dnsLabel(in.Service.Cluster)), ServiceAccount: dnsLabel(in.Service.Name)}
	}
	for _, x := range r.Objects {
		if a, ok := x.Object.(*corev1.ServiceAccount); ok {
			return iam.Subject{Namespace: a.Namespace, ServiceAccount: a.Name}
		}
	}
	return iam.Subject{Namespace: r.Namespace, ServiceAccount: r.Name}
}

// existing adds what the role has now, and what of it a person has to look at.
func (o *permissions) existing(r *iam.Role, has inventory.Role, s *inventory.Snapshot) {
	decide := func(format string, args ...any) {
		r.Decide = append(r.Decide, iam.Decision{Where: "role " + r.Trust.Role, What: fmt.Sprintf(format, args...)})
	}
	if len(has.Trust) == 0 {
		why := "it is not in the snapshot"
		for _, u := range s.Unknown {
			if u.Part == "roles" && u.Account == o.scope.Account && (u.Object == "" || u.Object == iam.RoleName(r.Trust.Role) || u.Object == r.Trust.Role) {
				why = u.Why
			}
		}
		decide("its trust policy is not known, so only what is to be added is here: %s", why)
	} else if m, err := iam.Merge(has.Trust, r.Trust); err != nil {
		decide("%v", err)
	} else {
		r.Merged = &m
	}
	for _, p := range has.Policies {
		if len(p.Document) == 0 {
			decide("policy %s could not be read: see that it has no condition that only tasks fulfil", p.Name)
			continue
		}
		found, err := iam.Review("policy "+p.Name+" of role "+r.Trust.Role, p.Document)
		if err != nil {
			decide("%v", err)
		}
		r.Decide = append(r.Decide, found...)
	}
}

// fleetExecution is what becomes of all execution roles.
func (o *permissions) fleetExecution(s *inventory.Snapshot) (iam.Bundle, error) {
	var tasks []iam.Task
	for _, t := range s.TaskDefinitions {
		if !o.here(t.Place) {
			continue
		}
		task, err := iam.ReadTask(t.Document, t.Account, t.Region)
		if err != nil {
			return iam.Bundle{}, fmt.Errorf("%s: %w", t.ARN, err)
		}
		tasks = append(tasks, task)
	}
	ps, err := iam.Execution(tasks, iam.SecretReader(o.secrets), o.keys)
	return iam.Bundle{Policies: ps}, err
}
