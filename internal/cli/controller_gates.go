package cli

import (
	"errors"
	"time"

	"github.com/spf13/pflag"

	"github.com/tranship/tranship/internal/controller"
	"github.com/tranship/tranship/internal/kube/gate"
)

// gates are the flags about readiness gates.
type gates struct {
	timeout      time.Duration
	closed       bool
	address, url string // of the webhook
}

func (o *gates) flags(f *pflag.FlagSet) {
	f.DurationVar(&o.timeout, "gate-timeout", gate.DefaultTimeout, "how long a ready pod waits for its name, before its gate opens all the same; 0: for ever")
	toggle(f, &o.closed, "gate-closed", false, "keep the gate closed then, and only say so")
	f.StringVar(&o.address, "webhook-address", "", "`host:port` of the webhook that puts the gate into pods whose Service asks for it (default: none)")
	f.StringVar(&o.url, "webhook-url", "", "`https://…` by which the API server reaches it (default: by the Service tranship-webhook)")
}

func (o *gates) validate() error {
	switch {
	case o.timeout < 0:
		return errors.New("--gate-timeout must not be negative")
	case o.url != "" && o.address == "":
		return errors.New("--webhook-url says where the webhook is, and without --webhook-address there is none")
	case o.closed && o.timeout == 0:
		return errors.New("--gate-closed says what happens after --gate-timeout, which never ends: leave one of them out")
	}
	return nil
}

// into fills the controller's options.
func (o *gates) into(to *controller.Options) {
	to.GateTimeout, to.GateClosed = o.timeout, o.closed
	if o.timeout == 0 {
		to.GateTimeout = -1
	}
	to.WebhookAddress, to.WebhookURL = o.address, o.url
}
