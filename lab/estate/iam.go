package estate

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"
)

// IAM has the methods of iam.Client that are needed to read roles and what
// they may do. Documents go out URL-encoded, as IAM sends them.
type IAM struct {
	e         *Estate
	roles     []*role           // by name
	policies  []*policy         // by ARN
	providers []openIDConnector // by ARN
}

// Role is a role as it is stated. Documents are JSON.
type Role struct {
	Name, Path  string // Path by default /
	Description string
	Trust       string            // who may take it
	Inline      map[string]string // policies of its own, by name
	Attached    []string          // ARNs of managed policies
	Boundary    string            // ARN of the permissions boundary
	Tags        map[string]string
}

type role struct {
	Role
	arn     string
	created time.Time
}

// Policy is a managed policy as it is stated: its documents from v1 on, the
// last being the default one.
type Policy struct {
	Name, Path  string
	Description string
	AWS         bool // AWS's own: arn:aws:iam::aws:policy/…
	Documents   []string
}

type policy struct {
	Policy
	arn     string
	created time.Time
}

type openIDConnector struct {
	arn, url string
	clients  []string
	created  time.Time
}

// AddRole states a role and returns its ARN.
func (m *IAM) AddRole(r Role) (string, error) {
	r.Path = cmp.Or(r.Path, "/")
	n, found := m.findRole(r.Name)
	if r.Name == "" || found {
		return "", fmt.Errorf("add role %q: it needs a name that no other role has", r.Name)
	}
	for name, doc := range r.Inline {
		if !json.Valid([]byte(doc)) {
			return "", fmt.Errorf("add role %s: its policy %s is no JSON", r.Name, name)
		}
	}
	if !json.Valid([]byte(r.Trust)) {
		return "", fmt.Errorf("add role %s: its trust policy is no JSON", r.Name)
	}
	arn := "arn:aws:iam::" + m.e.cfg.Account + ":role" + r.Path + r.Name
	m.roles = slices.Insert(m.roles, n, &role{r, arn, m.e.now})
	return arn, nil
}

// AddPolicy states a managed policy and returns its ARN.
func (m *IAM) AddPolicy(p Policy) (string, error) {
	p.Path = cmp.Or(p.Path, "/")
	if p.Name == "" || len(p.Documents) == 0 {
		return "", fmt.Errorf("add policy %q: it needs a name and a document", p.Name)
	}
	for _, d := range p.Documents {
		if !json.Valid([]byte(d)) {
			return "", fmt.Errorf("add policy %s: a document is no JSON", p.Name)
		}
	}
	account := m.e.cfg.Account
	if p.AWS {
		account = "aws"
	}
	arn := "arn:aws:iam::" + account + ":policy" + p.Path + p.Name
	if m.policy(arn) != nil {
		return "", fmt.Errorf("add policy %s: it is there already", arn)
	}
	m.policies = append(m.policies, &policy{p, arn, m.e.now})
	return arn, nil
}

// AddOpenIDConnectProvider states an identity provider, such as that of an EKS
// cluster, and returns its ARN. The URL has no scheme.
func (m *IAM) AddOpenIDConnectProvider(issuer string, clients ...string) string {
	arn := "arn:aws:iam::" + m.e.cfg.Account + ":oidc-provider/" + issuer
	m.providers = slices.DeleteFunc(m.providers, func(p openIDConnector) bool { return p.arn == arn })
	m.providers = append(m.providers, openIDConnector{arn, issuer, clients, m.e.now})
	slices.SortFunc(m.providers, func(a, b openIDConnector) int { return cmp.Compare(a.arn, b.arn) })
	return arn
}

func (m *IAM) findRole(name string) (int, bool) {
	return slices.BinarySearchFunc(m.roles, name, func(r *role, name string) int { return cmp.Compare(r.Name, name) })
}

func (m *IAM) policy(arn string) *policy {
	for _, p := range m.policies {
		if p.arn == arn {
			return p
		}
	}
	return nil
}

func noSuchEntity(what string) error { return &types.NoSuchEntityException{Message: ptr(what)} }

func (m *IAM) role(name *string) (*role, error) {
	if n, found := m.findRole(val(name)); found {
		return m.roles[n], nil
	}
	return nil, noSuchEntity("The role with name " + val(name) + " cannot be found.")
}

