package read

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/tranship/tranship/internal/inventory"
	"github.com/tranship/tranship/internal/names"
)

// rolesOf reads the roles that the task definitions name, each account's once: IAM
// knows no regions.
func rolesOf(ctx context.Context, runs []*run) {
	wanted := map[string]map[string]bool{} // by account
	first := map[string]*run{}
	for _, r := range runs {
		if first[r.place.Account] == nil {
			first[r.place.Account], wanted[r.place.Account] = r, map[string]bool{}
		}
		for _, td := range r.s.TaskDefinitions {
			var d struct {
				TaskRoleArn, ExecutionRoleArn string
			}
			if err := json.Unmarshal(td.Document, &d); err != nil {
				r.unknown(ctx, partRoles, last(td.ARN), err)
			}
			for _, role := range []string{d.TaskRoleArn, d.ExecutionRoleArn} {
				if role != "" {
					wanted[r.place.Account][role] = true
				}
			}
		}
	}
	var all []func()
	for account, r := range first {
		all = append(all, func() { r.roles(ctx, slices.Sorted(maps.Keys(wanted[account]))) })
	}
	together(all...)
}

// roles reads roles by ARN or by name, and every managed policy that they have once.
func (r *run) roles(ctx context.Context, refs []string) {
	if len(refs) == 0 {
		return
	}
	told := r.progress(partRoles, len(refs))
	defer told.end()
	found := make([]*inventory.Role, len(refs))
	each(ctx, len(refs), func(i int) {
		found[i] = r.role(ctx, refs[i])
		told.more(1, 0)
	})
	managed := map[string][]*inventory.Policy{} // by ARN
	for _, role := range found {
		if role == nil {
			continue
		}
		for i := range role.Policies {
			if arn := role.Policies[i].ARN; arn != "" {
				managed[arn] = append(managed[arn], &role.Policies[i])
			}
		}
	}
	arns := slices.Sorted(maps.Keys(managed))
	each(ctx, len(arns), func(i int) {
		doc, err := r.policy(ctx, arns[i])
		r.unknown(ctx, partRoles, arns[i], err)
		for _, p := range managed[arns[i]] {
			p.Document = doc
		}
	})
	for _, role := range found {
		if role != nil {
			r.add(func(s *inventory.Snapshot) { s.Roles = append(s.Roles, *role) })
		}
	}
}

// role reads one; nil if not even its trust policy could be.
func (r *run) role(ctx context.Context, ref string) *inventory.Role {
	name := last(ref)
	object := "role " + name
	if part := strings.Split(ref, ":"); len(part) > 4 && part[4] != r.place.Account {
		r.unknown(ctx, partRoles, ref, fmt.Errorf("%w: %s is in account %s, and these are credentials of %s", names.ErrInvalid, object, part[4], r.place.Account))
		return nil
	}
	out, err := call(ctx, r.calls, forIAM, "GetRole", object, r.api.Roles.GetRole, &iam.GetRoleInput{RoleName: &name})
	if err != nil || out.Role == nil {
		r.unknown(ctx, partRoles, ref, err)
		return nil
	}
	role := &inventory.Role{Account: r.place.Account, ARN: sdk.ToString(out.Role.Arn), Name: name}
	role.Trust, err = policyDocument(out.Role.AssumeRolePolicyDocument)
	r.unknown(ctx, partRoles, ref, err)
	var inline []string
	err = paged(func(marker *string) (*string, error) {
		out, err := call(ctx, r.calls, forIAM, "ListRolePolicies", object, r.api.Roles.ListRolePolicies,
			&iam.ListRolePoliciesInput{RoleName: &name, Marker: marker})
		if err != nil {
			return nil, err
		}
		inline = append(inline, out.PolicyNames...)
		return out.Marker, nil
	})
	r.unknown(ctx, partRoles, ref, err)
	for _, p := range inline {
		got, err := call(ctx, r.calls, forIAM, "GetRolePolicy", object+", policy "+p, r.api.Roles.GetRolePolicy,
			&iam.GetRolePolicyInput{RoleName: &name, PolicyName: &p})
		policy := inventory.Policy{Name: p}
		if err == nil {
			policy.Document, err = policyDocument(got.PolicyDocument)
		}
		r.unknown(ctx, partRoles, ref, err)
		role.Policies = append(role.Policies, policy)
	}
	err = paged(func(marker *string) (*string, error) {
		out, err := call(ctx, r.calls, forIAM, "ListAttachedRolePolicies", object, r.api.Roles.ListAttachedRolePolicies,
			&iam.ListAttachedRolePoliciesInput{RoleName: &name, Marker: marker})
		if err != nil {
			return nil, err
		}
		for _, p := range out.AttachedPolicies {
			role.Policies = append(role.Policies, inventory.Policy{Name: sdk.ToString(p.PolicyName), ARN: sdk.ToString(p.PolicyArn)})
		}
		return out.Marker, nil
	})
	r.unknown(ctx, partRoles, ref, err)
	return role
}

// policy reads the version of a managed policy that counts.
func (r *run) policy(ctx context.Context, arn string) (inventory.Document, error) {
	object := "policy " + arn
	got, err := call(ctx, r.calls, forIAM, "GetPolicy", object, r.api.Roles.GetPolicy, &iam.GetPolicyInput{PolicyArn: &arn})
	if err != nil {
		return nil, err
	}
	if got.Policy == nil {
		return nil, fmt.Errorf("%w: %s: AWS answered without it", names.ErrInvalid, object)
	}
	out, err := call(ctx, r.calls, forIAM, "GetPolicyVersion", object, r.api.Roles.GetPolicyVersion,
		&iam.GetPolicyVersionInput{PolicyArn: &arn, VersionId: got.Policy.DefaultVersionId})
	if err != nil {
		return nil, err
	}
	if out.PolicyVersion == nil {
		return nil, fmt.Errorf("%w: %s: AWS answered without it", names.ErrInvalid, object)
	}
	return policyDocument(out.PolicyVersion.Document)
}

// policyDocument reads a policy, which IAM sends URL-encoded.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html
func policyDocument(text *string) (inventory.Document, error) {
	if sdk.ToString(text) == "" {
		return nil, nil
	}
	plain, err := url.PathUnescape(*text)
	if err != nil {
		return nil, fmt.Errorf("%w: a policy is not encoded as IAM does: %w", names.ErrInvalid, err)
	}
	var v any
	d := json.NewDecoder(strings.NewReader(plain))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("%w: a policy is no JSON: %w", names.ErrInvalid, err)
	}
	return encode(v)
}
