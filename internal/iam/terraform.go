package iam

import (
	"fmt"
	"slices"
	"strings"
)

// Terraform is the bundle as HCL: policies as resources, attached if a role is named;
// of a task's role the statements to add, since aws_iam_role's assume_role_policy is
// the whole document and belongs to whoever made the role.
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_role
func (b Bundle) Terraform() ([]byte, error) {
	var out strings.Builder
	ids := unique{}
	comment(&out, "", "Written by `tranship iam`. Review it, then apply it.")
	for _, p := range b.Policies {
		doc, err := p.value()
		if err != nil {
			return nil, err
		}
		id := ids.name(identifier(p.Name))
		out.WriteByte('\n')
		comment(&out, "", append([]string{p.About + "."}, p.Notes...)...)
		block(&out, "resource", []string{"aws_iam_policy", id}, object{
			{name: "name", value: p.Name},
			{name: "description", value: p.About},
			{name: "policy", value: call{"jsonencode", doc}},
		})
		if b.Attach == "" {
			continue
		}
		out.WriteByte('\n')
		block(&out, "resource", []string{"aws_iam_role_policy_attachment", id}, object{
			{name: "role", value: b.Attach},
			{name: "policy_arn", value: bare("aws_iam_policy." + id + ".arn")},
		})
	}
	for _, r := range b.Roles {
		if err := r.terraform(&out, ids); err != nil {
			return nil, err
		}
	}
	return []byte(out.String()), nil
}

func block(b *strings.Builder, kind string, labels []string, o object) {
	b.WriteString(kind)
	for _, l := range labels {
		b.WriteString(" " + quoted(l))
	}
	b.WriteString(" {\n")
	hclFields(b, "  ", o)
	b.WriteString("}\n")
}

func (r Role) terraform(b *strings.Builder, ids unique) error {
	id := ids.name(identifier(RoleName(r.Trust.Role)) + "_trust")
	b.WriteByte('\n')
	comment(b, "", "Role "+r.Trust.Role+", for "+r.people()+".")
	for _, d := range r.decisions() {
		comment(b, "", "NEEDS DECISION: "+d.Where+": "+sentence(d.What))
	}
	added := r.added()
	switch {
	case len(added) == 0:
		comment(b, "", "Its trust policy lets them in already: there is nothing to add.")
	case r.Merged == nil:
		comment(b, "", "Add this document to source_policy_documents of the one that is its assume_role_policy; what is there, ecs-tasks.amazonaws.com first of all, has to stay.")
		trustDocument(b, id, added)
	default:
		comment(b, "", "Where assume_role_policy is made of aws_iam_policy_document, add this one to its source_policy_documents:")
		trustDocument(b, id, added)
		doc, err := valueOf(r.Merged.Document)
		if err != nil {
			return err
		}
		b.WriteByte('\n')
		comment(b, "", "Where it is a text, this is the whole of it, what is there first: assume_role_policy = local."+id)
		b.WriteString("locals {\n")
		hclFields(b, "  ", object{{name: id, value: call{"jsonencode", doc}}})
		b.WriteString("}\n")
	}
	if r.Cluster != "" {
		for _, s := range r.sorted() {
			b.WriteByte('\n')
			block(b, "resource", []string{"aws_eks_pod_identity_association", ids.name(identifier(s.Namespace + "_" + s.ServiceAccount))}, object{
				{name: "cluster_name", value: RoleName(r.Cluster)},
				{name: "namespace", value: s.Namespace},
				{name: "service_account", value: s.ServiceAccount},
				{name: "role_arn", value: r.Trust.Role},
			})
		}
	}
	return nil
}

// trustDocument is a data source with statements of a trust policy.
func trustDocument(b *strings.Builder, name string, added []Statement) {
	b.WriteString("data \"aws_iam_policy_document\" " + quoted(name) + " {\n")
	for i, s := range added {
		if i > 0 {
			b.WriteByte('\n')
		}
		comment(b, "  ", s.Why)
		b.WriteString("  statement {\n")
		hclFields(b, "    ", object{
			{name: "sid", value: s.Sid},
			{name: "effect", value: "Allow"},
			{name: "actions", value: strs(s.Actions)},
		})
		b.WriteString("\n    principals {\n")
		hclFields(b, "      ", object{{name: "type", value: s.Principal.Type}, {name: "identifiers", value: strs(s.Principal.Values)}})
		b.WriteString("    }\n")
		for _, c := range s.Conditions {
			b.WriteString("\n    condition {\n")
			hclFields(b, "      ", object{{name: "test", value: c.Operator}, {name: "variable", value: c.Key}, {name: "values", value: strs(c.Values)}})
			b.WriteString("    }\n")
		}
		b.WriteString("  }\n")
	}
	b.WriteString("}\n")
}

func strs(values []string) any {
	out := list{}
	for _, v := range values {
		out = append(out, v)
	}
	return out
}

// sorted are the role's ServiceAccounts in order, each once.
func (r Role) sorted() []Subject {
	out := slices.Clone(r.Subjects)
	slices.SortFunc(out, func(a, b Subject) int { return strings.Compare(a.String(), b.String()) })
	return slices.Compact(out)
}

func (s Subject) String() string { return s.Namespace + "/" + s.ServiceAccount }

func (r Role) people() string {
	var names []string
	for _, s := range r.sorted() {
		names = append(names, s.String())
	}
	if len(names) == 1 {
		return "ServiceAccount " + names[0]
	}
	return fmt.Sprintf("%d ServiceAccounts: %s", len(names), strings.Join(names, ", "))
}
