package inventory

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tranship/tranship/internal/names"
)

// Compare orders places.
func (p Place) Compare(o Place) int {
	return cmp.Or(cmp.Compare(p.Account, o.Account), cmp.Compare(p.Region, o.Region))
}

// Sort puts every list in its order: by place, then by name or ARN. What is there
// twice is there once.
func (s *Snapshot) Sort() {
	s.Places = ordered(s.Places, Place.Compare)
	s.Clusters = ordered(s.Clusters, func(a, b Cluster) int { return cmp.Or(a.Place.Compare(b.Place), cmp.Compare(a.ARN, b.ARN)) })
	s.Services = ordered(s.Services, func(a, b Service) int {
		return cmp.Or(a.Place.Compare(b.Place), cmp.Compare(a.Cluster, b.Cluster), cmp.Compare(a.Name, b.Name))
	})
	for i := range s.Services {
		v := &s.Services[i]
		v.Registries = ordered(v.Registries, func(a, b Registry) int {
			return cmp.Or(cmp.Compare(a.ARN, b.ARN), cmp.Compare(a.ContainerName, b.ContainerName), cmp.Compare(a.ContainerPort, b.ContainerPort))
		})
		for n := range v.Registries {
			v.Registries[n].RecordTypes = ordered(v.Registries[n].RecordTypes, cmp.Compare)
		}
		v.TargetGroups = ordered(v.TargetGroups, cmp.Compare)
		v.Subnets, v.SecurityGroups = ordered(v.Subnets, cmp.Compare), ordered(v.SecurityGroups, cmp.Compare)
		if v.Scaling != nil {
			v.Scaling.Policies, v.Scaling.Scheduled = orNone(v.Scaling.Policies), orNone(v.Scaling.Scheduled)
		}
	}
	s.TaskDefinitions = ordered(s.TaskDefinitions, func(a, b TaskDefinition) int { return cmp.Or(a.Place.Compare(b.Place), cmp.Compare(a.ARN, b.ARN)) })
	s.Namespaces = ordered(s.Namespaces, func(a, b Namespace) int {
		return cmp.Or(a.Place.Compare(b.Place), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	s.Names = ordered(s.Names, func(a, b Name) int {
		return cmp.Or(a.Place.Compare(b.Place), cmp.Compare(a.DNSName, b.DNSName), cmp.Compare(a.ID, b.ID))
	})
	for i := range s.Names {
		s.Names[i].Instances = ordered(s.Names[i].Instances, func(a, b Instances) int { return cmp.Compare(a.Of, b.Of) })
	}
	s.TargetGroups = ordered(s.TargetGroups, func(a, b TargetGroup) int { return cmp.Or(a.Place.Compare(b.Place), cmp.Compare(a.ARN, b.ARN)) })
	for i := range s.TargetGroups {
		s.TargetGroups[i].LoadBalancers = ordered(s.TargetGroups[i].LoadBalancers, cmp.Compare)
	}
	s.LoadBalancers = ordered(s.LoadBalancers, func(a, b LoadBalancer) int { return cmp.Or(a.Place.Compare(b.Place), cmp.Compare(a.ARN, b.ARN)) })
	s.Roles = ordered(s.Roles, func(a, b Role) int { return cmp.Compare(a.ARN, b.ARN) })
	for i := range s.Roles {
		s.Roles[i].Policies = ordered(s.Roles[i].Policies, func(a, b Policy) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ARN, b.ARN)) })
	}
	s.SecurityGroups = ordered(s.SecurityGroups, func(a, b SecurityGroup) int { return cmp.Or(a.Place.Compare(b.Place), cmp.Compare(a.ID, b.ID)) })
	s.Subnets = ordered(s.Subnets, func(a, b Subnet) int { return cmp.Or(a.Place.Compare(b.Place), cmp.Compare(a.ID, b.ID)) })
	s.Unknown = ordered(s.Unknown, func(a, b Unknown) int {
		return cmp.Or(a.Place.Compare(b.Place), cmp.Compare(a.Part, b.Part), cmp.Compare(a.Object, b.Object),
			cmp.Compare(a.Permission, b.Permission), cmp.Compare(a.Why, b.Why))
	})
}

