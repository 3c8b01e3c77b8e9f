package iam

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Subject is a Kubernetes ServiceAccount.
type Subject struct{ Namespace, ServiceAccount string }

// Trust is who may take a task's role from now on, beside ECS: pods of ServiceAccounts,
// by IRSA or by EKS Pod Identity. One of Issuer and Cluster is given.
type Trust struct {
	Role     string // ARN
	Subjects []Subject
	// Issuer of the EKS cluster's tokens, with or without https://. IAM must know it as an
	// OpenID Connect provider.
	// https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html
	Issuer string
	// Cluster is the name or ARN of the EKS cluster, for Pod Identity.
	// https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html
	Cluster string
}

var (
	issuerForm = regexp.MustCompile(`^[a-z0-9.-]+\.[a-z]+(/[A-Za-z0-9._/-]+)?$`)
	eksARN     = regexp.MustCompile(`^arn:aws[a-z-]*:eks:[a-z0-9-]+:[0-9]{12}:cluster/[A-Za-z0-9_-]+$`)
	label      = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	subdomain  = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$`)
)

// Check says what is wrong with a trust, all of it.
func (t Trust) Check() error {
	var errs []error
	if !roleARN.MatchString(t.Role) {
		errs = append(errs, fmt.Errorf("role %q: it is an ARN such as arn:aws:iam::111122223333:role/orders", t.Role))
	}
	switch {
	case (t.Issuer == "") == (t.Cluster == ""):
		errs = append(errs, errors.New("by which way do pods get credentials: IRSA, with the issuer of the cluster's tokens, or Pod Identity, with the cluster"))
	case t.Issuer != "" && !issuerForm.MatchString(t.issuer()):
		errs = append(errs, fmt.Errorf("issuer %q: it is such as oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE; `aws eks describe-cluster --query cluster.identity.oidc.issuer` prints it", t.Issuer))
	case t.Cluster != "" && !eksName.MatchString(t.Cluster) && !eksARN.MatchString(t.Cluster):
		errs = append(errs, fmt.Errorf("EKS cluster %q: it is a name or an ARN", t.Cluster))
	}
	if len(t.Subjects) == 0 {
		errs = append(errs, errors.New("no ServiceAccount is named"))
	}
	for _, s := range t.Subjects {
		// A * would let every pod of a namespace, or of the cluster, take the role.
		if !label.MatchString(s.Namespace) || !subdomain.MatchString(s.ServiceAccount) {
			errs = append(errs, fmt.Errorf("ServiceAccount %s/%s: namespace and name are such as shop/orders, without patterns", s.Namespace, s.ServiceAccount))
		}
	}
	return errors.Join(errs...)
}

func (t Trust) issuer() string {
	return strings.TrimSuffix(strings.TrimPrefix(t.Issuer, "https://"), "/")
}

// RoleName is the name of the role that an ARN speaks of, without its path.
func RoleName(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// accountOf is the account that an ARN speaks of.
func accountOf(arn string) string {
	if f := strings.SplitN(arn, ":", 6); len(f) == 6 {
		return f[4]
	}
	return ""
}

func partitionOf(arn string) string {
	if f := strings.SplitN(arn, ":", 3); len(f) == 3 {
		return f[1]
	}
	return ""
}

// Statements are what the role's trust policy has to say beside what it says.
func (t Trust) Statements() []Statement {
	subjects := slices.Clone(t.Subjects)
	slices.SortFunc(subjects, func(a, b Subject) int {
		return strings.Compare(a.Namespace+"/"+a.ServiceAccount, b.Namespace+"/"+b.ServiceAccount)
	})
	subjects = slices.Compact(subjects)
	if len(subjects) == 0 {
		return nil
	}
	if t.Issuer != "" {
		return []Statement{t.irsa(subjects)}
	}
	// The tags of a session are looked at one by one: a list of namespaces and one of
	// ServiceAccounts would let in each of these in each of those.
	var out []Statement
	for len(subjects) > 0 {
		n := slices.IndexFunc(subjects, func(s Subject) bool { return s.Namespace != subjects[0].Namespace })
		if n < 0 {
			n = len(subjects)
		}
		out = append(out, t.podIdentity(subjects[:n]))
		subjects = subjects[n:]
	}
	return out
}

// irsa trusts the tokens that the cluster gives to pods of the ServiceAccounts.
func (t Trust) irsa(subjects []Subject) Statement {
	issuer := t.issuer()
	s := Statement{
		Sid:       "TranshipIRSA",
		Principal: &Principal{"Federated", []string{"arn:" + partitionOf(t.Role) + ":iam::" + accountOf(t.Role) + ":oidc-provider/" + issuer}},
		Actions:   []string{"sts:AssumeRoleWithWebIdentity"},
		Why:       "pods of the ServiceAccount take the role with the token of their cluster (IRSA)",
	}
	var subs []string
	for _, a := range subjects {
		subs = append(subs, "system:serviceaccount:"+a.Namespace+":"+a.ServiceAccount)
	}
	s.Conditions = []Condition{
		{"StringEquals", issuer + ":aud", []string{"sts.amazonaws.com"}},
		{"StringEquals", issuer + ":sub", subs},
	}
	return s
}

// podIdentity trusts EKS when it names the cluster, one namespace and ServiceAccounts.
// https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html
func (t Trust) podIdentity(subjects []Subject) Statement {
	s := Statement{
		Sid:       "TranshipPodIdentity",
		Principal: &Principal{"Service", []string{"pods.eks.amazonaws.com"}},
		Actions:   []string{"sts:AssumeRole", "sts:TagSession"},
		Why:       "pods of the ServiceAccount take the role through EKS Pod Identity; its session tags name them, so keep those on",
	}
	cluster := Condition{"StringEquals", keyTagOfRequest + "eks-cluster-name", []string{t.Cluster}}
	if strings.HasPrefix(t.Cluster, "arn:") {
		cluster = Condition{"ArnEquals", keyTagOfRequest + "eks-cluster-arn", []string{t.Cluster}}
	}
	var accounts []string
	for _, a := range subjects {
		accounts = append(accounts, a.ServiceAccount)
	}
	s.Conditions = []Condition{
		cluster,
		{"StringEquals", keyTagOfRequest + "kubernetes-namespace", []string{subjects[0].Namespace}},
		{"StringEquals", keyTagOfRequest + "kubernetes-service-account", accounts},
	}
	s.tidy()
	return s
}
