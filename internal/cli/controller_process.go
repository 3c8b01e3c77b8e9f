package cli

import (
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/spf13/pflag"

	"github.com/tranship/tranship/internal/controller"
)

// process are the flags about the running process itself.
type process struct {
	identity, leaseNamespace      string
	busy                          time.Duration
	concurrency                   int
	metricsAddress, healthAddress string
	pprofAddress                  string
	logFormat, logLevel           string
}

func (o *process) flags(f *pflag.FlagSet) {
	f.StringVar(&o.identity, "identity", "", "`name` of the process in the lease; one that finds its own there takes over at once (default: host name)")
	f.StringVar(&o.leaseNamespace, "lease-namespace", "", "Kubernetes `namespace` of the lease (default: "+leaseNamespace+")")
	f.DurationVar(&o.busy, "busy", 2*time.Second, "how often a name in motion is looked at")
	f.IntVar(&o.concurrency, "concurrency", 16, "`number` of names that are looked at, at the same time")
	f.StringVar(&o.metricsAddress, "metrics-address", "", "`host:port` of the metrics (default: none)")
	f.StringVar(&o.healthAddress, "health-address", "", "`host:port` of the health checks (default: none)")
	f.StringVar(&o.pprofAddress, "pprof-address", "", "`host:port` of Go's profiles, for whoever looks into the controller's memory or time; on loopback, since anybody may read them (default: none)")
	f.StringVar(&o.logFormat, "log-format", "json", "json or text")
	f.StringVar(&o.logLevel, "log-level", "info", "debug, info, warn or error")
}

func (o *process) validate() error {
	errs := []error{positive("--busy", o.busy)}
	if o.concurrency < 1 {
		errs = append(errs, errors.New("--concurrency must be at least 1"))
	}
	for _, a := range []struct{ flag, address string }{{"--metrics-address", o.metricsAddress}, {"--health-address", o.healthAddress}, {"--pprof-address", o.pprofAddress}} {
		if a.address == "" || a.address == "0" {
			continue
		}
		if _, _, err := net.SplitHostPort(a.address); err != nil {
			errs = append(errs, fmt.Errorf("%s %s: it is host:port", a.flag, a.address))
		}
	}
	if o.logFormat != "text" && o.logFormat != "json" {
		errs = append(errs, fmt.Errorf("--log-format %s: it is json or text", o.logFormat))
	}
	if _, ok := levels[o.logLevel]; !ok {
		errs = append(errs, fmt.Errorf("--log-level %s: it is debug, info, warn or error", o.logLevel))
	}
	return sentences(errs...)
}

// into fills the controller's options.
func (o *process) into(to *controller.Options) {
	to.Identity, to.LeaseNamespace, to.Busy, to.Concurrency = o.identity, o.leaseNamespace, o.busy, o.concurrency
	to.MetricsAddress, to.HealthAddress, to.PprofAddress = o.metricsAddress, o.healthAddress, o.pprofAddress
}