// iamPage cuts out one page of up to 100, after the marker.
func iamPage[T any](all []T, key func(T) string, size *int32, marker *string) (_ []T, truncated bool, next *string, _ error) {
	n := 100
	if size != nil {
		if *size < 1 || *size > 1000 {
			return nil, false, nil, &smithy.GenericAPIError{Code: "ValidationError", Message: "MaxItems must be between 1 and 1000", Fault: smithy.FaultClient}
		}
		n = int(*size)
	}
	if t := val(marker); t != "" {
		at := slices.IndexFunc(all, func(v T) bool { return key(v) == t })
		if at < 0 {
			return nil, false, nil, &smithy.GenericAPIError{Code: "ValidationError", Message: "Invalid Marker", Fault: smithy.FaultClient}
		}
		all = all[at+1:]
	}
	if len(all) <= n {
		return all, false, nil, nil
	}
	return all[:n], true, ptr(key(all[n-1])), nil
}

// document is a document as IAM sends it: percent-encoded after RFC 3986.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html
func document(s string) *string { return ptr(strings.ReplaceAll(url.QueryEscape(s), "+", "%20")) }

func iamTags(tags map[string]string) []types.Tag {
	out := []types.Tag{}
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, types.Tag{Key: ptr(k), Value: ptr(tags[k])})
	}
	return out
}

// describe is the role without what ListRoles leaves out: tags and boundary.
func (r *role) describe() types.Role {
	d := types.Role{
		Arn: ptr(r.arn), RoleName: ptr(r.Name), Path: ptr(r.Path), RoleId: ptr("AROA" + strings.ToUpper(digest(17, r.arn))), CreateDate: ptr(r.created),
		AssumeRolePolicyDocument: document(r.Trust), MaxSessionDuration: ptr(int32(3600)),
	}
	if r.Description != "" {
		d.Description = ptr(r.Description)
	}
	return d
}

// ListRoles has the signature of the client's method: by name.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html
func (m *IAM) ListRoles(ctx context.Context, in *iam.ListRolesInput, _ ...func(*iam.Options)) (*iam.ListRolesOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	found := slices.DeleteFunc(slices.Clone(m.roles), func(r *role) bool { return !strings.HasPrefix(r.Path, cmp.Or(val(in.PathPrefix), "/")) })
	found, truncated, next, err := iamPage(found, func(r *role) string { return r.Name }, in.MaxItems, in.Marker)
	if err != nil {
		return nil, err
	}
	out := &iam.ListRolesOutput{IsTruncated: truncated, Marker: next, Roles: []types.Role{}}
	for _, r := range found {
		out.Roles = append(out.Roles, r.describe())
	}
	return out, nil
}

// GetRole has the signature of the client's method.
func (m *IAM) GetRole(ctx context.Context, in *iam.GetRoleInput, _ ...func(*iam.Options)) (*iam.GetRoleOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r, err := m.role(in.RoleName)
	if err != nil {
		return nil, err
	}
	d := r.describe()
	d.Tags = iamTags(r.Tags)
	if r.Boundary != "" {
		d.PermissionsBoundary = &types.AttachedPermissionsBoundary{
			PermissionsBoundaryArn: ptr(r.Boundary), PermissionsBoundaryType: types.PermissionsBoundaryAttachmentTypePolicy,
		}
	}
	return &iam.GetRoleOutput{Role: &d}, nil
}

// ListAttachedRolePolicies has the signature of the client's method.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedRolePolicies.html
func (m *IAM) ListAttachedRolePolicies(ctx context.Context, in *iam.ListAttachedRolePoliciesInput, _ ...func(*iam.Options)) (*iam.ListAttachedRolePoliciesOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r, err := m.role(in.RoleName)
	if err != nil {
		return nil, err
	}
	var all []types.AttachedPolicy
	for _, arn := range r.Attached {
		all = append(all, types.AttachedPolicy{PolicyArn: ptr(arn), PolicyName: ptr(arn[strings.LastIndexByte(arn, '/')+1:])})
	}
	found, truncated, next, err := iamPage(all, func(p types.AttachedPolicy) string { return *p.PolicyArn }, in.MaxItems, in.Marker)
	if err != nil {
		return nil, err
	}
	return &iam.ListAttachedRolePoliciesOutput{AttachedPolicies: append([]types.AttachedPolicy{}, found...), IsTruncated: truncated, Marker: next}, nil
}

// ListRolePolicies has the signature of the client's method: the policies of
// the role's own, by name.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRolePolicies.html
func (m *IAM) ListRolePolicies(ctx context.Context, in *iam.ListRolePoliciesInput, _ ...func(*iam.Options)) (*iam.ListRolePoliciesOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r, err := m.role(in.RoleName)
	if err != nil {
		return nil, err
	}
	found, truncated, next, err := iamPage(slices.Sorted(maps.Keys(r.Inline)), func(s string) string { return s }, in.MaxItems, in.Marker)
	if err != nil {
		return nil, err
	}
	return &iam.ListRolePoliciesOutput{PolicyNames: append([]string{}, found...), IsTruncated: truncated, Marker: next}, nil
}

