package estate

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"
)

// EKS has the methods of eks.Client that are needed: clusters, and which
// service account has which role by Pod Identity.
type EKS struct {
	e            *Estate
	clusters     []types.Cluster // by name
	associations []*association  // by id
	made         int
}

type association struct {
	types.PodIdentityAssociation
	token string // of the request that made it
}

// AddCluster states a cluster. Its name must be given.
func (k *EKS) AddCluster(c types.Cluster) error {
	n, found := k.find(val(c.Name))
	if val(c.Name) == "" || found {
		return fmt.Errorf("add EKS cluster %q: it needs a name that no other cluster has", val(c.Name))
	}
	if c.Arn == nil {
		c.Arn = ptr(k.e.arn("eks", "cluster/"+*c.Name))
	}
	if c.CreatedAt == nil {
		c.CreatedAt = ptr(k.e.now)
	}
	c.Status = cmp.Or(c.Status, types.ClusterStatusActive)
	k.clusters = slices.Insert(k.clusters, n, c)
	return nil
}

// Issuer is what the OIDC issuer of a cluster would be.
// https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html
func (e *Estate) Issuer(cluster string) string {
	return "https://oidc.eks." + e.cfg.Region + ".amazonaws.com/id/" + fmt.Sprintf("%X", digest(16, e.cfg.Account, cluster))
}

func (k *EKS) find(name string) (int, bool) {
	return slices.BinarySearchFunc(k.clusters, name, func(c types.Cluster, name string) int { return cmp.Compare(*c.Name, name) })
}

func (k *EKS) cluster(name *string) (*types.Cluster, error) {
	if n, found := k.find(val(name)); found {
		return &k.clusters[n], nil
	}
	return nil, &types.ResourceNotFoundException{Message: ptr("No cluster found for name: " + val(name) + ".")}
}

// eksPage cuts out one page of up to 100, after the token.
func eksPage[T any](all []T, key func(T) string, size *int32, token *string) ([]T, *string, error) {
	n := 100
	if size != nil {
		if *size < 1 || *size > 100 {
			return nil, nil, &types.InvalidParameterException{Message: ptr("maxResults must be between 1 and 100")}
		}
		n = int(*size)
	}
	if t := val(token); t != "" {
		at := slices.IndexFunc(all, func(v T) bool { return key(v) == t })
		if at < 0 {
			return nil, nil, &types.InvalidParameterException{Message: ptr("nextToken is invalid")}
		}
		all = all[at+1:]
	}
	if len(all) <= n {
		return all, nil, nil
	}
	return all[:n], ptr(key(all[n-1])), nil
}

