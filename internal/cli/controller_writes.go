package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/tranship/tranship/internal/controller"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/internal/registrar"
)

// writes are the flags that bound what is written to names without a crossing,
// and say which names may be created.
type writes struct {
	policy               string
	dryRun               bool
	compare              time.Duration
	most, abandoned      int
	create, namespaces   []string
	unasked, deleteEmpty bool
	ttl                  time.Duration
	tags                 []string
}

// bounds adds those that say how much may be written.
func (o *writes) bounds(f *pflag.FlagSet) {
	f.StringVar(&o.policy, "policy", string(registrar.Sync), "`policy`: sync; upsert-only: of what is in a name only what is lost leaves; create-only: nothing leaves or changes")
	toggle(f, &o.dryRun, "dry-run", false, "log every write that would be made, and make none; crossings stand still")
	f.IntVar(&o.most, "most-records", names.MaxSameNameRecords, "`number` of instances that a name may have, all registrars' together; 0: as many as there are")
	f.IntVar(&o.abandoned, "most-abandoned", 0, "`number` of names that nobody may ask for any more at once while their pods live; of more, nothing leaves, for it is likely a mistake; -1: no bound (default: a tenth of all, at least 5)")
	f.DurationVar(&o.compare, "compare", 24*time.Hour, "how often a name that rests is read in full, whatever its revision says")
}

// creation adds those that say what may be made anew.
func (o *writes) creation(f *pflag.FlagSet) {
	f.StringArrayVar(&o.create, "create", nil, "`NAMESPACE=HOSTS`: this Kubernetes namespace may have the Cloud Map services of these names created, such as shop=*.shop.internal; may be repeated (default: none is)")
	f.StringArrayVar(&o.namespaces, "create-namespace", nil, "`NAME=WHERE`: the Cloud Map namespace of this name is created when it is missed: WHERE is a VPC's id, public or http; may be repeated")
	toggle(f, &o.unasked, "create-unasked", false, "for every object that names a host, as ExternalDNS does (default: only with the annotation tranship.dev/create)")
	f.DurationVar(&o.ttl, "create-ttl", controller.DefaultTTL*time.Second, "record TTL of new services, where the object says none")
	f.StringArrayVar(&o.tags, "aws-sd-create-tag", nil, "`KEY=VALUE`: tag of what is created; may be repeated")
	toggle(f, &o.deleteEmpty, "delete-empty", false, "delete services that tranship created, once nobody asks for them and they are empty; with --policy sync alone")
}

// validate checks what the controller's own options do not.
func (o *writes) validate() error {
	var errs []error
	if p := []string{string(registrar.Sync), string(registrar.UpsertOnly), string(registrar.CreateOnly)}; !slices.Contains(p, o.policy) {
		errs = append(errs, fmt.Errorf("--policy %s: it is %s", o.policy, strings.Join(p, ", ")))
	}
	if o.most < 0 {
		errs = append(errs, errors.New("--most-records must not be negative"))
	}
	if o.abandoned < -1 {
		errs = append(errs, errors.New("--most-abandoned is a number of names, or -1"))
	}
	errs = append(errs, positive("--compare", o.compare))
	if o.ttl < time.Second || o.ttl%time.Second != 0 {
		errs = append(errs, fmt.Errorf("--create-ttl %s: a TTL is in whole seconds, 1s at least", o.ttl))
	}
	if len(o.create) == 0 {
		const alone = "%s does nothing without --create, which says who may have names created"
		if len(o.namespaces) > 0 {
			errs = append(errs, fmt.Errorf(alone, "--create-namespace"))
		}
		if o.unasked {
			errs = append(errs, fmt.Errorf(alone, "--create-unasked"))
		}
	}
	for _, t := range o.tags {
		switch k, _, ok := strings.Cut(t, "="); {
		case !ok || k == "":
			errs = append(errs, fmt.Errorf("--aws-sd-create-tag %s: it is KEY=VALUE", t))
		case k == names.TagOwner || strings.HasPrefix(strings.ToLower(k), "aws:"):
			errs = append(errs, fmt.Errorf("--aws-sd-create-tag %s: the key %s is not yours to set", t, k))
		}
	}
	return sentences(errs...)
}

// into fills the controller's options.
func (o *writes) into(to *controller.Options) {
	to.Policy, to.DryRun, to.Compare, to.MostRecords = registrar.Policy(o.policy), o.dryRun, o.compare, o.most
	if o.most == 0 {
		to.MostRecords = -1
	}
	to.MostAbandoned = o.abandoned
	to.Create, to.CreateNamespaces, to.CreateUnasked, to.DeleteEmpty = o.create, o.namespaces, o.unasked, o.deleteEmpty
	to.CreateTTL = int64(o.ttl / time.Second)
	for _, t := range o.tags {
		if to.CreateTags == nil {
			to.CreateTags = map[string]string{}
		}
		k, v, _ := strings.Cut(t, "=")
		to.CreateTags[k] = v
	}
}
