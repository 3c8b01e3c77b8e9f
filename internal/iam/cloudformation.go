package iam

import "strings"

// CloudFormation is the bundle as a template in YAML. Of a task's role it has the
// associations of Pod Identity, and its trust policy in a comment, since
// AssumeRolePolicyDocument is the whole document and belongs to the stack that made
// the role.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-managedpolicy.html
func (b Bundle) CloudFormation() ([]byte, error) {
	var out strings.Builder
	head := "Written by `tranship iam`. Review it, then deploy it."
	if len(b.Policies) > 0 {
		head += " Policies with names want --capabilities CAPABILITY_NAMED_IAM."
	}
	comment(&out, "", head)
	var resources object
	ids := unique{}
	for _, p := range b.Policies {
		doc, err := p.value()
		if err != nil {
			return nil, err
		}
		of := object{{name: "ManagedPolicyName", value: p.Name}, {name: "Description", value: p.About}}
		if b.Attach != "" {
			of = append(of, field{name: "Roles", value: list{b.Attach}})
		}
		resources = append(resources, field{
			name: ids.name(logicalID(p.Name)), remarks: append([]string{p.About + "."}, p.Notes...),
			value: object{{name: "Type", value: "AWS::IAM::ManagedPolicy"}, {name: "Properties", value: append(of, field{name: "PolicyDocument", value: doc})}},
		})
	}
	for _, r := range b.Roles {
		for _, s := range r.sorted() {
			if r.Cluster == "" {
				break
			}
			resources = append(resources, field{name: ids.name(logicalID(s.Namespace+"-"+s.ServiceAccount) + "Identity"), value: object{
				{name: "Type", value: "AWS::EKS::PodIdentityAssociation"},
				{name: "Properties", value: object{
					{name: "ClusterName", value: RoleName(r.Cluster)},
					{name: "Namespace", value: s.Namespace},
					{name: "ServiceAccount", value: s.ServiceAccount},
					{name: "RoleArn", value: r.Trust.Role},
				}},
			}})
		}
		if err := r.fragment(&out); err != nil {
			return nil, err
		}
	}
	if len(resources) == 0 {
		return []byte(out.String()), nil
	}
	if len(b.Roles) > 0 {
		out.WriteByte('\n')
	}
	yaml(&out, "", object{
		{name: "AWSTemplateFormatVersion", value: "2010-09-09"},
		{name: "Description", value: "What tranship needs of IAM"},
		{name: "Resources", value: resources},
	})
	return []byte(out.String()), nil
}

// fragment writes a role's trust policy as comments, to be put where the role is made.
func (r Role) fragment(b *strings.Builder) error {
	b.WriteByte('\n')
	comment(b, "", "Role "+r.Trust.Role+", for "+r.people()+".")
	for _, d := range r.decisions() {
		comment(b, "", "NEEDS DECISION: "+d.Where+": "+sentence(d.What))
	}
	added := r.added()
	if len(added) == 0 {
		comment(b, "", "Its trust policy lets them in already: there is nothing to add.")
		return nil
	}
	var text strings.Builder
	if r.Merged != nil {
		comment(b, "", "In the stack that makes it, AssumeRolePolicyDocument becomes this, what is there first:")
		doc, err := valueOf(r.Merged.Document)
		if err != nil {
			return err
		}
		yaml(&text, "", object{{name: "AssumeRolePolicyDocument", value: doc}})
	} else {
		comment(b, "", "In the stack that makes it, add this to the Statement of its AssumeRolePolicyDocument; what is there, ecs-tasks.amazonaws.com first of all, has to stay:")
		statements := list{}
		for _, s := range added {
			raw, err := encode(s.wire())
			if err != nil {
				return err
			}
			v, err := valueOf(raw)
			if err != nil {
				return err
			}
			statements = append(statements, v)
		}
		yaml(&text, "", statements)
	}
	for line := range strings.Lines(text.String()) {
		b.WriteString("#   " + line)
	}
	return nil
}