// ListClusters has the signature of the client's method.
// https://docs.aws.amazon.com/eks/latest/APIReference/API_ListClusters.html
func (k *EKS) ListClusters(ctx context.Context, in *eks.ListClustersInput, _ ...func(*eks.Options)) (*eks.ListClustersOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	names := make([]string, 0, len(k.clusters))
	for _, c := range k.clusters {
		names = append(names, *c.Name)
	}
	names, next, err := eksPage(names, func(s string) string { return s }, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &eks.ListClustersOutput{Clusters: names, NextToken: next}, nil
}

// DescribeCluster has the signature of the client's method.
// https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeCluster.html
func (k *EKS) DescribeCluster(ctx context.Context, in *eks.DescribeClusterInput, _ ...func(*eks.Options)) (*eks.DescribeClusterOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c, err := k.cluster(in.Name)
	if err != nil {
		return nil, err
	}
	one := *c
	return &eks.DescribeClusterOutput{Cluster: &one}, nil
}

// CreatePodIdentityAssociation has the signature of the client's method. A
// service account has one association at most.
// https://docs.aws.amazon.com/eks/latest/APIReference/API_CreatePodIdentityAssociation.html
func (k *EKS) CreatePodIdentityAssociation(ctx context.Context, in *eks.CreatePodIdentityAssociationInput, _ ...func(*eks.Options)) (*eks.CreatePodIdentityAssociationOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c, err := k.cluster(in.ClusterName)
	if err != nil {
		return nil, err
	}
	if val(in.Namespace) == "" || val(in.ServiceAccount) == "" || val(in.RoleArn) == "" {
		return nil, &types.InvalidParameterException{Message: ptr("namespace, serviceAccount and roleArn are needed")}
	}
	for _, a := range k.associations {
		if *a.ClusterName != *c.Name || *a.Namespace != *in.Namespace || *a.ServiceAccount != *in.ServiceAccount {
			continue
		}
		if t := val(in.ClientRequestToken); t != "" && t == a.token && *a.RoleArn == *in.RoleArn {
			return &eks.CreatePodIdentityAssociationOutput{Association: a.copy()}, nil
		}
		return nil, &types.ResourceInUseException{Message: ptr("Association already exists: " + *a.AssociationId), ClusterName: c.Name}
	}
	k.made++
	id := "a-" + digest(17, "association", *c.Name, strconv.Itoa(k.made))
	a := &association{types.PodIdentityAssociation{
		AssociationId: ptr(id), AssociationArn: ptr(k.e.arn("eks", "podidentityassociation/"+*c.Name+"/"+id)), ClusterName: c.Name,
		Namespace: in.Namespace, ServiceAccount: in.ServiceAccount, RoleArn: in.RoleArn, TargetRoleArn: in.TargetRoleArn,
		DisableSessionTags: ptr(val(in.DisableSessionTags)), CreatedAt: ptr(k.e.now), ModifiedAt: ptr(k.e.now), Tags: maps.Clone(in.Tags),
	}, val(in.ClientRequestToken)}
	k.associations = append(k.associations, a)
	slices.SortFunc(k.associations, func(a, b *association) int { return cmp.Compare(*a.AssociationId, *b.AssociationId) })
	return &eks.CreatePodIdentityAssociationOutput{Association: a.copy()}, nil
}

func (a *association) copy() *types.PodIdentityAssociation {
	one := a.PodIdentityAssociation
	return &one
}

func (k *EKS) association(cluster, id *string) (*association, error) {
	c, err := k.cluster(cluster)
	if err != nil {
		return nil, err
	}
	for _, a := range k.associations {
		if *a.ClusterName == *c.Name && *a.AssociationId == val(id) {
			return a, nil
		}
	}
	return nil, &types.ResourceNotFoundException{Message: ptr("Association " + val(id) + " was not found."), ClusterName: c.Name}
}

// DescribePodIdentityAssociation has the signature of the client's method.
// https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribePodIdentityAssociation.html
func (k *EKS) DescribePodIdentityAssociation(ctx context.Context, in *eks.DescribePodIdentityAssociationInput, _ ...func(*eks.Options)) (*eks.DescribePodIdentityAssociationOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	a, err := k.association(in.ClusterName, in.AssociationId)
	if err != nil {
		return nil, err
	}
	return &eks.DescribePodIdentityAssociationOutput{Association: a.copy()}, nil
}

// ListPodIdentityAssociations has the signature of the client's method. The
// role is not in the list: DescribePodIdentityAssociation has it.
// https://docs.aws.amazon.com/eks/latest/APIReference/API_PodIdentityAssociationSummary.html
func (k *EKS) ListPodIdentityAssociations(ctx context.Context, in *eks.ListPodIdentityAssociationsInput, _ ...func(*eks.Options)) (*eks.ListPodIdentityAssociationsOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c, err := k.cluster(in.ClusterName)
	if err != nil {
		return nil, err
	}
	found := slices.DeleteFunc(slices.Clone(k.associations), func(a *association) bool {
		return *a.ClusterName != *c.Name || in.Namespace != nil && *a.Namespace != *in.Namespace ||
			in.ServiceAccount != nil && *a.ServiceAccount != *in.ServiceAccount
	})
	found, next, err := eksPage(found, func(a *association) string { return *a.AssociationId }, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &eks.ListPodIdentityAssociationsOutput{NextToken: next, Associations: []types.PodIdentityAssociationSummary{}}
	for _, a := range found {
		out.Associations = append(out.Associations, types.PodIdentityAssociationSummary{
			AssociationId: a.AssociationId, AssociationArn: a.AssociationArn, ClusterName: a.ClusterName, Namespace: a.Namespace, ServiceAccount: a.ServiceAccount,
		})
	}
	return out, nil
}

// DeletePodIdentityAssociation has the signature of the client's method.
// https://docs.aws.amazon.com/eks/latest/APIReference/API_DeletePodIdentityAssociation.html
func (k *EKS) DeletePodIdentityAssociation(ctx context.Context, in *eks.DeletePodIdentityAssociationInput, _ ...func(*eks.Options)) (*eks.DeletePodIdentityAssociationOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	a, err := k.association(in.ClusterName, in.AssociationId)
	if err != nil {
		return nil, err
	}
	k.associations = slices.DeleteFunc(k.associations, func(o *association) bool { return o == a })
	return &eks.DeletePodIdentityAssociationOutput{Association: a.copy()}, nil
}
