package lab

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tranship/tranship/lab/aws"
	"github.com/tranship/tranship/lab/cloud"
)

// otherPlace is how Options.Others are written.
var otherPlace = regexp.MustCompile(`^[0-9]{12}/[a-z]{2,}(-[a-z]+)+-[0-9]+$`)

// RoleIn is the role of another account that the lab's key may assume.
func RoleIn(account string) string { return "arn:aws:iam::" + account + ":role/tranship" }

// NamespaceIn is the Cloud Map namespace of another account or region, and
// ServiceIn the one service in it.
func NamespaceIn(account, region string) string { return region + ".a" + account + ".internal" }

// ServiceIn has no instances.
const ServiceIn = "elsewhere"

// checkOthers says what is wrong with Options.Others.
func (o Options) checkOthers() error {
	for i, at := range o.Others {
		if !otherPlace.MatchString(at) || at == Account+"/"+o.Region || slices.Contains(o.Others[:i], at) {
			return fmt.Errorf("others: %q is not another ACCOUNT/REGION, given once", at)
		}
	}
	return nil
}

// roles are those that the other accounts let the lab's key assume.
func (o Options) roles() []cloud.Role {
	var out []cloud.Role
	for _, at := range o.Others {
		account, _, _ := strings.Cut(at, "/")
		if r := (cloud.Role{ARN: RoleIn(account)}); account != Account && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

// startOthers makes the other accounts and regions: Cloud Map and ECS, in which
// nothing runs. Their names are not in the lab's DNS.
func (l *Lab) startOthers() ([]aws.Site, error) {
	var sites []aws.Site
	for i, at := range l.Options.Others {
		account, region, _ := strings.Cut(at, "/")
		m := cloud.New(cloud.Config{
			Seed: l.Options.Seed + uint64(i) + 1, Start: time.Now(), Account: account, Region: region,
			Timing: l.timing, Rates: l.rates, History: l.Options.History, Roles: l.Options.roles(),
		})
		fleet := cloud.Fleet{
			Namespace: NamespaceIn(account, region), Cluster: ECSCluster,
			Services: []cloud.FleetService{{Name: ServiceIn, NameAlone: true, TTL: l.Options.TTL}},
		}
		if err := m.SeedFleet(fleet); err != nil {
			return nil, err
		}
		l.live.others = append(l.live.others, m)
		sites = append(sites, aws.Site{Account: account, Region: region, Services: []aws.Service{
			{Name: "servicediscovery", Impl: m.CloudMap()}, {Name: "ecs", Impl: m.ECS()},
			{Name: "sts", Impl: m.STS()}, {Name: "route53", Impl: m.Route53()},
		}})
	}
	return sites, nil
}
