package iam

import "fmt"

// Quotas of IAM, in characters without white space, and in number.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const (
	ManagedPolicySize   = 6144
	TrustPolicySize     = 2048 // unless raised
	TrustPolicySizeMost = 8192
	PoliciesPerRole     = 10 // unless raised
)

// Split makes of a policy as many as fit managed policies: whole statements as long
// as they fit, then by their resources. The first keeps the name, others get a number.
// Errors: a statement that is too long with one resource already.
func Split(p Policy) ([]Policy, error) {
	var parts []Statement
	for _, s := range p.Statements {
		halves, err := halve(s)
		if err != nil {
			return nil, fmt.Errorf("policy %s: %w", p.Name, err)
		}
		parts = append(parts, halves...)
	}
	var out []Policy
	for _, s := range numbered(parts) {
		placed := false
		for i := range out {
			with := Policy{Statements: append(out[i].Statements[:len(out[i].Statements):len(out[i].Statements)], s)}
			if fits(with) {
				out[i].Statements, placed = with.Statements, true
				break
			}
		}
		if !placed {
			out = append(out, Policy{Name: p.Name, About: p.About, Statements: []Statement{s}, Notes: p.Notes})
		}
	}
	if len(out) == 1 {
		return out, nil
	}
	for i := range out {
		out[i].Name = fmt.Sprintf("%s-%d", p.Name, i+1)
		out[i].About = fmt.Sprintf("%s (%d of %d)", p.About, i+1, len(out))
	}
	if len(out) > PoliciesPerRole {
		out[0].Notes = append(out[0].Notes[:len(out[0].Notes):len(out[0].Notes)],
			fmt.Sprintf("These are %d policies; a role has %d unless the quota \"Managed policies per role\" is raised. Fewer names, or patterns in place of names, make fewer.", len(out), PoliciesPerRole))
	}
	return out, nil
}

func fits(p Policy) bool {
	d, err := p.Document()
	return err == nil && Size(d) <= ManagedPolicySize
}

// halve splits a statement by its resources until each part fits a policy alone.
func halve(s Statement) ([]Statement, error) {
	if fits(Policy{Statements: []Statement{s}}) {
		return []Statement{s}, nil
	}
	n := len(s.Resources)
	if n < 2 {
		return nil, fmt.Errorf("statement %s is longer than the %d characters of a managed policy: narrow it to less", s.Sid, ManagedPolicySize)
	}
	a, b := s, s
	a.Resources, b.Resources = s.Resources[:n/2], s.Resources[n/2:]
	first, err := halve(a)
	if err != nil {
		return nil, err
	}
	second, err := halve(b)
	return append(first, second...), err
}