// Add takes over what another snapshot has. Sort afterwards.
func (s *Snapshot) Add(o *Snapshot) {
	s.Places = append(s.Places, o.Places...)
	s.Clusters = append(s.Clusters, o.Clusters...)
	s.Services = append(s.Services, o.Services...)
	s.TaskDefinitions = append(s.TaskDefinitions, o.TaskDefinitions...)
	s.Namespaces = append(s.Namespaces, o.Namespaces...)
	s.Names = append(s.Names, o.Names...)
	s.TargetGroups = append(s.TargetGroups, o.TargetGroups...)
	s.LoadBalancers = append(s.LoadBalancers, o.LoadBalancers...)
	s.Roles = append(s.Roles, o.Roles...)
	s.SecurityGroups = append(s.SecurityGroups, o.SecurityGroups...)
	s.Subnets = append(s.Subnets, o.Subnets...)
	s.Unknown = append(s.Unknown, o.Unknown...)
}

// Of is the part of the snapshot that is of these clusters: their services, and what
// those run. The rest stays, names and networks, as others may lead there.
// Errors: names.ErrNotFound for a cluster that it does not have.
func (s *Snapshot) Of(clusters []string) (*Snapshot, error) {
	for _, c := range clusters {
		if !slices.ContainsFunc(s.Clusters, func(o Cluster) bool { return o.Name == c }) {
			return nil, fmt.Errorf("%w: the snapshot has no ECS cluster %s", names.ErrNotFound, c)
		}
	}
	part, used := *s, map[string]bool{}
	part.Clusters = slices.DeleteFunc(slices.Clone(s.Clusters), func(c Cluster) bool { return !slices.Contains(clusters, c.Name) })
	part.Services = slices.DeleteFunc(slices.Clone(s.Services), func(v Service) bool { return !slices.Contains(clusters, v.Cluster) })
	for _, v := range part.Services {
		used[v.TaskDefinition] = true
	}
	part.TaskDefinitions = slices.DeleteFunc(slices.Clone(s.TaskDefinitions), func(d TaskDefinition) bool { return !used[d.ARN] })
	return &part, part.Seal(s.TakenAt)
}

// ordered sorts a list, leaves one of equals, and makes an empty list of none.
func ordered[T any](list []T, compare func(a, b T) int) []T {
	slices.SortStableFunc(list, compare)
	return orNone(slices.CompactFunc(list, func(a, b T) bool { return compare(a, b) == 0 }))
}

func orNone[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// Seal sorts the snapshot and says what it is: version, time and digest.
// Errors: a Document that is no JSON.
func (s *Snapshot) Seal(at time.Time) error {
	s.APIVersion, s.TakenAt = APIVersion, at.UTC().Truncate(time.Second)
	s.Sort()
	digest, err := s.digest()
	if err != nil {
		return err
	}
	s.Digest = digest
	return nil
}

func (s *Snapshot) digest() (string, error) {
	c := *s
	c.TakenAt, c.Digest = time.Time{}, ""
	data, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("digest of a snapshot: %w", err)
	}
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}

// Encode is the snapshot's JSON, the same bytes for the same snapshot.
func (s *Snapshot) Encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(s); err != nil {
		return nil, fmt.Errorf("write a snapshot: %w", err)
	}
	return b.Bytes(), nil
}

// ErrChanged says that a saved snapshot does not have the digest that it says.
var ErrChanged = errors.New("its digest is another")

// Decode reads what Encode wrote. Fields that it does not know are left out: a later
// version may have written them.
// Errors: names.ErrInvalid for what is no snapshot; ErrChanged, with the snapshot, for
// one that was written by hand since or by a later version.
func Decode(data []byte) (*Snapshot, error) {
	var s Snapshot
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("%w: read a snapshot: %w; `tranship inventory --save FILE` writes one", names.ErrInvalid, err)
	}
	if s.APIVersion != APIVersion {
		return nil, fmt.Errorf("%w: read a snapshot: apiVersion %q, want %s; `tranship inventory --save FILE` writes one", names.ErrInvalid, s.APIVersion, APIVersion)
	}
	said := s.Digest
	s.Sort()
	digest, err := s.digest()
	if err != nil {
		return nil, err
	}
	if s.Digest = digest; said != digest {
		return &s, fmt.Errorf("snapshot of %s: %w than the one it says", s.TakenAt.Format(time.RFC3339), ErrChanged)
	}
	return &s, nil
}