// GetRolePolicy has the signature of the client's method.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html
func (m *IAM) GetRolePolicy(ctx context.Context, in *iam.GetRolePolicyInput, _ ...func(*iam.Options)) (*iam.GetRolePolicyOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r, err := m.role(in.RoleName)
	if err != nil {
		return nil, err
	}
	doc, found := r.Inline[val(in.PolicyName)]
	if !found {
		return nil, noSuchEntity("The role policy with name " + val(in.PolicyName) + " cannot be found.")
	}
	return &iam.GetRolePolicyOutput{RoleName: ptr(r.Name), PolicyName: in.PolicyName, PolicyDocument: document(doc)}, nil
}

// GetPolicy has the signature of the client's method.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html
func (m *IAM) GetPolicy(ctx context.Context, in *iam.GetPolicyInput, _ ...func(*iam.Options)) (*iam.GetPolicyOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p := m.policy(val(in.PolicyArn))
	if p == nil {
		return nil, noSuchEntity("Policy " + val(in.PolicyArn) + " was not found.")
	}
	attached := int32(0)
	for _, r := range m.roles {
		if slices.Contains(r.Attached, p.arn) {
			attached++
		}
	}
	d := &types.Policy{
		Arn: ptr(p.arn), PolicyName: ptr(p.Name), Path: ptr(p.Path), PolicyId: ptr("ANPA" + strings.ToUpper(digest(17, p.arn))), IsAttachable: true,
		AttachmentCount: &attached, PermissionsBoundaryUsageCount: ptr(int32(0)), DefaultVersionId: ptr("v" + strconv.Itoa(len(p.Documents))),
		CreateDate: ptr(p.created), UpdateDate: ptr(p.created), Tags: []types.Tag{},
	}
	if p.Description != "" {
		d.Description = ptr(p.Description)
	}
	return &iam.GetPolicyOutput{Policy: d}, nil
}

// GetPolicyVersion has the signature of the client's method.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html
func (m *IAM) GetPolicyVersion(ctx context.Context, in *iam.GetPolicyVersionInput, _ ...func(*iam.Options)) (*iam.GetPolicyVersionOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p := m.policy(val(in.PolicyArn))
	if p == nil {
		return nil, noSuchEntity("Policy " + val(in.PolicyArn) + " was not found.")
	}
	n, err := strconv.Atoi(strings.TrimPrefix(val(in.VersionId), "v"))
	if err != nil || n < 1 || n > len(p.Documents) {
		return nil, noSuchEntity("Policy " + p.arn + " version " + val(in.VersionId) + " does not exist or is not attachable.")
	}
	return &iam.GetPolicyVersionOutput{PolicyVersion: &types.PolicyVersion{
		VersionId: in.VersionId, Document: document(p.Documents[n-1]), IsDefaultVersion: n == len(p.Documents), CreateDate: ptr(p.created),
	}}, nil
}

// ListOpenIDConnectProviders has the signature of the client's method: all at once.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOpenIDConnectProviders.html
func (m *IAM) ListOpenIDConnectProviders(ctx context.Context, _ *iam.ListOpenIDConnectProvidersInput, _ ...func(*iam.Options)) (*iam.ListOpenIDConnectProvidersOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	out := &iam.ListOpenIDConnectProvidersOutput{OpenIDConnectProviderList: []types.OpenIDConnectProviderListEntry{}}
	for _, p := range m.providers {
		out.OpenIDConnectProviderList = append(out.OpenIDConnectProviderList, types.OpenIDConnectProviderListEntry{Arn: ptr(p.arn)})
	}
	return out, nil
}

// GetOpenIDConnectProvider has the signature of the client's method.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetOpenIDConnectProvider.html
func (m *IAM) GetOpenIDConnectProvider(ctx context.Context, in *iam.GetOpenIDConnectProviderInput, _ ...func(*iam.Options)) (*iam.GetOpenIDConnectProviderOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for _, p := range m.providers {
		if p.arn == val(in.OpenIDConnectProviderArn) {
			return &iam.GetOpenIDConnectProviderOutput{
				Url: ptr(p.url), ClientIDList: append([]string{}, p.clients...), CreateDate: ptr(p.created),
				ThumbprintList: []string{digest(40, p.url)}, Tags: []types.Tag{},
			}, nil
		}
	}
	return nil, noSuchEntity("OpenIDConnect Provider not found for arn " + val(in.OpenIDConnectProviderArn))
}
