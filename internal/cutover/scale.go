package cutover

import (
	"slices"

	"github.com/tranship/tranship/internal/registrar"
)

var registrarAll = registrar.Admit{Mode: registrar.AdmitAll}

// scaling: a desiredCount was sent and its end is not seen.
func (m *machine) scaling() bool {
	return slices.ContainsFunc(m.s.Sent, func(s registrar.Sent) bool {
		return s.Kind == registrar.ScaleSource && m.o.Now.Sub(s.At) < registrar.Resend
	})
}

// scaleUnresolved: a desiredCount may still land.
func (m *machine) scaleUnresolved() bool {
	return slices.ContainsFunc(m.s.Sent, func(s registrar.Sent) bool { return s.Kind == registrar.ScaleSource })
}

// scale sets desiredCount; it is accounted before it is sent.
func (m *machine) scale(n int) {
	m.s.Wrote = true
	attempt := 1
	for _, s := range m.s.Sent {
		if s.Kind == registrar.ScaleSource {
			attempt = s.Attempt + 1
		}
	}
	m.s.Sent = slices.DeleteFunc(m.s.Sent, func(s registrar.Sent) bool { return s.Kind == registrar.ScaleSource && s.Value == n })
	m.s.Sent = append(m.s.Sent, registrar.Sent{Kind: registrar.ScaleSource, Value: n, At: m.o.Now, Attempt: attempt})
	m.d.Acts = append(m.d.Acts, Action{Kind: Scale, Desired: n})
}
