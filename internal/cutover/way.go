package cutover

import (
	"fmt"
	"slices"

	"github.com/tranship/tranship/internal/registrar"
)

// way picks how a task is withdrawn. problem is set where no way is left.
func (m *machine) way() (w registrar.Way, problem string) {
	custom := m.o.Name.V.Settings.CustomHealth
	switch m.o.Spec.Withdrawal {
	case registrar.Deregister:
		return m.unless(registrar.Deregister)
	case registrar.CustomHealth:
		if !custom {
			return "", "withdrawal CustomHealth needs a Cloud Map service with HealthCheckCustomConfig; set strategy.withdrawal to Deregister or Auto"
		}
		return m.unless(registrar.CustomHealth)
	case registrar.Auto, "":
	}
	order := []registrar.Way{registrar.Deregister}
	if custom {
		// Where ECS itself reports container health it may set a task healthy
		// again, so there Deregister comes first.
		if m.o.Source.OK() && m.o.Source.V.ContainerCheck {
			order = append(order, registrar.CustomHealth)
		} else {
			order = []registrar.Way{registrar.CustomHealth, registrar.Deregister}
		}
	}
	for _, w := range order {
		if w, problem = m.unless(w); problem == "" {
			return w, ""
		}
	}
	return "", problem
}

// unless returns the way if no finding speaks against it.
func (m *machine) unless(w registrar.Way) (registrar.Way, string) {
	all := slices.Concat(m.s.Findings, m.o.Findings)
	for _, f := range all {
		if f.Way == w && f.Reaction != "ignore" && m.o.Now.Sub(f.At) < FindingLife {
			return "", fmt.Sprintf("ECS answers %s with %q here (seen %s): no way is left to take a running task out of the name",
				w, f.Reaction, f.At.UTC().Format("2006-01-02 15:04"))
		}
	}
	return w, ""
}
