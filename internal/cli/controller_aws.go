package cli

import (
	"errors"
	"fmt"
	"net"

	"github.com/spf13/pflag"

	"github.com/tranship/tranship/internal/controller"
	"github.com/tranship/tranship/internal/pace"
)

// reach are the flags about where AWS and its DNS are, and how much of an
// account's budget is taken.
type reach struct {
	accounts  []string
	share     float64
	resolvers []string
	noDNS     bool
}

func (o *reach) flags(f *pflag.FlagSet) {
	f.StringArrayVar(&o.accounts, "account", nil, "`ACCOUNT=ROLE-ARN[,REGION…][,external-id=ID]` to work in, too; may be repeated")
	f.Float64Var(&o.share, "rate-share", pace.Share, "`part` of an account's API rates to take at most, more than 0 up to 1; ECS registers its tasks from the same rates")
	f.StringArrayVar(&o.resolvers, "resolver", nil, "`host:port` that is asked whether names still answer as they should; may be repeated (default: the system's)")
	toggle(f, &o.noDNS, "ignore-dns", false, "do not ask the DNS; what vanishes is then seen by looks at Cloud Map alone, two a minute and namespace")
}

func (o *reach) validate() error {
	var errs []error
	if !(o.share > 0 && o.share <= 1) {
		errs = append(errs, fmt.Errorf("--rate-share %g: it is more than 0 and at most 1", o.share))
	}
	for _, r := range o.resolvers {
		if host, port, err := net.SplitHostPort(r); err != nil || host == "" || port == "" {
			errs = append(errs, fmt.Errorf("--resolver %s: it is host:port", r))
		}
	}
	if o.noDNS && len(o.resolvers) > 0 {
		errs = append(errs, errors.New("--ignore-dns asks nobody, so no --resolver goes with it"))
	}
	return sentences(errs...)
}

// into fills the controller's options.
func (o *reach) into(to *controller.Options) {
	to.Accounts, to.RateShare, to.Resolvers, to.NoResolver = o.accounts, o.share, o.resolvers, o.noDNS
}
